/** What a run was measured on: without it no figure can be compared with another one. */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem, type } from "node:os";

/** With a greater load the machine has other work, and the figures come out worse. */
const quietLoadMax = 1;

export function machine(): Readonly<Record<string, string>> {
  const load = loadavg()[0] ?? 0;
  const warning = load > quietLoadMax ? ", NOT QUIET: other work takes part of the machine" : "";
  const gib = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    machine: `${type()}, ${availableParallelism()} x ${cpus()[0]?.model ?? "?"}, ${gib} GiB`,
    load: `${load.toFixed(2)} at the start${warning}`,
  };
}

function commit(): string {
  try {
    const git = (args: readonly string[]): string =>
      execFileSync("git", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const isChanged = git(["status", "--porcelain", "--", "src"]).trim() !== "";
    return git(["rev-parse", "--short", "HEAD"]).trim() + (isChanged ? " with changes" : "");
  } catch {
    return "unknown";
  }
}
