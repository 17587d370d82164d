/** What happened to one item, newest first, each change with what it met and what came of it. */
import type { Change } from "../op/change.ts";
import type { Op } from "../op/op.ts";
import { itemOf } from "../pipeline/schema.ts";
import type { Around } from "./lines.ts";
import { linesOf } from "./lines.ts";
import type { PastOp, PastSource, Sliced } from "./source.ts";
import { Fold, indicesOf, readAll } from "./source.ts";

/** An op as far as it concerns the item. */
export interface TimelineEntry extends PastOp {
  readonly changes: readonly Change[];
  readonly text: readonly string[];
}

export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  /** Where the next page begins; null on the last. */
  readonly next: number | null;
}

/** The `limit` latest ops about `item` that arrived before `before`; null for all. */
export function* timeline(
  source: PastSource,
  item: string,
  page: { readonly before: number | null; readonly limit: number },
): Sliced<TimelinePage> {
  const end = page.before ?? source.count;
  const indices = (yield* indicesOf(source, [item])).filter((index) => index < end);
  const early = indices.slice(0, -page.limit);
  const late = indices.slice(-page.limit);
  const fold = new Fold(source.sha256, new Set([item]));
  yield* readAll(source, early, (past) => fold.apply(past));
  const entries: TimelineEntry[] = [];
  yield* readAll(source, late, (past) => entries.push(entryOf(fold, item, past)));
  return { entries: entries.reverse(), next: early.length === 0 ? null : (late[0] ?? null) };
}

/** Applies the op, and looks at the item before and after. */
function entryOf(fold: Fold, item: string, past: PastOp): TimelineEntry {
  const { op } = past;
  const before = fold.view(item)?.fields ?? null;
  fold.apply(past);
  const after = fold.view(item)?.fields ?? null;
  const around: Around = { before, after, isEffective: isEffective(fold, item, op) };
  const changes = op.changes.filter((change) => itemOf(change) === item);
  return { ...past, changes, text: linesOf(changes, () => around) };
}

function isEffective({ claims }: Fold, item: string, { id }: Op): boolean {
  if (claims.standing(item)?.claim === id) return true;
  return claims.effects(item).some(({ stamp }) => stamp.id === id);
}
