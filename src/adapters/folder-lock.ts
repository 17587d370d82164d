/**
 * One process per data folder. Node has no flock, SQLite has: an open write transaction on an empty
 * database holds a lock of the kernel, which ends with the process however that dies, so nothing is
 * ever left to clean up. That it begins IMMEDIATE, not EXCLUSIVE, makes a race have one winner:
 * the reserved lock is a single one, where two that go for the exclusive one can both fail.
 */
import { closeSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { TowlineError } from "../base/errors.ts";
import { errnoOf, fileError, openNewFile } from "./folder-lock-files.ts";

export interface FolderLock {
  /** Lets others in. Doing it twice is harmless. */
  readonly release: () => void;
}

/** The locks that this process holds: one that nobody refers to would be freed with the garbage. */
const held = new Set<DatabaseSync>();

/** Takes the data folder for this process, or throws `folder/in-use` at once. */
export function lockFolder(folder: string): FolderLock {
  const lock = openLock(folder);
  try {
    lock.exec("BEGIN IMMEDIATE");
  } catch (error) {
    lock.close();
    throw hasCode(error, busy) ? inUseError(folder, error) : lockError(folder, error);
  }
  held.add(lock);
  writePid(folder);
  return {
    release: () => {
      if (!held.delete(lock)) return;
      rmSync(pidFile(folder), { force: true });
      lock.close();
    },
  };
}

/**
 * Who has the folder: the process, null for nobody, and `unknown` when the holder left no number.
 * Takes the lock for a moment when nobody has it, and changes no file.
 */
export function lockHolder(folder: string): number | "unknown" | null {
  const path = join(folder, "lock.db");
  if (!existsSync(path)) return null;
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec("BEGIN IMMEDIATE; ROLLBACK");
    return null;
  } catch (error) {
    if (!hasCode(error, busy)) throw lockError(folder, error);
    return readPid(folder) ?? "unknown";
  } finally {
    lock?.close();
  }
}

function openLock(folder: string): DatabaseSync {
  const path = join(folder, "lock.db");
  try {
    closeSync(openNewFile(path));
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw fileError(error, path);
  }
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw lockError(folder, error);
  }
}

/** Result codes of SQLite. */
const busy = 5;
const full = 13;

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === code;
}

function lockError(folder: string, cause: unknown): TowlineError {
  if (hasCode(cause, full)) {
    const message = `No space left for the lock of ${folder}. Free some and try again.`;
    return new TowlineError("store/full", message, { cause });
  }
  return new TowlineError(
    "folder/unwritable",
    `The folder ${folder} cannot be locked (${String(cause)}). If no towline runs on it, delete ` +
      `its lock.db; it has to be on a disk of this machine.`,
    { cause },
  );
}

function inUseError(folder: string, cause: unknown): TowlineError {
  const pid = readPid(folder);
  const [who, how] = pid === null ? ["another process", ""] : [`process ${pid}`, `: kill ${pid}`];
  return new TowlineError(
    "folder/in-use",
    `The folder ${folder} is in use by ${who}. Give each node its own --dir, or ` +
      `stop that one${how}`,
    { cause },
  );
}

function pidFile(folder: string): string {
  return join(folder, "lock.pid");
}

/** Only says who holds the lock: whether it is held, the kernel knows. */
function writePid(folder: string): void {
  try {
    writeFileSync(pidFile(folder), `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // On a full disk the node still runs, to read and to relay.
  }
}

/** The process that holds the lock; null when the file is still that of one that died. */
function readPid(folder: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile(folder), "latin1"));
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
