/** Puts what is to be written to one item into as few ops as their size allows. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Json } from "../base/json.ts";
import { bodyBytesMax } from "../base/limits.ts";
import { removeAddsMax } from "./limits.ts";
import type { Problem, RawChange } from "./plan.ts";
import { jsonBytes, tooLarge } from "./values.ts";

/** What an entry does to its item. */
export interface Writing {
  readonly item: string;
  /** True when the item has to be created; the registers then go into `new` as far as they fit. */
  readonly isNew: boolean;
  readonly registers: readonly (readonly [field: string, value: Json])[];
  readonly changes: readonly RawChange[];
}

/**
 * The bodies of the ops, in order; none when there is nothing to write. A single change that is too
 * large for an op is a failure of the whole: half an entry would look like a whole one.
 */
export function packWriting(writing: Writing): Result<readonly (readonly RawChange[])[], Problem> {
  const bodies: RawChange[][] = [];
  // Two brackets; each change then counts its comma as well.
  let bytes = bodyBytesMax;
  for (const change of changesOf(writing)) {
    const size = jsonBytes(change) + 1;
    if (size + 1 > bodyBytesMax) {
      const field = typeof change[2] === "string" ? change[2] : "the item";
      return failure(tooLarge(field, size + 1, bodyBytesMax));
    }
    if (bytes + size > bodyBytesMax) {
      bodies.push([]);
      bytes = 1;
    }
    bodies.at(-1)?.push(change);
    bytes += size;
  }
  return success(bodies);
}

/** The changes that take `value` out of a set; one names only so many of the adds. */
export function removals(
  target: { readonly item: string; readonly field: string; readonly value: string },
  adds: readonly string[],
): readonly RawChange[] {
  const changes: RawChange[] = [];
  for (let from = 0; from < adds.length; from += removeAddsMax) {
    const named = adds.slice(from, from + removeAddsMax);
    changes.push(["rem", target.item, target.field, target.value, named]);
  }
  return changes;
}

function changesOf({ item, isNew, registers, changes }: Writing): readonly RawChange[] {
  const set = ([field, value]: readonly [string, Json]): RawChange => ["set", item, field, value];
  if (!isNew) return [...registers.map(set), ...changes];
  const inNew = new Map<string, Json>();
  const later: RawChange[] = [];
  let bytes = jsonBytes(["new", item, {}]) + 2;
  for (const [field, value] of registers) {
    const size = jsonBytes(field) + jsonBytes(value) + 2;
    if (bytes + size > bodyBytesMax) {
      later.push(set([field, value]));
      continue;
    }
    bytes += size;
    inNew.set(field, value);
  }
  // fromEntries defines members: one named __proto__ is a member like any other.
  return [["new", item, Object.fromEntries(inNew)], ...later, ...changes];
}
