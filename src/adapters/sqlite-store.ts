/**
 * The store in SQLite. One connection per process, the database locked against all others, a commit
 * durable when it returns, and every byte checked when it is read.
 */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, rmSync } from "node:fs";
import type { StatementSync } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { TowlineError } from "../base/errors.ts";
import { sealedFromOps, unusedBytesMax } from "../base/limits.ts";
import type { Span } from "../log/spans.ts";
import type { Commit, Fact, Sealed, Store, StoredOp, StoredPage } from "../replica/store.ts";
import { openNewFile, placeFile } from "./folder-lock-files.ts";
import { withFacts } from "./memory-store.ts";
import type { Seal } from "./sealing.ts";
import { codecOf } from "./sealing.ts";
import type { Content } from "./sqlite-store-content.ts";
import { readContent } from "./sqlite-store-content.ts";
import type { Mark } from "./sqlite-store-crash.ts";
import { checkMark, keepingLog, openMark } from "./sqlite-store-crash.ts";
import { corruptError, isFatal, openError, storeError } from "./sqlite-store-errors.ts";
import { OpTables, readRows } from "./sqlite-store-ops.ts";
import {
  checkFile,
  checkSchema,
  checkSqlite,
  configure,
  createSchema,
  databasePageBytes,
  valueOf,
} from "./sqlite-store-schema.ts";
import type { StoreState } from "./sqlite-store-sums.ts";
import { factsSum, stateSum } from "./sqlite-store-sums.ts";

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
  checkSqlite();
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
  checkSqlite();
  checkFile(path);
  return keepingLog(path, () => {
    let db: DatabaseSync | null = null;
    try {
      db = connect(path);
      configure(db);
      checkSchema(db, path);
      if (options.pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${options.pagesMax}`);
      const content = readContent(db, path);
      checkMark(path, content.state.commits);
      return new SqliteStore(db, path, content);
    } catch (error) {
      db?.close();
      throw openError(error, path);
    }
  });
}

/** mode=rw: SQLite must not make a file where ours has vanished. */
function connect(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "rw");
  return new DatabaseSync(url, { timeout: busyMs });
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #mark: Mark;
  readonly #ops: OpTables;
  readonly #putFact: StatementSync;
  readonly #dropFact: StatementSync;
  readonly #putState: StatementSync;
  #state: StoreState;
  #facts: Map<string, string>;
  /** Ops below this number that are in no page lack the signatures for one; so many they are. */
  #triedTo = 0;
  #stuck = 0;
  #isClosed = false;
  /** Why nothing can be written any more. */
  #broken: TowlineError | null = null;

  constructor(db: DatabaseSync, path: string, { state, facts, spans }: Content) {
    this.#db = db;
    this.#path = path;
    this.#state = state;
    this.#facts = facts;
    this.#ops = new OpTables({ db, path, spans, codec: codecOf(facts) });
    this.#putFact = db.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
    this.#dropFact = db.prepare("DELETE FROM facts WHERE key = ?");
    this.#putState = db.prepare("UPDATE state SET commits = ?, ops = ?, facts = ?, sum = ?");
    this.#mark = openMark(path, state.commits);
  }

  ops(): Iterable<StoredOp | StoredPage> {
    this.#checkOpen();
    return this.#scan(this.#state.ops);
  }

  *#scan(end: number): Generator<StoredOp | StoredPage> {
    for (let at = 0; at < end;) {
      this.#checkOpen();
      const { next, found } = this.#guard(() => this.#ops.scan(at, end));
      yield* found;
      at = next;
    }
  }

  facts(): ReadonlyMap<string, string> {
    this.#checkOpen();
    return new Map(this.#facts);
  }

  pages(): readonly Span[] {
    this.#checkOpen();
    return this.#ops.spans.all();
  }

  commit({ ops, facts, pages = [] }: Commit): void {
    this.#checkWritable();
    if (ops.length === 0 && facts.length === 0) return;
    const factsAfter = facts.length === 0 ? this.#facts : withFacts(this.#facts, facts);
    const first = this.#state.ops;
    const after = {
      ops: first + ops.length,
      factsSum: facts.length === 0 ? this.#state.factsSum : factsSum(factsAfter),
    };
    this.#transact(after, () => {
      this.#ops.insert(first, ops, pages);
      this.#writeFacts(facts);
    });
    for (const { offset, count } of pages) this.#ops.spans.add({ first: first + offset, count });
    this.#facts = factsAfter;
    if (facts.length > 0) this.#ops.codec = codecOf(factsAfter);
  }

  /** Runs `write` and makes it durable, with the state that it leads to, or undoes it. */
  #transact(change: Omit<StoreState, "commits">, write: () => void): void {
    const after = { ...change, commits: this.#state.commits + 1 };
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      write();
      this.#putState.run(after.commits, after.ops, after.factsSum, stateSum(after));
      this.#db.exec("COMMIT");
    } catch (error) {
      throw this.#rollBack(error);
    }
    this.#state = after;
    this.#mark.count(after.commits);
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
      let count = 1;
      while (count < readRows && indices[at + count] === from + count) count += 1;
      for (const op of this.#readRange(from, from + count)) ops.push(op);
      at += count;
    }
    return ops;
  }

  /** The ops `from` to before `end`, each checked. */
  #readRange(from: number, end: number): readonly StoredOp[] {
    if (!Number.isInteger(from) || from < 0 || end > this.#state.ops)
      throw new TowlineError("store/failed", `The store has no ops ${from} to ${end - 1}.`);
    return this.#guard(() => this.#ops.read(from, end));
  }

  /** Runs a read; what SQLite says of it is put into our codes. */
  #guard<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  readPage(first: number): Uint8Array {
    this.#checkOpen();
    const page = this.#ops.spans.holding(first);
    if (page?.first !== first)
      throw new TowlineError("store/failed", `The store has no page ${first}.`);
    return this.#guard(() => this.#ops.readPage(page));
  }

  get looseOps(): number {
    return this.#state.ops - this.#ops.spans.ops - this.#stuck;
  }

  *seal(): Generator<undefined, Sealed | null> {
    this.#checkWritable();
    const { spans } = this.#ops;
    const { ops } = this.#state;
    const { looseOps } = this;
    if (looseOps < sealedFromOps) return null;
    const { first, ends } = spans.room(this.#triedTo, ops);
    let sealed: Seal | null;
    try {
      sealed = yield* this.#ops.seal(first, ends);
    } catch (error) {
      throw storeError(error, this.#path);
    }
    if (sealed === null) {
      // Only where a commit has ended does no op need a signature that comes behind it.
      this.#triedTo = ops;
      this.#stuck += looseOps;
      return null;
    }
    yield;
    return this.#replace(first, sealed);
  }

  /** Null when there is no room. */
  #replace(first: number, { count, frame, bare }: Seal): Sealed | null {
    this.#checkWritable();
    try {
      this.#transact(this.#state, () => {
        this.#ops.replace({ first, count, frame });
        this.#giveBack();
      });
    } catch (error) {
      if (error instanceof TowlineError && error.code === "store/full") return null;
      throw error;
    }
    this.#ops.spans.add({ first, count });
    return { first, count, bare: bare.map((at) => first + at) };
  }

  /** Gives back some of what the file does not use. A file of schema 1 keeps it for later rows. */
  #giveBack(): void {
    const unused = Number(valueOf(this.#db, "PRAGMA freelist_count"));
    const most = unusedBytesMax / databasePageBytes;
    if (unused > most) this.#db.exec(`PRAGMA incremental_vacuum(${Math.min(most, unused - most)})`);
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.#broken !== null) throw this.#broken;
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
