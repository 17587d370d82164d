/** Two moments of the past side by side: which items differ, and in which fields. */
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import { compareText } from "../base/bytes.ts";
import type { PastItem } from "./boards.ts";
import { viewsOf } from "./boards.ts";
import type { PastSource, Sliced } from "./source.ts";
import { before, Fold, indicesOf, readAll, touchedBetween } from "./source.ts";

export interface FieldDifference {
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
}

export interface ItemDifference {
  readonly item: string;
  readonly change: "created" | "deleted" | "changed";
  readonly title: Json;
  readonly fields: readonly FieldDifference[];
}

/** What differs between the states after `from` and after `to` arrivals; notes are left out. */
export function* compare(
  source: PastSource,
  range: { readonly from: number; readonly to: number },
): Sliced<readonly ItemDifference[]> {
  const [low, high] = [Math.min(range.from, range.to), Math.max(range.from, range.to)].map((ops) =>
    Math.min(ops, source.count),
  ) as [number, number];
  const touched = yield* touchedBetween(source, low, high);
  const fold = new Fold(source.sha256, touched);
  const indices = before(yield* indicesOf(source, touched), high);
  const split = indices.findIndex((index) => index >= low);
  const [early, late] = [indices.slice(0, split), indices.slice(split)];
  yield* readAll(source, split < 0 ? indices : early, (past) => fold.apply(past));
  const lower = yield* viewsOf(fold, touched);
  yield* readAll(source, split < 0 ? [] : late, (past) => fold.apply(past));
  const upper = yield* viewsOf(fold, touched);
  const [first, second] = range.from <= range.to ? [lower, upper] : [upper, lower];
  return differences(first, second);
}

/** How two states of the same items differ, sorted by item. */
export function differences(
  first: ReadonlyMap<string, PastItem>,
  second: ReadonlyMap<string, PastItem>,
): readonly ItemDifference[] {
  const found: ItemDifference[] = [];
  for (const item of [...new Set([...first.keys(), ...second.keys()])].sort(compareText)) {
    const [one, other] = [first.get(item)?.fields ?? null, second.get(item)?.fields ?? null];
    const fields = fieldDifferences(one ?? {}, other ?? {});
    if (one !== null && other !== null && fields.length === 0) continue;
    const change = one === null ? "created" : other === null ? "deleted" : "changed";
    const title = member(other ?? one ?? {}, "title") ?? null;
    found.push({ item, change, title, fields });
  }
  return found;
}

function fieldDifferences(one: JsonObject, other: JsonObject): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  for (const field of [...new Set([...Object.keys(one), ...Object.keys(other)])].sort(
    compareText,
  )) {
    const [before_, after] = [member(one, field) ?? null, member(other, field) ?? null];
    if (!isSame(before_, after)) found.push({ field, before: before_, after });
  }
  return found;
}

/** Values come from the same bodies, whose spelling is canonical. */
export function isSame(one: Json, other: Json): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
