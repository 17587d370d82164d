/** Files of the data folder: there whole or not at all, never replaced, for their owner alone. */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { TowlineError } from "../base/errors.ts";

/** Makes the data folder, closed to everybody else. One that is there stays as it is. */
export function createDataFolder(folder: string): void {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    syncFolder(dirname(folder));
  } catch (error) {
    const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    if (errnoOf(error) !== "EEXIST" || !isThere) throw fileError(error, folder);
  }
}

/** Opens a new file for writing, readable by its owner only whatever the umask. */
export function openNewFile(path: string): number {
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  const file = openSync(path, O_CREAT | O_EXCL | O_RDWR, 0o600);
  fchmodSync(file, 0o600);
  return file;
}

/**
 * Gives the finished, synced file `draft` its place at `path`, durably. What is there already
 * stays:
 * a rename would replace it, a link does not.
 */
export function placeFile({ draft, path }: { draft: string; path: string }): void {
  linkSync(draft, path);
  rmSync(draft);
  syncFolder(dirname(path));
}

/** Makes the names in a folder durable. Windows cannot open folders and needs no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The code of a failed system call, such as `ENOENT`. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** What a failed system call on a file means to the user. */
export function fileError(error: unknown, path: string): TowlineError {
  if (error instanceof TowlineError) return error;
  const cause = { cause: error };
  switch (errnoOf(error)) {
    case "EEXIST":
      return new TowlineError(
        "folder/exists",
        `${path} is there already; it stays as it is.`,
        cause,
      );
    case "ENOSPC":
    case "EDQUOT":
      return new TowlineError(
        "store/full",
        `No space left for ${path}. Free some, try again.`,
        cause,
      );
    case "ENOENT":
    case "ENOTDIR":
      return new TowlineError(
        "folder/not-initialized",
        `${path} cannot be made: its folder is not there. Run "towline init" first.`,
        cause,
      );
    default:
      return new TowlineError(
        "folder/unwritable",
        `${path} cannot be written (${String(error)}). Check who owns the folder and its mode.`,
        cause,
      );
  }
}
