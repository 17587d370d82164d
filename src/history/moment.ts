/**
 * A moment of the past, and the state of items at it. Two kinds: after so many arrivals on this
 * node, which is exactly what it knew then; and a time, of which every op counts that its author
 * wrote by then, by its own clock, whenever it came here.
 */
import type { PastOp, PastSource, Sliced } from "./source.ts";
import { Fold, indicesOf, readAll } from "./source.ts";

export type Moment = { readonly ops: number } | { readonly time: number };

export function isBy(moment: Moment, { index, op }: PastOp): boolean {
  return "ops" in moment ? index < moment.ops : op.time <= moment.time;
}

/** One item as it was: its whole history up to the moment, folded. */
export function* foldItem(source: PastSource, item: string, moment: Moment | null): Sliced<Fold> {
  const fold = new Fold(source.sha256, new Set([item]));
  const indices = yield* indicesOf(source, [item]);
  yield* readAll(source, indices, (past) => {
    if (moment === null || isBy(moment, past)) fold.apply(past);
  });
  return fold;
}
