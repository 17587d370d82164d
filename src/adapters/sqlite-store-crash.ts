/**
 * What guards the newest commits, which live in the write-ahead log until a checkpoint. SQLite ends
 * the log at the first frame that fails its checksum and says nothing: a flipped bit, or a lost
 * file, would silently take back commits that peers have heard of. So a small file beside the
 * database, the mark, counts the commits that returned. A database with fewer is refused.
 *
 * The mark is written after the fsync of its commit and never synced itself: it is never ahead of
 * the disk, survives the death of the process, and costs microseconds. A clean close removes it, so
 * a backup put back into a cleanly closed folder is taken for what it is.
 */
import { closeSync, constants, existsSync, linkSync, openSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeSync } from "node:fs";
import { utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { sumOf } from "./sqlite-store-sums.ts";

const digits = 16;

function markText(commits: number): string {
  const body = `towline-mark-1 ${String(commits).padStart(digits, "0")}`;
  return `${body} ${sumOf(utf8(body))}\n`;
}

/** The commits that the mark counts; 0 without one. A torn one says nothing. */
function markedCommits(path: string): number {
  const mark = `${path}-mark`;
  if (!existsSync(mark)) return 0;
  const text = readFileSync(mark, "latin1");
  const commits = Number(text.slice(15, 15 + digits));
  return Number.isSafeInteger(commits) && text === markText(commits) ? commits : 0;
}

/** Throws when the database at `path` has lost commits. */
export function checkMark(path: string, commits: number): void {
  const missing = markedCommits(path) - commits;
  if (missing <= 0) return;
  throw new TowlineError(
    "store/corrupt",
    `${path} lacks its last ${missing} commits: its -wal is damaged or gone, or an older file ` +
      `was put in its place. Restore both from one backup, or go on without: delete ${path}-mark.`,
  );
}

export interface Mark {
  readonly count: (commits: number) => void;
  /** Removes the mark: all commits are in the main file. */
  readonly remove: () => void;
  /** Keeps it: commits are in the write-ahead log still. */
  readonly keep: () => void;
}

/** Starts to mark. A mark that cannot be written is left out: it only ever helps to see damage. */
export function openMark(path: string, commits: number): Mark {
  let file: number | null = null;
  const count = (now: number): void => {
    try {
      file ??= openSync(`${path}-mark`, constants.O_RDWR | constants.O_CREAT, 0o600);
      writeSync(file, markText(now), 0, "latin1");
    } catch {
      // An older mark stays true: it counts fewer commits.
    }
  };
  const keep = (): void => {
    if (file !== null) closeSync(file);
    file = null;
  };
  const remove = (): void => {
    keep();
    rmSync(`${path}-mark`, { force: true });
  };
  count(commits);
  return { count, remove, keep };
}

/**
 * Runs `open` so that its failure leaves the write-ahead log as it was: SQLite, when it closes a
 * database, deletes the log with all that it could not read in it, and a rescue needs that.
 */
export function keepingLog<Opened>(path: string, open: () => Opened): Opened {
  const log = `${path}-wal`;
  const kept = `${path}-wal-kept`;
  const isKept = existsSync(log) && linkIfPossible(log, kept);
  try {
    const opened = open();
    rmSync(kept, { force: true });
    return opened;
  } catch (error) {
    if (isKept && existsSync(log)) rmSync(kept);
    else if (isKept) renameSync(kept, log);
    throw error;
  }
}

/** Some file systems have no links: there the log is not kept, and nothing else is lost. */
function linkIfPossible(from: string, to: string): boolean {
  try {
    rmSync(to, { force: true });
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}
