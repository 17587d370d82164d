/**
 * One node as a real process, run by the command line, killed without warning and asked through
 * its local endpoint. Whatever it says of a bug or a stack on stderr counts against it.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Digest, NodeStatus } from "../../src/api/types.ts";
import { connectLocal } from "../../src/cli/local/client.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
/** Each process would strip the types of each file again: that is half of its time. */
const compiled = join(import.meta.dirname, "../../node_modules/.cache/compiled");
const readyMs = 30_000;
const callMs = 30_000;
const logChars = 4_000;

/** Children that still run, so that none outlives the runner. */
const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** What the stderr of a program never holds: a stack, or our own word for a bug. */
export function faultIn(stderr: string): string | null {
  const line = stderr
    .split("\n")
    .find((each) => /^\s+at .+[:(]\d+:\d+\)?$/u.test(each) || /bug in towline|"bug"/u.test(each));
  return line?.trim().slice(0, 300) ?? null;
}

/** No variable of whoever runs this gets in. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TOWLINE_|RENDEZVOUS_|NODE_TEST_CONTEXT$|NO_COLOR$|FORCE_COLOR$)/u.test(name),
  );
  return { ...Object.fromEntries(kept), TOWLINE_ACTOR: "chaos", NODE_COMPILE_CACHE: compiled };
}

export interface Ready {
  readonly node: string;
  readonly mesh: string;
  readonly url: string;
  readonly pid: number;
}

export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isHung: boolean;
}

/** Starts the program without waiting for anything. */
export function launch(args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [...flags, main, ...args, "--json"], {
    cwd: tmpdir(),
    env: cleanEnv(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

/** Runs a command to its end; one that takes longer than `ms` is killed and counts as hung. */
export async function command(args: readonly string[], ms = 60_000): Promise<CommandEnd> {
  const child = launch(args);
  let [stdout, stderr, isHung] = ["", "", false];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const timer = setTimeout(() => {
    isHung = true;
    child.kill("SIGKILL");
  }, ms);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { code, stdout, stderr, isHung };
}

/** The code of the error on the last line of stderr; null when there is none. */
export function errorCodeIn(stderr: string): string | null {
  try {
    const last = stderr.trimEnd().split("\n").at(-1) ?? "";
    const json = JSON.parse(last) as { readonly error?: { readonly code?: string } };
    return json.error?.code ?? null;
  } catch {
    return null;
  }
}

export class NodeProcess {
  readonly dir: string;
  readonly #args: readonly string[];
  readonly #flags: readonly string[];
  #port = 0;
  #child: ChildProcess | null = null;
  #stderr = "";
  ready: Ready | null = null;
  /** Milliseconds from spawn to the ready line, start by start. */
  readonly startMs: number[] = [];

  /** `flags` are those of Node itself. */
  constructor(dir: string, args: readonly string[] = [], flags: readonly string[] = []) {
    this.dir = dir;
    this.#args = args;
    this.#flags = flags;
  }

  get isUp(): boolean {
    return this.#child !== null && this.ready !== null;
  }

  get url(): string {
    return this.ready?.url ?? `ws://127.0.0.1:${this.#port}/crdt-sync`;
  }

  /** The end of what the process said on stderr since its last start. */
  get log(): string {
    return this.#stderr.slice(-logChars);
  }

  get fault(): string | null {
    return faultIn(this.#stderr);
  }

  /** Spawns it and returns at once; `whenReady` waits. */
  spawn(): ChildProcess {
    if (this.#child !== null) throw new Error(`${this.dir} runs already`);
    const where = ["--dir", this.dir, "--host", "127.0.0.1", "--port", String(this.#port)];
    const child = launch(["up", ...where, ...this.#args], this.#flags);
    this.#stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    child.once("close", () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.ready = null;
    });
    this.#child = child;
    return child;
  }

  /** Spawns it and waits until it is ready. Rejects with what it said when it ends instead. */
  async start(): Promise<Ready> {
    const since = performance.now();
    const child = this.spawn();
    let timer: NodeJS.Timeout | undefined;
    const line = await Promise.race([
      firstLine(child),
      once(child, "close").then(() => null),
      new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), readyMs))),
    ]);
    clearTimeout(timer);
    if (line === null) {
      const isHung = this.#child === child;
      await this.kill();
      throw new Error(`${isHung ? "no ready line" : "it ended"}: ${this.log.trim()}`);
    }
    const ready = JSON.parse(line) as Ready;
    this.startMs.push(performance.now() - since);
    this.ready = ready;
    this.#port = Number(new URL(ready.url).port);
    return ready;
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to end; null when it had to be killed. */
  async stop(): Promise<number | null> {
    return await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    const closed = once(child, "close");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    const [code] = (await closed) as [number | null];
    clearTimeout(timer);
    this.#child = null;
    this.ready = null;
    return code;
  }

  /** A command through the local endpoint; rejects when it is not answered in time. */
  async call(
    name: string,
    params: unknown = {},
    rows: (some: readonly never[]) => void = () => undefined,
  ): Promise<unknown> {
    const client = await connectLocal(this.dir);
    if (client === null) throw new Error(`nobody answers in ${this.dir}`);
    const answer = client.call<never>(name, params, { rows, progress: () => undefined });
    return await withDeadline(answer, callMs, `${name} in ${this.dir}`);
  }

  async digest(): Promise<Digest> {
    return (await this.call("digest")) as Digest;
  }

  async status(): Promise<NodeStatus> {
    return (await this.call("status")) as NodeStatus;
  }

  /** Ids of all ops in the log. */
  async opIds(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    await this.call(
      "log",
      { item: null, limit: null },
      (some: readonly { readonly id: string }[]) => {
        for (const { id } of some) ids.add(id);
      },
    );
    return ids;
  }

  /** Resident memory in bytes, as the kernel counts it; null where it does not tell. */
  get rss(): number | null {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid ?? 0}/status`, "utf8");
      const kib = /^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1];
      return kib === undefined ? null : Number(kib) * 1_024;
    } catch {
      return null;
    }
  }
}

async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null;
  const lines = createInterface({ input: child.stdout });
  const [text] = (await once(lines, "line")) as [string];
  return text;
}

export async function withDeadline<Value>(
  promise: Promise<Value>,
  ms: number,
  what: string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
