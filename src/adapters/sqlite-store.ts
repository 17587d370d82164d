/**
 * The store in SQLite. One connection per process, the database locked against all others, a commit
 * durable when it returns, and every byte checked when it is read.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, rmSync } from "node:fs";
import type { SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { TowlineError } from "../base/errors.ts";
import { asSignature } from "../op/op.ts";
import type { VerifiedOp } from "../op/op.ts";
import type { Commit, Fact, Store, StoredOp } from "../replica/store.ts";
import { openNewFile, placeFile } from "./folder-lock-files.ts";
import { withFacts } from "./memory-store.ts";
import type { Mark } from "./sqlite-store-crash.ts";
import { checkMark, keepingLog, openMark } from "./sqlite-store-crash.ts";
import { corruptError, isFatal, openError, storeError } from "./sqlite-store-errors.ts";
import {
  checkFile,
  checkSchema,
  checkSqliteVersion,
  configure,
  createSchema,
  valueOf,
} from "./sqlite-store-schema.ts";
import type { StoreState } from "./sqlite-store-sums.ts";
import { factsSum, opSum, stateSum } from "./sqlite-store-sums.ts";

/** Rows of one insert: fewer calls, twice the speed of one row each. */
const insertRows = 10;
/** Columns of table ops. */
const columns = 5;
/** Rows read at a time: 18 MiB with the largest ops, so that a scan never holds much. */
const readRows = 256;
/** Only a foreign tool could hold the database; we do not wait long for it. */
const busyMs = 250;

export interface SqliteStoreOptions {
  /** Pages of 8 KiB that the database may grow to; more is `store/full`. No limit without it. */
  readonly pagesMax?: number;
}

/**
 * Makes a new, empty database at `path` and opens it. It is made aside and then put in place, so a
 * crash leaves a whole one or none. Throws `folder/exists` when there is anything already.
 */
export function createSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  checkVersion();
  if (existsSync(`${path}-wal`) && !existsSync(path))
    throw corruptError(path, "A write-ahead log without its database");
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    closeSync(openNewFile(draft));
    const db = connect(draft);
    try {
      createSchema(db);
      // Closing would move the log into the file as well, but would not say that it could not.
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      db.close();
    }
    placeFile({ draft, path });
  } catch (error) {
    throw openError(error, path);
  } finally {
    for (const suffix of ["", "-wal", "-journal"]) rmSync(draft + suffix, { force: true });
  }
  return openSqliteStore(path, options);
}

/** Opens the database at `path`, which has to be there: one that is lost must not be replaced. */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  checkVersion();
  checkFile(path);
  return keepingLog(path, () => {
    let db: DatabaseSync | null = null;
    try {
      db = connect(path);
      configure(db);
      checkSchema(db, path);
      if (options.pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${options.pagesMax}`);
      const facts = readFacts(db);
      const state = checkContent(db, path, facts);
      checkMark(path, state.commits);
      return new SqliteStore(db, path, state, facts);
    } catch (error) {
      db?.close();
      throw openError(error, path);
    }
  });
}

function checkVersion(): void {
  const db = new DatabaseSync(":memory:");
  const version = String(valueOf(db, "SELECT sqlite_version()"));
  db.close();
  checkSqliteVersion(version);
}

/** mode=rw: SQLite must not make a file where ours has vanished. */
function connect(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "rw");
  return new DatabaseSync(url, { timeout: busyMs });
}

function readFacts(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare("SELECT key, value FROM facts").all();
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
}

/** The structure of the whole file, the count of ops, and the facts. Ops are checked when read. */
function checkContent(
  db: DatabaseSync,
  path: string,
  facts: ReadonlyMap<string, string>,
): StoreState {
  const found = valueOf(db, "PRAGMA quick_check(1)");
  if (found !== "ok") throw corruptError(path, `Damage (${String(found)})`);
  const rows = db.prepare("SELECT id, commits, ops, facts, sum FROM state").all();
  const row = rows[0];
  if (rows.length !== 1 || row === undefined) throw corruptError(path, "Damage to table state");
  const state: StoreState = {
    commits: Number(row.commits),
    ops: Number(row.ops),
    factsSum: String(row.facts),
  };
  if (row.id !== 0 || stateSum(state) !== row.sum)
    throw corruptError(path, "Damage to table state");
  if (factsSum(facts) !== state.factsSum) throw corruptError(path, "Damage to table facts");
  const ops = db
    .prepare("SELECT count(*) AS count, min(n) AS first, max(n) AS last FROM ops")
    .get();
  const isEmpty = state.ops === 0;
  if (
    ops?.count !== state.ops ||
    ops.first !== (isEmpty ? null : 0) ||
    ops.last !== (isEmpty ? null : state.ops - 1)
  )
    throw corruptError(path, `Ops are missing: not ${state.ops} in a row`);
  return state;
}

type Row = readonly SQLOutputValue[];

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #mark: Mark;
  readonly #insert: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #range: StatementSync;
  readonly #putFact: StatementSync;
  readonly #dropFact: StatementSync;
  readonly #putState: StatementSync;
  #state: StoreState;
  #facts: Map<string, string>;
  #isClosed = false;
  /** Why nothing can be written any more. */
  #broken: TowlineError | null = null;

  constructor(db: DatabaseSync, path: string, state: StoreState, facts: Map<string, string>) {
    this.#db = db;
    this.#path = path;
    this.#state = state;
    this.#facts = facts;
    const row = "(?, ?, ?, ?, ?)";
    this.#insert = db.prepare(`INSERT INTO ops VALUES ${row}`);
    this.#insertMany = db.prepare(
      `INSERT INTO ops VALUES ${`${row}, `.repeat(insertRows - 1)}${row}`,
    );
    this.#range = db.prepare(
      "SELECT bytes, sig, claim, sum FROM ops WHERE n >= ? AND n < ? ORDER BY n",
    );
    this.#range.setReturnArrays(true);
    this.#putFact = db.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
    this.#dropFact = db.prepare("DELETE FROM facts WHERE key = ?");
    this.#putState = db.prepare("UPDATE state SET commits = ?, ops = ?, facts = ?, sum = ?");
    this.#mark = openMark(path, state.commits);
  }

  ops(): Iterable<StoredOp> {
    this.#checkOpen();
    return this.#scan(this.#state.ops);
  }

  *#scan(end: number): Generator<StoredOp> {
    for (let from = 0; from < end; from += readRows)
      yield* this.#readRange(from, Math.min(end, from + readRows));
  }

  facts(): ReadonlyMap<string, string> {
    this.#checkOpen();
    return new Map(this.#facts);
  }

  commit({ ops, facts }: Commit): void {
    this.#checkOpen();
    if (this.#broken !== null) throw this.#broken;
    if (ops.length === 0 && facts.length === 0) return;
    const factsAfter = facts.length === 0 ? this.#facts : withFacts(this.#facts, facts);
    const after: StoreState = {
      commits: this.#state.commits + 1,
      ops: this.#state.ops + ops.length,
      factsSum: facts.length === 0 ? this.#state.factsSum : factsSum(factsAfter),
    };
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      this.#writeOps(ops);
      this.#writeFacts(facts);
      this.#putState.run(after.commits, after.ops, after.factsSum, stateSum(after));
      this.#db.exec("COMMIT");
    } catch (error) {
      throw this.#rollBack(error);
    }
    this.#state = after;
    this.#facts = factsAfter;
    this.#mark.count(after.commits);
  }

  #writeOps(ops: readonly VerifiedOp[]): void {
    let values: SQLInputValue[] = [];
    let n = this.#state.ops;
    for (const { op, sig, claim } of ops) {
      const sum = opSum(n, { bytes: op.bytes, sig, ...(claim && { claim }) });
      values.push(n, op.bytes, sig, claim ?? null, sum);
      n += 1;
      if (values.length < columns * insertRows) continue;
      this.#insertMany.run(...values);
      values = [];
    }
    for (let at = 0; at < values.length; at += columns) {
      this.#insert.run(...values.slice(at, at + columns));
    }
  }

  #writeFacts(facts: readonly Fact[]): void {
    for (const [key, value] of facts) {
      if (value === null) this.#dropFact.run(key);
      else this.#putFact.run(key, value);
    }
  }

  /** Undoes the open transaction; some failures have made SQLite do so itself. */
  #rollBack(reason: unknown): TowlineError {
    const error = storeError(reason, this.#path);
    let isUndone = !isFatal(reason);
    try {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    } catch {
      isUndone = false;
    }
    if (!isUndone) this.#broken = error;
    return error;
  }

  read(indices: readonly number[]): readonly StoredOp[] {
    this.#checkOpen();
    const ops: StoredOp[] = [];
    for (let at = 0; at < indices.length;) {
      const from = indices[at] ?? 0;
      let rows = 1;
      while (rows < readRows && indices[at + rows] === from + rows) rows += 1;
      for (const op of this.#readRange(from, from + rows)) ops.push(op);
      at += rows;
    }
    return ops;
  }

  /** The ops in rows `from` to before `end`, each checked. */
  #readRange(from: number, end: number): StoredOp[] {
    this.#checkOpen();
    if (!Number.isInteger(from) || from < 0 || end > this.#state.ops)
      throw new TowlineError("store/failed", `The store has no ops ${from} to ${end - 1}.`);
    const rows = this.#fetch(from, end);
    return rows.length === end - from
      ? rows.map((row, at) => this.#opOf(row, from + at))
      : this.#refuseRow(from, "is missing");
  }

  #fetch(from: number, end: number): readonly Row[] {
    try {
      // The statement returns arrays, which the types of node:sqlite cannot say.
      return this.#range.all(from, end) as unknown as readonly Row[];
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  /** The sum binds the row's number, so an op in another's place fails it too. */
  #opOf([bytes, sigBytes, claimBytes, sum]: Row, n: number): StoredOp {
    const sig = sigBytes instanceof Uint8Array ? asSignature(sigBytes) : null;
    const claim = claimBytes instanceof Uint8Array ? asSignature(claimBytes) : null;
    const isOdd = (sigBytes !== null && sig === null) || (claimBytes !== null && claim === null);
    if (!(bytes instanceof Uint8Array) || isOdd) return this.#refuseRow(n, "has no op");
    const op = claim === null ? { bytes, sig } : { bytes, sig, claim };
    return opSum(n, op) === sum ? op : this.#refuseRow(n, "fails its checksum");
  }

  #refuseRow(n: number, what: string): never {
    throw corruptError(this.#path, `Row ${n} of table ops ${what}: damage`);
  }

  #checkOpen(): void {
    if (this.#isClosed)
      throw new TowlineError("store/closed", `The store ${this.#path} is closed.`);
  }

  /** Closing twice is harmless. What cannot be moved into the main file stays in the log. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (this.#broken === null) this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // A full disk: all commits are durable in the log, and the next opening finds them there.
    }
    try {
      this.#db.close();
    } catch (error) {
      this.#mark.keep();
      throw storeError(error, this.#path);
    }
    if (existsSync(`${this.#path}-wal`)) this.#mark.keep();
    else this.#mark.remove();
  }
}
