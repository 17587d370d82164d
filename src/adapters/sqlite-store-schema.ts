/** The database file: its settings, its tables, their versions, and what must be true of a file. */
import { DatabaseSync } from "node:sqlite";
import { accessSync, closeSync, constants, lstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { TowlineError } from "../base/errors.ts";
import { errnoOf, fileError } from "./folder-lock-files.ts";
import { corruptError } from "./sqlite-store-errors.ts";
import { factsSum, stateSum } from "./sqlite-store-sums.ts";

/** "Towl", at offset 68 of the file: tells our databases from others. */
const applicationId = 0x546f776c;

/** The statements that lead from each version of the schema to the next. Never edit one. */
const schemaSteps: readonly (readonly string[])[] = [
  [
    "CREATE TABLE ops (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL, sig BLOB, " +
      "claim BLOB, sum TEXT NOT NULL) STRICT",
    "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE state (id INTEGER PRIMARY KEY, commits INTEGER NOT NULL, ops INTEGER NOT NULL, " +
      "facts TEXT NOT NULL, sum TEXT NOT NULL) STRICT",
  ],
  [
    "CREATE TABLE pages (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, " +
      "sum TEXT NOT NULL, frame BLOB NOT NULL) STRICT",
  ],
];

/** The tables that the newest version has, by their text. */
const tables = schemaSteps.flat();

/** Of 4 to 32 KiB this wrote and read op rows fastest. */
export const databasePageBytes = 8_192;

/** Before 3.51.3 two connections that checkpoint at once could lose commits. */
const sqliteMin = [3, 51, 3] as const;

export function checkSqliteVersion(version: string): void {
  const parts = version.split(".").map(Number);
  for (const [at, least] of sqliteMin.entries()) {
    const part = parts[at] ?? 0;
    if (part > least) return;
    if (part < least || !Number.isInteger(part))
      throw new TowlineError(
        "store/sqlite-version",
        `This Node has SQLite ${version}, which can lose data; towline needs ` +
          `${sqliteMin.join(".")} or later. Run it with a newer Node.`,
      );
  }
}

/** The version of SQLite in this Node. Throws `store/sqlite-version` when it can lose data. */
export function checkSqlite(): string {
  const db = new DatabaseSync(":memory:");
  const version = String(valueOf(db, "SELECT sqlite_version()"));
  db.close();
  checkSqliteVersion(version);
  return version;
}

/** Refuses what is not a whole database of ours, before SQLite could change anything in it. */
export function checkFile(path: string): void {
  const header = readHeader(path);
  if (header.length === 0) throw corruptError(path, "Zero bytes instead of a database");
  if (header.length < 100 || header.toString("latin1", 0, 16) !== "SQLite format 3\0")
    throw corruptError(path, "No database");
  if (header.readUInt32BE(68) !== applicationId)
    throw corruptError(path, "A database of another program");
}

function readHeader(path: string): Buffer {
  try {
    if (!lstatSync(path).isFile()) throw corruptError(path, "No file");
    for (const each of [path, dirname(path)]) accessSync(each, constants.R_OK | constants.W_OK);
    const file = openSync(path, "r");
    try {
      const header = Buffer.alloc(100);
      return header.subarray(0, readSync(file, header));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw fileError(error, path);
    throw new TowlineError(
      "folder/not-initialized",
      `There is no database ${path}. Run "towline init", or restore the folder from a backup.`,
      { cause: error },
    );
  }
}

/** One value of a pragma or query. */
export function valueOf(db: DatabaseSync, sql: string): unknown {
  const row = db.prepare(sql).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

/**
 * Settings of the connection. The exclusive mode keeps every other connection out and the WAL's
 * index in our memory; FULL makes a commit an fsync; fullfsync makes that true on macOS.
 */
export function configure(db: DatabaseSync): void {
  db.exec(
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; " +
      "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; " +
      "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 16777216; " +
      "PRAGMA wal_autocheckpoint = 1000",
  );
  const expected = [
    ["PRAGMA journal_mode = WAL", "wal"],
    ["PRAGMA synchronous", 2],
    ["PRAGMA trusted_schema", 0],
    ["PRAGMA cell_size_check", 1],
  ] as const;
  for (const [sql, value] of expected) {
    const found = valueOf(db, sql);
    if (found !== value)
      throw new TowlineError(
        "store/failed",
        `SQLite refused a setting: ${sql} is ${String(found)}.`,
      );
  }
}

/** Fills an empty file. The pages that sealed ops leave unused can be given back. */
export function createSchema(db: DatabaseSync): void {
  db.exec(
    `PRAGMA page_size = ${databasePageBytes}; PRAGMA auto_vacuum = INCREMENTAL; ` +
      `PRAGMA application_id = ${applicationId}`,
  );
  configure(db);
  migrate(db, 0);
  const state = { commits: 0, ops: 0, factsSum: factsSum(new Map()) };
  db.prepare("INSERT INTO state VALUES (0, 0, 0, ?, ?)").run(state.factsSum, stateSum(state));
}

/** Brings the file to the newest version, or refuses it; then its tables are exactly ours. */
export function checkSchema(db: DatabaseSync, path: string): void {
  const version = checkVersion(db, path);
  migrate(db, version);
  const found = db.prepare("SELECT sql FROM sqlite_schema ORDER BY rowid").all();
  if (found.length !== tables.length || found.some(({ sql }, at) => sql !== tables[at]))
    throw corruptError(path, "Tables that are not ours");
}

/** The version of the file's schema; refuses one that this program does not know. */
export function checkVersion(db: DatabaseSync, path: string): number {
  const version = Number(valueOf(db, "PRAGMA user_version"));
  if (version > schemaSteps.length)
    throw new TowlineError(
      "store/newer-schema",
      `${path} was written by a newer towline (schema ${version}, this one knows ` +
        `${schemaSteps.length}). Update towline; nothing was changed.`,
    );
  if (version < 1) throw corruptError(path, "No schema version");
  return version;
}

function migrate(db: DatabaseSync, from: number): void {
  if (from === schemaSteps.length) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of schemaSteps.slice(from)) for (const sql of step) db.exec(sql);
    db.exec(`PRAGMA user_version = ${schemaSteps.length}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
