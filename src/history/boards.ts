/** All items as they were at a moment. */
import type { JsonObject } from "../base/json.ts";
import type { Moment } from "./moment.ts";
import { isBy } from "./moment.ts";
import type { PastSource, Sliced } from "./source.ts";
import { before, Fold, indicesOf, itemsOf, readAll, touchedBetween, upTo } from "./source.ts";

export interface PastItem {
  readonly item: string;
  readonly fields: JsonObject;
}

export interface PastBoard {
  /** Ops that count. */
  readonly at: number;
  /** When the last of them was written, by its author's clock; null when there is none. */
  readonly time: number | null;
  /** Live items, in no order. */
  readonly items: ReadonlyMap<string, PastItem>;
}

/** Items looked at between two chances for others. */
const viewsAtATime = 256;

/** The items of a fold as they are, those that are live. */
export function* viewsOf(fold: Fold, items: Iterable<string>): Sliced<Map<string, PastItem>> {
  const views = new Map<string, PastItem>();
  let seen = 0;
  for (const item of items) {
    const view = fold.view(item);
    if (view !== null) views.set(item, { item, fields: view.fields });
    seen += 1;
    if (seen % viewsAtATime === 0) yield;
  }
  return views;
}

/**
 * Boards of the past. The last one is remembered, and the next one made from it: only what the ops
 * between the two touch is folded anew, so that a slider that moves on costs little.
 */
export class Boards {
  #last: PastBoard = { at: 0, time: null, items: new Map() };

  *at(source: PastSource, moment: Moment): Sliced<PastBoard> {
    if ("time" in moment) return yield* wholeBoard(source, moment);
    const at = Math.min(moment.ops, source.count);
    const base = this.#last;
    // What many ops touch is nearly everything, and folding that from the start is one pass.
    const isFar = base.at > source.count || 4 * Math.abs(at - base.at) >= at;
    const board = isFar
      ? yield* wholeBoard(source, { ops: at })
      : yield* nextBoard(source, base, at);
    this.#last = board;
    return board;
  }
}

function* wholeBoard(source: PastSource, moment: Moment): Sliced<PastBoard> {
  const fold = new Fold(source.sha256);
  const items = new Set<string>();
  let time: number | null = null;
  yield* readAll(source, upTo(lengthAt(source, moment)), (past) => {
    if (!isBy(moment, past)) return;
    fold.apply(past);
    for (const item of itemsOf(past.op)) items.add(item);
    time = past.op.time;
  });
  return { at: fold.ops, time, items: yield* viewsOf(fold, items) };
}

function* nextBoard(source: PastSource, base: PastBoard, at: number): Sliced<PastBoard> {
  const [from, to] = [Math.min(base.at, at), Math.max(base.at, at)];
  const touched = yield* touchedBetween(source, from, to);
  const fold = new Fold(source.sha256, touched);
  const indices = yield* indicesOf(source, touched);
  yield* readAll(source, before(indices, at), (past) => fold.apply(past));
  const views = yield* viewsOf(fold, touched);
  const items = new Map(base.items);
  for (const item of touched) items.delete(item);
  for (const [item, view] of views) items.set(item, view);
  const [last] = at === 0 ? [] : source.read([at - 1]);
  return { at, time: last?.time ?? null, items };
}

/** The ops that may count at a moment, by their arrival. */
function lengthAt(source: PastSource, moment: Moment): number {
  return "ops" in moment ? Math.min(moment.ops, source.count) : source.count;
}
