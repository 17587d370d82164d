/** What a database holds besides the ops themselves, checked when it is opened. */
import type { DatabaseSync } from "node:sqlite";
import type { Span } from "../log/spans.ts";
import { areComplete } from "./page-spans.ts";
import { corruptError } from "./sqlite-store-errors.ts";
import { valueOf } from "./sqlite-store-schema.ts";
import type { StoreState } from "./sqlite-store-sums.ts";
import { factsSum, stateSum } from "./sqlite-store-sums.ts";

export interface Content {
  readonly facts: Map<string, string>;
  readonly state: StoreState;
  readonly spans: readonly Span[];
}

/**
 * The structure of the whole file, the count of ops, and the facts. Ops and pages are checked when
 * they are read.
 */
export function readContent(db: DatabaseSync, path: string): Content {
  const found = valueOf(db, "PRAGMA quick_check(1)");
  if (found !== "ok") throw corruptError(path, `Damage (${String(found)})`);
  const state = readState(db, path);
  const facts = readFacts(db);
  if (factsSum(facts) !== state.factsSum) throw corruptError(path, "Damage to table facts");
  const spans = readSpans(db);
  const rows = db.prepare("SELECT count(*) AS count FROM ops WHERE n >= ? AND n < ?");
  const rowsIn = (from: number, end: number): number =>
    end > from ? Number(rows.get(from, end)?.["count"]) : 0;
  const inPages = spans.reduce((sum, { count }) => sum + count, 0);
  const isComplete =
    valueOf(db, "SELECT count(*) FROM ops") === state.ops - inPages &&
    areComplete(spans, state.ops, rowsIn);
  if (!isComplete) throw corruptError(path, `Ops are missing: not ${state.ops} in a row`);
  return { facts, state, spans };
}

function readState(db: DatabaseSync, path: string): StoreState {
  const rows = db.prepare("SELECT id, commits, ops, facts, sum FROM state").all();
  const row = rows[0];
  if (rows.length !== 1 || row === undefined) throw corruptError(path, "Damage to table state");
  const state: StoreState = {
    commits: Number(row["commits"]),
    ops: Number(row["ops"]),
    factsSum: String(row["facts"]),
  };
  if (row["id"] !== 0 || stateSum(state) !== row["sum"])
    throw corruptError(path, "Damage to table state");
  return state;
}

function readFacts(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare("SELECT key, value FROM facts").all();
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
}

function readSpans(db: DatabaseSync): readonly Span[] {
  const rows = db.prepare("SELECT first, count FROM pages ORDER BY first").all();
  return rows.map(({ first, count }) => ({ first: Number(first), count: Number(count) }));
}
