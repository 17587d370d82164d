/** The file of a unit: written once, and never over another one. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf, fileError } from "../../adapters/folder-lock-files.ts";
import { TowlineError } from "../../base/errors.ts";

/** Where systemd, and it alone, leaves this folder. */
const runningMark = "/run/systemd/system";

/** Throws `service/no-systemd`. */
export function refuseWithoutSystemd(mark = runningMark): void {
  if (existsSync(mark)) return;
  const message =
    "systemd does not run this machine. Print the unit with --dry-run, and do what its " +
    "[Service] says with what does.";
  throw new TowlineError("service/no-systemd", message);
}

/** False when exactly this is there. What is there and differs is never replaced. */
export function writeUnit(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw fileError(error, path);
    if (readFileSync(path, "utf8") === text) return false;
    const message =
      `${path} is there already and says something else; it stays as it is. Look at it beside ` +
      "--dry-run, remove it, or choose another name with --unit.";
    throw new TowlineError("service/exists", message);
  }
}
