/**
 * The ops of the past as a port, and folding them in slices: a generator that yields between the
 * slices, so that whoever drives it can let others have a turn.
 */
import { Claims } from "../claims/claims.ts";
import { itemWithClaims } from "../claims/over.ts";
import type { Op } from "../op/op.ts";
import type { Sha256 } from "../pipeline/digest.ts";
import { Document } from "../pipeline/document.ts";
import type { ItemView } from "../pipeline/document.ts";
import { itemOf } from "../pipeline/schema.ts";

export interface PastSource {
  /** Ops on disk; their arrival indices are below it. */
  readonly count: number;
  /** In the order asked for. */
  read(indices: readonly number[]): readonly Op[];
  /** Arrival indices of the ops on disk that touch the item, ascending. */
  historyOf(item: string): readonly number[];
  readonly sha256: Sha256;
}

/** An op and its arrival index. */
export interface PastOp {
  readonly index: number;
  readonly op: Op;
}

/** Yields between slices of a few milliseconds, and returns what was made. */
export type Sliced<Result> = Generator<undefined, Result, undefined>;

/** Ops read at a time: the largest ones take some 20 ms together. */
const sliceOps = 32;

/** Hands the ops at `indices` to `take`, in that order. */
export function* readAll(
  source: PastSource,
  indices: Iterable<number>,
  take: (past: PastOp) => void,
): Sliced<void> {
  let slice: number[] = [];
  for (const index of indices) {
    slice.push(index);
    if (slice.length < sliceOps) continue;
    readSlice(source, slice, take);
    slice = [];
    yield;
  }
  readSlice(source, slice, take);
}

function readSlice(
  source: PastSource,
  indices: readonly number[],
  take: (past: PastOp) => void,
): void {
  if (indices.length === 0) return;
  for (const [at, op] of source.read(indices).entries()) take({ index: indices[at] ?? 0, op });
}

export function* upTo(end: number, from = 0): Generator<number> {
  for (let index = from; index < end; index += 1) yield index;
}

/** The items that an op touches, each once. */
export function itemsOf({ changes }: Op): readonly string[] {
  return [...new Set(changes.map(itemOf).filter((item) => item !== null))];
}

/** The ops about any of `items`, in the order of their arrival. */
export function* indicesOf(source: PastSource, items: Iterable<string>): Sliced<readonly number[]> {
  const found = new Set<number>();
  let seen = 0;
  for (const item of items) {
    for (const index of source.historyOf(item)) found.add(index);
    seen += 1;
    if (seen % 1_024 === 0) yield;
  }
  return [...found].sort((left, right) => left - right);
}

/** The items that the ops from arrival `from` on touch, up to before `to`. */
export function* touchedBetween(source: PastSource, from: number, to: number): Sliced<Set<string>> {
  const touched = new Set<string>();
  yield* readAll(source, upTo(to, from), ({ op }) => {
    for (const item of itemsOf(op)) touched.add(item);
  });
  return touched;
}

export function before(indices: readonly number[], end: number): readonly number[] {
  return indices.filter((index) => index < end);
}

/** The state after some of the ops, as far as it concerns some of the items. */
export class Fold {
  readonly document = new Document();
  readonly claims: Claims;
  readonly #only: ReadonlySet<string> | null;
  ops = 0;

  /** `only`: the items that matter; null for all. */
  constructor(sha256: Sha256, only: ReadonlySet<string> | null = null) {
    this.claims = new Claims(sha256);
    this.#only = only;
  }

  apply({ index, op }: PastOp): void {
    const only = this.#only;
    const isMeant = (item: string | null): boolean => item !== null && only?.has(item) === true;
    // What is left out leaves the order of the rest as it is.
    const changes =
      only === null ? op.changes : op.changes.filter((change) => isMeant(itemOf(change)));
    const part = changes.length === op.changes.length ? op : { ...op, changes };
    this.document.apply(part, index);
    this.claims.apply(part);
    this.ops += 1;
  }

  /** A live item, with what its claims did to it. */
  view(item: string): ItemView | null {
    return itemWithClaims(this.document, this.claims, item);
  }
}
