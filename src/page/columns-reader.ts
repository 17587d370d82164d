/** The columns of a page, read and checked for their form; what they say together comes later. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { textOf, toHex } from "../base/bytes.ts";
import { actorBytesMax, opDepsMax } from "../base/limits.ts";
import { Cursor } from "./cursor.ts";

export interface Actor {
  readonly text: string;
  /** Where its bytes lie in the page. */
  readonly at: number;
  readonly bytes: number;
}

/** Keys or ids: as text, and where the bytes of the first lie in the page. */
export interface Hashes {
  readonly hex: readonly string[];
  readonly at: number;
}

/** One value for each op, but for `seqs` and `refs`, and as the page spells it. */
export interface Columns {
  readonly raw: Uint8Array;
  readonly count: number;
  readonly authors: Hashes;
  readonly ids: Hashes;
  readonly actors: readonly Actor[];
  readonly author: Float64Array;
  readonly prev: Float64Array;
  /** For the ops whose `prev` is no op of the page. */
  readonly seqs: Float64Array;
  readonly lamport: Float64Array;
  readonly time: Float64Array;
  readonly deps: Float64Array;
  /** The deps of all ops. */
  readonly refs: Float64Array;
  readonly actor: Float64Array;
  readonly bodyBytes: Float64Array;
  readonly bodiesAt: number;
  /** The ops that are signed, ascending. */
  readonly signed: readonly number[];
  readonly signaturesAt: number;
}

export const hashBytes = 32;
export const signatureBytes = 64;
/** Times of neighbours that differ by so much or more are spelled in full. */
export const timeDeltaMax = 2 ** 50;

/** Reads the columns of `count` ops, which fill all of `raw`. */
export function readColumns(raw: Uint8Array, count: number): Result<Columns, string> {
  const cursor = new Cursor(raw, 0);
  const authors = readHashes(cursor, cursor.count(hashBytes, count));
  const idCount = cursor.count(hashBytes, Infinity);
  const idsAt = cursor.skip(hashBytes * idCount);
  const actors = readActors(cursor, count);
  const author = cursor.column(count);
  checkUse(cursor, author, authors.hex.length);
  const prev = cursor.column(count);
  const seqs = cursor.column(externals(prev));
  const lamport = cursor.column(count);
  const time = readTimes(cursor, count);
  const deps = cursor.column(count);
  const refs = cursor.column(total(cursor, deps, opDepsMax));
  // Nothing is made of ids that cost a peer next to nothing, since they are all alike.
  if (idCount > seqs.length + refs.length) cursor.fail("an id is named by no op");
  const ids = hashesAt(cursor, idsAt, idCount);
  const actor = cursor.column(count);
  if (greatest(actor) >= actors.length) cursor.fail("an actor is missing");
  const bodyBytes = cursor.column(count);
  const bodiesAt = cursor.skip(total(cursor, bodyBytes, raw.length));
  const signed = readSigned(cursor, count);
  const signaturesAt = cursor.skip(signatureBytes * signed.length);
  if (cursor.at < raw.length) cursor.fail("bytes follow its end");
  if (cursor.fault !== null) return failure(cursor.fault);
  const tables = { raw, count, authors, ids, actors };
  const links = { author, prev, seqs, lamport, time, deps, refs, actor };
  return success({ ...tables, ...links, bodyBytes, bodiesAt, signed, signaturesAt });
}

function readHashes(cursor: Cursor, count: number): Hashes {
  return hashesAt(cursor, cursor.skip(hashBytes * count), count);
}

function hashesAt(cursor: Cursor, at: number, count: number): Hashes {
  if (cursor.fault !== null) return { hex: [], at };
  const hex: string[] = [];
  for (let n = 0; n < count; n += 1) {
    hex.push(toHex(cursor.bytes.subarray(at + hashBytes * n, at + hashBytes * (n + 1))));
  }
  if (new Set(hex).size < count) cursor.fail("a key or an id is there twice");
  return { hex, at };
}

/** At most one for each op. */
function readActors(cursor: Cursor, ops: number): readonly Actor[] {
  const count = cursor.count(1, ops);
  const actors: Actor[] = [];
  const texts = new Set<string>();
  for (let n = 0; n < count && cursor.fault === null; n += 1) {
    const bytes = cursor.integer();
    if (bytes > actorBytesMax) cursor.fail("an actor is too long");
    const at = cursor.skip(bytes);
    const text = textOf(cursor.bytes.subarray(at, at + bytes));
    if (text === null) cursor.fail("an actor is not UTF-8");
    else actors.push({ text, at, bytes });
    texts.add(text ?? "");
  }
  if (texts.size < actors.length) cursor.fail("an actor is there twice");
  return actors;
}

/** Authors come in the order in which ops use them, and all are used. */
function checkUse(cursor: Cursor, author: Float64Array, authors: number): void {
  let used = 0;
  for (let n = 0; n < author.length; n += 1) {
    const index = author[n] as number;
    if (index > used) cursor.fail("authors are out of order");
    else if (index === used) used += 1;
  }
  if (used !== authors) cursor.fail("an author is missing or has no op");
}

/** True when a `prev` names an id of the table, not an op of the page. */
export function isExternal(prev: number): boolean {
  return prev % 2 === 1;
}

function externals(prev: Float64Array): number {
  let count = 0;
  // An iterator over these arrays would be the slowest part of a reader that is not warm yet.
  for (let n = 0; n < prev.length; n += 1) if (isExternal(prev[n] as number)) count += 1;
  return count;
}

function greatest(column: Float64Array): number {
  let most = 0;
  for (let n = 0; n < column.length; n += 1) most = Math.max(most, column[n] as number);
  return most;
}

function readTimes(cursor: Cursor, count: number): Float64Array {
  const times = new Float64Array(count);
  let last = -1;
  for (let n = 0; n < count && cursor.fault === null; n += 1) {
    const value = cursor.integer();
    if (value === 0) last = cursor.integer();
    else if (last < 0) cursor.fail("the first time has none before it");
    else if (value >= 2 * timeDeltaMax) cursor.fail("a time is out of range");
    else last += value % 2 === 1 ? (value - 1) / 2 : -value / 2;
    if (last < 0 || !Number.isSafeInteger(last)) cursor.fail("a time is out of range");
    times[n] = last;
  }
  return times;
}

/** The sum of a column whose values are at most `max`. */
function total(cursor: Cursor, column: Float64Array, max: number): number {
  if (greatest(column) > max) cursor.fail("a count is too large");
  let sum = 0;
  for (let n = 0; n < column.length; n += 1) sum += column[n] as number;
  return cursor.fault === null ? sum : 0;
}

function readSigned(cursor: Cursor, count: number): readonly number[] {
  const signatures = cursor.count(1 + signatureBytes, count);
  const signed: number[] = [];
  let next = 0;
  for (let n = 0; n < signatures && cursor.fault === null; n += 1) {
    const index = next + cursor.integer();
    if (index >= count) cursor.fail("a signature is of no op");
    signed.push(index);
    next = index + 1;
  }
  return signed;
}
