/** Runs the command line as real processes, in folders of their own. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "..", "main.ts");
/** Each process would strip the types of each file again: that is half of its time. */
const compiled = join(import.meta.dirname, "../../../node_modules/.cache/compiled");

/** What makes a process that lives for a moment a quarter cheaper: it changes nothing else. */
export const shortLived = [
  // Else V8 collects some ten times while it loads modules.
  "--min-semi-space-size=16",
  // Each folder of each module is looked at for being a link; here none is.
  "--preserve-symlinks",
  "--preserve-symlinks-main",
];

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** No variable of whoever runs the tests gets in. */
function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TOWLINE_|RENDEZVOUS_|NODE_TEST_CONTEXT$|NO_COLOR$|FORCE_COLOR$)/u.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    TOWLINE_ACTOR: "tester",
    // Some libraries take CI for a terminal with colours; here no output is one.
    CI: "true",
    NODE_COMPILE_CACHE: compiled,
    ...extra,
  };
}

export function spawnTowline(args: readonly string[], { cwd, env }: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [...shortLived, main, ...args], {
    cwd: cwd ?? tmpdir(),
    env: cleanEnv(env),
    stdio: ["pipe", "pipe", "pipe"],
  });
}

export async function towline(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawnTowline(args, options);
  const texts = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (texts.stderr += text));
  child.stdin?.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

/** What the command prints with `--json`. It has to succeed, and to say nothing on stderr. */
export async function json<Result>(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const { code, stdout, stderr } = await towline([...args, "--json"], options);
  assert.equal(code, 0, `towline ${args.join(" ")}: ${stderr}`);
  assert.equal(stderr, "", `towline ${args.join(" ")} says something on stderr`);
  return JSON.parse(stdout) as Result;
}

/** The error that the command ends with under `--json`, and its exit code. */
export async function failure(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly code: string; readonly message: string; readonly exit: number | null }> {
  const { code: exit, stderr } = await towline([...args, "--json"], options);
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const { error } = JSON.parse(last) as { error: { code: string; message: string } };
  assert.deepEqual(Object.keys(error).sort(), ["code", "message"]);
  return { ...error, exit };
}

export interface Ready {
  readonly event: string;
  readonly node: string;
  readonly mesh: string;
  readonly url: string;
  readonly http: string;
  readonly pid: number;
}

export class RunningNode {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  #log = "";

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
  }

  /** Runs `args`, a command that ends in a running node, until its ready line. */
  static async start(args: readonly string[], options: RunOptions = {}): Promise<RunningNode> {
    const child = spawnTowline([...args, "--json"], options);
    let log = "";
    const collect = (chunk: Buffer): string => (log += chunk.toString());
    child.stderr?.on("data", collect);
    assert(child.stdout !== null);
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, "line").then(([text]) => text as string),
      once(child, "close").then(() => null),
    ]);
    child.stderr?.off("data", collect);
    assert(line !== null, `towline ${args.join(" ")} ended: ${log}`);
    return new RunningNode(child, JSON.parse(line) as Ready);
  }

  get log(): string {
    return this.#log;
  }

  /** Asks it to end, and returns its exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }
}

/** A folder that goes when the test that `context` belongs to is over. */
export function temporaryFolder(context: { after(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-cli-"));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return folder;
}
