/** What separates an item from what a source says it should be, as changes. */
import type { Json } from "../base/json.ts";
import type { CurrentState, RawChange } from "./plan.ts";
import { removals } from "./pack.ts";
import type { SetTarget, Target } from "./tracker-mapping.ts";
import { deletedReason } from "./tracker-mapping.ts";

/** What to write to make `item` what `target` says. */
export function differences(
  item: string,
  target: Target,
  state: CurrentState,
): {
  readonly registers: readonly (readonly [string, Json])[];
  readonly changes: readonly RawChange[];
} {
  const fields = fieldsOf(state, item);
  const registers = registerDifferences(target.registers, fields);
  const isAlive = target.registers.has("stage") && !target.registers.has("reason");
  if (isAlive && fieldOf(fields, "reason") === deletedReason) registers.push(["reason", null]);
  const changes: RawChange[] = [];
  for (const [field, wanted] of target.sets) {
    changes.push(...setDifferences(state, { item, field, wanted }));
  }
  return { registers, changes };
}

/** The registers that differ; empty and missing are one. */
function registerDifferences(
  wanted: Iterable<readonly [field: string, value: Json]>,
  fields: Readonly<Record<string, unknown>>,
): [field: string, value: Json][] {
  const different: [string, Json][] = [];
  for (const [field, value] of wanted) {
    if (!isSame(value, fieldOf(fields, field))) different.push([field, value]);
  }
  return different;
}

/** The adds and removes that make the set `field` of `item` what it should be. */
export function setDifferences(
  state: CurrentState,
  { item, field, wanted }: { item: string; field: string; wanted: SetTarget },
): RawChange[] {
  const current = elementsOf(state, item, field);
  const values = new Set(wanted.values);
  const without = new Set(wanted.without);
  const changes: RawChange[] = [];
  for (const value of current) {
    const isUnwanted = !values.has(value) && (wanted.isWhole || without.has(value));
    if (isUnwanted)
      changes.push(...removals({ item, field, value }, state.adds(item, field, value)));
  }
  for (const value of values) {
    if (!current.has(value)) changes.push(["add", item, field, value]);
  }
  return changes;
}

/** An own member, or null: `constructor` is no field. */
export function fieldOf(fields: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(fields, field) ? fields[field] : null;
}

export function fieldsOf(state: CurrentState, item: string): Readonly<Record<string, unknown>> {
  return state.item(item)?.fields ?? {};
}

function elementsOf(state: CurrentState, item: string, field: string): ReadonlySet<string> {
  const held = fieldOf(fieldsOf(state, item), field);
  const elements: readonly unknown[] = Array.isArray(held) ? held : [];
  return new Set(elements.filter((element) => typeof element === "string"));
}

/** The key order counts: it is part of the state digest. */
function isSame(wanted: Json, held: unknown): boolean {
  return wanted === held || JSON.stringify(wanted) === JSON.stringify(held ?? null);
}
