/** The command line of the real program, in processes that end with their test. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { shortLived } from "../../src/cli/testing/program.ts";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "../..");
/** The start of a process on a loaded machine of two cores. */
const startMs = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Program {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  #ended: Ended | null = null;

  constructor(t: TestContext, args: readonly string[]) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TOWLINE_"));
    this.child = spawn(process.execPath, [...shortLived, join(root, "src/cli/main.ts"), ...args], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString("utf8")));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString("utf8")));
    this.child.on("close", (code, signal) => {
      this.#ended = { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
    t.after(() => this.child.kill("SIGKILL"));
  }

  async ended(ms = startMs): Promise<Ended> {
    return await until(
      () => this.#ended,
      () => `the process ended; it said ${this.stdout}${this.stderr}`,
      ms,
    );
  }

  get isRunning(): boolean {
    return this.#ended === null;
  }
}

/** Runs a command to its end and returns what it printed as JSON; throws when it fails. */
export async function run(
  t: TestContext,
  args: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await new Program(t, [...args, "--json"]).ended();
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code ?? "?"}: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

export interface Up {
  readonly program: Program;
  readonly url: string;
  readonly node: string;
  readonly mesh: string;
}

/** A node that runs in a process of its own. */
export async function up(t: TestContext, dir: string, args: readonly string[] = []): Promise<Up> {
  const program = new Program(t, ["up", "--dir", dir, "--port", "0", "--json", ...args]);
  const line = await until(
    () => {
      if (!program.isRunning) throw new Error(`up ended: ${program.stderr}`);
      return program.stdout.includes("\n") ? program.stdout.split("\n")[0] : null;
    },
    () => `the node is ready; it said ${program.stderr}`,
    startMs,
  );
  const { url, node, mesh } = JSON.parse(line) as Up;
  return { program, url, node, mesh };
}
