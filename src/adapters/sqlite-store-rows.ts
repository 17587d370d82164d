/** The ops in SQLite that are kept one by one: a row for each, with a sum of its own. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { asSignature } from "../op/op.ts";
import type { StoredOp } from "../replica/store.ts";
import { corruptError } from "./sqlite-store-errors.ts";
import { opSum } from "./sqlite-store-sums.ts";

/** Rows of one insert: fewer calls, twice the speed of one row each. */
const insertRows = 10;
/** Columns of table ops. */
const columns = 5;

type Row = readonly SQLOutputValue[];

export class OpRows {
  readonly #path: string;
  readonly #insert: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #range: StatementSync;
  readonly #drop: StatementSync;

  constructor(db: DatabaseSync, path: string) {
    this.#path = path;
    const row = "(?, ?, ?, ?, ?)";
    this.#insert = db.prepare(`INSERT INTO ops VALUES ${row}`);
    this.#insertMany = db.prepare(
      `INSERT INTO ops VALUES ${`${row}, `.repeat(insertRows - 1)}${row}`,
    );
    this.#range = db.prepare(
      "SELECT bytes, sig, claim, sum FROM ops WHERE n >= ? AND n < ? ORDER BY n",
    );
    this.#range.setReturnArrays(true);
    this.#drop = db.prepare("DELETE FROM ops WHERE n >= ? AND n < ?");
  }

  /** Inserts ops with their numbers. */
  insert(ops: Iterable<readonly [n: number, op: StoredOp]>): void {
    let values: SQLInputValue[] = [];
    for (const [n, op] of ops) {
      values.push(n, op.bytes, op.sig, op.claim ?? null, opSum(n, op));
      if (values.length < columns * insertRows) continue;
      this.#insertMany.run(...values);
      values = [];
    }
    for (let at = 0; at < values.length; at += columns) {
      this.#insert.run(...values.slice(at, at + columns));
    }
  }

  /** Deletes the rows `from` to before `end`. */
  drop(from: number, end: number): void {
    this.#drop.run(from, end);
  }

  /** The ops in rows `from` to before `end`, each checked. */
  read(from: number, end: number): StoredOp[] {
    // The statement returns arrays, which the types of node:sqlite cannot say.
    const rows = this.#range.all(from, end) as unknown as readonly Row[];
    return rows.length === end - from
      ? rows.map((row, at) => this.#opOf(row, from + at))
      : this.#refuse(from, "is missing");
  }

  /** The sum binds the row's number, so an op in another's place fails it too. */
  #opOf([bytes, sigBytes, claimBytes, sum]: Row, n: number): StoredOp {
    const sig = sigBytes instanceof Uint8Array ? asSignature(sigBytes) : null;
    const claim = claimBytes instanceof Uint8Array ? asSignature(claimBytes) : null;
    const isOdd = (sigBytes !== null && sig === null) || (claimBytes !== null && claim === null);
    if (!(bytes instanceof Uint8Array) || isOdd) return this.#refuse(n, "has no op");
    const op = claim === null ? { bytes, sig } : { bytes, sig, claim };
    return opSum(n, op) === sum ? op : this.#refuse(n, "fails its checksum");
  }

  #refuse(n: number, what: string): never {
    throw corruptError(this.#path, `Row ${n} of table ops ${what}: damage`);
  }
}
