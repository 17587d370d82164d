/** How much room the database takes, and how much is left beside it. */
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { dataFiles } from "./data-folder.ts";

/** Bytes of the database and its log of what is not in it yet; null when they cannot be told. */
export function databaseBytes(dir: string): number | null {
  try {
    const path = join(dir, dataFiles.store);
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    return statSync(path).size + (log?.size ?? 0);
  } catch {
    return null;
  }
}

/** Bytes that this user may still write where `dir` lies; null when that cannot be told. */
export function freeBytes(dir: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return null;
  }
}
