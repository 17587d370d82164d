/**
 * An item as it is with its claims: what completions and failures that took effect do to its stage,
 * its retries and whether it is blocked. The state digest knows nothing of this. [CLM-10]
 */
import { compareText } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { Place, Stamp } from "../crdt/order.ts";
import { comparePlaces } from "../crdt/order.ts";
import type { Stage } from "../op/change.ts";
import { isStage } from "../op/change.ts";
import type { OpId } from "../op/op.ts";
import type { Blame, Document, ItemView } from "../pipeline/document.ts";
import type { Claims } from "./claims.ts";
import type { Effect } from "./item-claims.ts";

/** One of several moves that did not know of one another. */
export interface ConflictSide {
  readonly stage: Stage;
  readonly op: OpId;
  readonly author: string;
  readonly actor: string;
  readonly time: number;
}

interface Write extends Place {
  readonly value: Json;
}

/** The live item `id` with what its claims did to it, else null. */
export function itemWithClaims(document: Document, claims: Claims, id: string): ItemView | null {
  const view = document.item(id);
  return view === null ? null : over(document, claims, view);
}

/** The live items, sorted by id; those behind `after` when it is given. */
export function* itemsWithClaims(
  document: Document,
  claims: Claims,
  after?: string,
): IterableIterator<ItemView> {
  for (const view of document.items(after)) yield over(document, claims, view);
}

function over(document: Document, claims: Claims, view: ItemView): ItemView {
  const effects = claims.effects(view.item);
  if (effects.length === 0) return view;
  const writes = writesOf(document, view.item, effects);
  const retries = member(view.fields, "retries");
  const sum = (typeof retries === "number" ? retries : 0) + claims.tries(view.item);
  return { ...view, fields: merged(view.fields, writes, sum) };
}

/** What the effects of claims write over the fields of an item. */
function writesOf(
  document: Document,
  item: string,
  effects: readonly Effect[],
): ReadonlyMap<string, Write> {
  const writes = new Map<string, Write>();
  const write = (field: string, value: Json, { stamp, position }: Place): void => {
    const before = writes.get(field) ?? document.place(item, field);
    const place = { stamp, position };
    if (before === null || comparePlaces(before, place) < 0) writes.set(field, { value, ...place });
  };
  for (const effect of effects) {
    const { change } = effect;
    if (change.kind === "fail") {
      write("reason", change.reason, effect);
      if (change.isBlocking) write("blocked", true, effect);
    } else if (change.to !== null) write("stage", change.to, effect);
  }
  return writes;
}

/** Who wrote what a live item shows, sorted by field: who ended a claim wrote what that did. */
export function blameWithClaims(
  document: Document,
  claims: Claims,
  item: string,
): readonly Blame[] {
  const written = document.blame(item);
  const view = itemWithClaims(document, claims, item);
  const effects = claims.effects(item);
  if (view === null || effects.length === 0) return written;
  const overs = new Map<string, Stamp>();
  for (const [field, { stamp }] of writesOf(document, item, effects)) overs.set(field, stamp);
  const failure = effects.findLast(({ change }) => change.kind === "fail");
  if (failure !== undefined && claims.tries(item) > 0) overs.set("retries", failure.stamp);
  const found = written.filter(({ field }) => !overs.has(field));
  for (const [field, { author, actor, time, id }] of overs) {
    const value = member(view.fields, field) ?? null;
    found.push({ field, value, author, actor, time, op: id });
  }
  return found.sort((left, right) => compareText(left.field, right.field));
}

function merged(
  fields: JsonObject,
  writes: ReadonlyMap<string, Write>,
  retries: number,
): JsonObject {
  const values = new Map<string, Json>(Object.entries(fields));
  for (const [field, { value }] of writes) values.set(field, value);
  if (retries === 0) values.delete("retries");
  else values.set("retries", retries);
  const entries = [...values].sort(([left], [right]) => compareText(left, right));
  const result = Object.create(null) as Record<string, Json>;
  for (const [field, value] of entries) result[field] = value;
  return result;
}

/**
 * The stages to which an item was moved by nodes that did not know of one another, one side for
 * each; empty when there is no conflict, or when a later write of the stage has settled it.
 */
export function conflictOf(
  document: Document,
  claims: Claims,
  view: ItemView,
): readonly ConflictSide[] {
  const tips = claims.tips(view.item);
  if (new Set(tips.map(({ to }) => to)).size < 2) return [];
  const shown = member(view.fields, "stage");
  const last = tips.at(-1);
  const place = document.place(view.item, "stage");
  const isSettled =
    !isStage(shown) ||
    last === undefined ||
    (place !== null &&
      place.stamp.id !== last.stamp.id &&
      comparePlaces({ stamp: last.stamp, position: Infinity }, place) < 0);
  if (isSettled) return [];
  return tips.map(({ to, stamp }) => ({
    stage: to,
    op: stamp.id,
    author: stamp.author,
    actor: stamp.actor,
    time: stamp.time,
  }));
}
