/** What an error of SQLite means to the user, in the codes of the catalogue. */
import { TowlineError } from "../base/errors.ts";
import { errnoOf, fileError } from "./folder-lock-files.ts";

/** Primary result codes of SQLite. */
const perm = 3;
const busy = 5;
const locked = 6;
const readonly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cantOpen = 14;
const notADatabase = 26;

/** The primary result code of an error of SQLite; null for any other error. */
function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  return typeof error.errcode === "number" ? error.errcode % 256 : null;
}

/** After one of these the connection must not write again: a failed fsync may have lost pages. */
export function isFatal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === ioError || code === corrupt || code === notADatabase;
}

/** The error of a damaged database. `what` says what was found, as a sentence without its stop. */
export function corruptError(path: string, what: string, cause?: unknown): TowlineError {
  return new TowlineError(
    "store/corrupt",
    `${what} in ${path}. Look with "towline verify"; restore a backup of the folder, or move it ` +
      `away and join again: peers send back all that they have.`,
    { cause },
  );
}

/** The error of an open store. */
export function storeError(error: unknown, path: string): TowlineError {
  if (error instanceof TowlineError) return error;
  const cause = { cause: error };
  switch (sqliteCode(error)) {
    case full:
      return new TowlineError(
        "store/full",
        `No space left for ${path}; nothing of this write was kept. Free some and try again.`,
        cause,
      );
    case corrupt:
    case notADatabase:
      return corruptError(path, "Damage", error);
    default:
      return new TowlineError(
        "store/failed",
        `The database ${path} failed: ${String(error)}. Check the disk, then start again.`,
        cause,
      );
  }
}

/** The error of a store that does not open. */
export function openError(error: unknown, path: string): TowlineError {
  if (error instanceof TowlineError) return error;
  switch (sqliteCode(error)) {
    case busy:
    case locked:
      return new TowlineError(
        "folder/in-use",
        `Another process has ${path} open. Stop it, or let it do the work.`,
        { cause: error },
      );
    case perm:
    case readonly:
    case cantOpen:
      return new TowlineError(
        "folder/unwritable",
        `${path} cannot be opened for writing. Check who owns it, its mode and its folder's.`,
        { cause: error },
      );
    case null:
      // A number beyond 2^53 cannot be ours.
      if (errnoOf(error) === "ERR_OUT_OF_RANGE") return corruptError(path, "A wild number", error);
      return fileError(error, path);
    default:
      return storeError(error, path);
  }
}
