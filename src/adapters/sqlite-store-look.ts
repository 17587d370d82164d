/**
 * A look at the database of a folder that nobody has open, which changes nothing: not even the
 * files that SQLite makes beside it. So commits that wait in the write-ahead log are not seen.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { readContent } from "./sqlite-store-content.ts";
import { openError } from "./sqlite-store-errors.ts";
import { checkFile, checkVersion } from "./sqlite-store-schema.ts";

export interface StoreLook {
  readonly facts: ReadonlyMap<string, string>;
  readonly ops: number;
  readonly isWal: boolean;
  readonly bytes: number;
  /** Bytes of the write-ahead log, which the next start takes over. */
  readonly logBytes: number;
}

/** Checks what a start checks, but for the ops themselves. Throws `store/…`, `folder/…`. */
export function lookAtStore(path: string): StoreLook {
  checkFile(path);
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "ro");
  url.searchParams.set("immutable", "1");
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(url, { readOnly: true });
    checkVersion(db, path);
    const { facts, state } = readContent(db, path);
    const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    return { facts, ops: state.ops, isWal: isWal(path), bytes: statSync(path).size, logBytes };
  } catch (error) {
    throw openError(error, path);
  } finally {
    db?.close();
  }
}

/** The header tells, since an immutable file is never said to have a log. */
function isWal(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const versions = Buffer.alloc(2);
    readSync(file, versions, 0, 2, 18);
    return versions[0] === 2 && versions[1] === 2;
  } finally {
    closeSync(file);
  }
}
