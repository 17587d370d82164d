/** The machine under the node: Node itself, its SQLite, room on the disk. */
import { checkSqlite } from "../../adapters/sqlite-store-schema.ts";
import { diskLowBytes } from "../../base/limits.ts";
import { bytesText } from "../actions/print.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok, warn } from "./finding.ts";

/** As `engines` in package.json has it. */
const nodeMin = [22, 18] as const;
/** A disk with less is as good as full: one import may take it. */
const diskFullBytes = 33_554_432;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/u, "").split(".").map(Number);
  const [leastMajor, leastMinor] = nodeMin;
  const isOld = major < leastMajor || (major === leastMajor && minor < leastMinor);
  const found = `Node ${version}`;
  if (!isOld) return ok("node", found);
  const least = nodeMin.join(".");
  return fail("node", { found, fix: `install Node ${least} or later: https://nodejs.org` });
}

export function checkSqliteOfNode(): Finding {
  try {
    return ok("sqlite", `SQLite ${checkSqlite()}`);
  } catch (error) {
    return failOf("sqlite", error);
  }
}

/** `free`: bytes that may still be written where `dir` lies; null when that cannot be told. */
export function checkDisk(dir: string, free: number | null): Finding {
  if (free === null) {
    const fix = `look at the disk under ${dir} by yourself: df -h '${dir}'`;
    return warn("disk", { found: "how much room is left cannot be told", fix });
  }
  const found = `${bytesText(free)} free for ${dir}`;
  if (free >= diskLowBytes) return ok("disk", found);
  const fix = `free some room on the disk of ${dir}, or move the folder to another one and name it with --dir`;
  return free < diskFullBytes ? fail("disk", { found, fix }) : warn("disk", { found, fix });
}
