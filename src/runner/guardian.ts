/**
 * A process beside an agent that runs its commands. When the agent dies, however suddenly, the
 * channel between them closes, and the guardian ends what still runs: nobody would tell it that its
 * claim is lost. It also writes the output, so that a loud command does not keep the agent busy.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { killAfterMs } from "../base/limits.ts";
import type { FromGuardian, StartMessage, ToGuardian } from "./guardian-messages.ts";
import { RotatingFile } from "./output.ts";
import { signalGroup, startOf } from "./processes.ts";

const running = new Map<number, ChildProcess>();

process.on("message", (message: ToGuardian) => {
  if (message.kind === "start") start(message);
  else stop(message.run, message.killAfterMs);
});
process.on("disconnect", () => {
  for (const run of running.keys()) stop(run, killAfterMs);
  leaveWhenDone();
});
// A terminal's Ctrl-C reaches the whole group; the agent decides what ends when.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
tell({ kind: "ready" });

function tell(message: FromGuardian): void {
  if (process.connected) process.send?.(message, () => undefined);
}

function start(message: StartMessage): void {
  const { run, command, cwd, env, stdin } = message;
  let output: RotatingFile;
  let child: ChildProcess;
  try {
    output = new RotatingFile(message.output);
    child = spawn(command, { cwd, env, shell: true, detached: true, stdio: "pipe" });
  } catch (error) {
    tell({ kind: "ended", run, code: null, signal: null, problem: String(error) });
    return;
  }
  let problem: string | null = null;
  const keep = (chunk: Buffer): void => {
    try {
      output.write(chunk);
    } catch (error) {
      // A full disk must not end the work; that its output is cut off is told with its end.
      problem ??= `its output could not be kept: ${String(error)}`;
    }
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  // A command need not read what it is given.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(stdin);
  child.on("error", (error) => (problem ??= String(error)));
  child.on("exit", (code, signal) => {
    // What it left behind in its group is not part of the work any more.
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    const finish = (): void => {
      if (!running.delete(run)) return;
      output.close();
      tell({ kind: "ended", run, code, signal, problem });
      leaveWhenDone();
    };
    child.on("close", finish);
    // Somebody who left the group may hold the pipe open for ever.
    setTimeout(finish, drainMs).unref();
  });
  if (child.pid === undefined) {
    tell({ kind: "ended", run, code: null, signal: null, problem: "it could not be started" });
    return;
  }
  running.set(run, child);
  tell({ kind: "started", run, pid: child.pid, started: startOf(child.pid) });
}

/** How long the output of a command that has ended may still come. */
const drainMs = 1_000;

function stop(run: number, afterMs: number): void {
  const child = running.get(run);
  if (child?.pid === undefined) return;
  const { pid } = child;
  signalGroup(pid, "SIGTERM");
  setTimeout(() => {
    if (running.get(run) === child) signalGroup(pid, "SIGKILL");
  }, afterMs);
}

function leaveWhenDone(): void {
  if (!process.connected && running.size === 0) process.exit(0);
}
