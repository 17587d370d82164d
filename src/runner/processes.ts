/** Processes by their number: whether one is still the same, and how to end a group of them. */
import { readFileSync } from "node:fs";

/**
 * When a process started, in whatever the system counts; empty when that cannot be told. A number
 * may be given to another process, but not with the same start.
 */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; what follows it has fixed places.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** True while the process that was started then is there. */
export function isSame(pid: number, started: string): boolean {
  return started !== "" && startOf(pid) === started;
}

/** Sends a signal to the whole group of a command; a group that is gone is no failure. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
