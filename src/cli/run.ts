/** Runs one command line and turns what goes wrong into an exit code. */
import { CommanderError } from "commander";
import { TowlineError } from "../base/errors.ts";
import { packageVersion } from "../node/version.ts";
import { reportFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import { Terminal } from "./ui/terminal.ts";

export async function run(): Promise<void> {
  silenceExperimentalWarnings();
  leaveQuietlyWithoutReader();
  process.exitCode = await runLine(process.argv.slice(2));
}

async function runLine(args: readonly string[]): Promise<number> {
  const program = createProgram(packageVersion());
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const given = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
    const terminal = new Terminal({
      isJson: given.includes("--json"),
      isQuiet: false,
      wantsColor: !given.includes("--no-color"),
    });
    const isDebug = given.includes("--debug");
    return reportFailure(usageErrorOf(error), { terminal, isDebug });
  }
}

/** What commander finds wrong, in the form of every other error. */
function usageErrorOf(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  const what = error.message.replace(/^error: |\.$/gu, "").replaceAll("\n", " ");
  const message = `${what.charAt(0).toUpperCase()}${what.slice(1)}. Run "towline help" for the usage.`;
  return new TowlineError("usage/invalid", message, { cause: error });
}

/** Node 22 warns of its own SQLite; users can do nothing about it, and stderr is for them. */
function silenceExperimentalWarnings(): void {
  const others = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning") return;
    for (const listener of others) listener(warning);
  });
}

/**
 * `towline log | head` ends when head does, and that is no failure. A node that runs, which is
 * what waits for SIGTERM, outlives whoever read its first line.
 */
function leaveQuietlyWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      const isRunning = process.listenerCount("SIGTERM") > 0;
      if (stream === process.stdout && !isRunning) process.exit();
    });
  }
}
