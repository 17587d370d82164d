/** Which version of the code ran: a seed means nothing without it. */
import { spawnSync } from "node:child_process";

export function currentCommit(): string {
  const run = (args: readonly string[]): string =>
    spawnSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).stdout.trim();
  const commit = run(["rev-parse", "--short", "HEAD"]);
  return run(["status", "--porcelain"]) === "" ? commit : `${commit} with changes`;
}
