/**
 * The state text by the most literal reading of WIRE 3 and 9: sort all ops, then scan. Slow, plain,
 * and written apart from `Document`, which tests and the simulator compare with it. Share no code.
 */
import type { Json } from "../base/json.ts";
import type { Change } from "../op/change.ts";
import type { Op } from "../op/op.ts";

const registerNames = [
  "title",
  "description",
  "stage",
  "assignee",
  "priority",
  "kind",
  "blocked",
  "frozen",
  "branch",
  "external_ref",
  "estimate",
  "reason",
];
const setNames = ["labels", "depends_on"];
const counterNames = ["retries"];

/** One change together with the op that it stands in. */
interface Entry {
  readonly op: Op;
  readonly change: Change;
}

/** The text whose hash is the state digest; an op that is given twice counts once. */
export function referenceStateText(ops: readonly Op[]): string {
  const entries = sortedEntries(ops);
  const created = new Set<string>();
  const deleted = new Set<string>();
  for (const { change } of entries) {
    if (change.kind === "new") created.add(change.item);
    if (change.kind === "del") deleted.add(change.item);
  }
  const live = [...created].filter((item) => !deleted.has(item)).sort();
  return JSON.stringify(
    live.map((item) => [item, fieldsOf(item, entries), notesOf(item, entries)]),
  );
}

/** All changes in the order of their ops, within an op in the order of its body. */
function sortedEntries(ops: readonly Op[]): Entry[] {
  const once = [...new Map(ops.map((op) => [op.id as string, op])).values()];
  once.sort((left, right) => {
    if (left.lamport !== right.lamport) return left.lamport < right.lamport ? -1 : 1;
    if (left.author !== right.author) return left.author < right.author ? -1 : 1;
    return left.id < right.id ? -1 : 1;
  });
  return once.flatMap((op) => op.changes.map((change) => ({ op, change })));
}

/** `{field: value, …}`, sorted by name, without what is unset, empty or 0. */
function fieldsOf(item: string, entries: readonly Entry[]): { readonly [name: string]: Json } {
  const found = new Map<string, Json>();
  for (const [name, value] of registersOf(item, entries)) {
    if (value !== null) found.set(name, value);
  }
  for (const name of setNames) {
    const values = setOf(item, name, entries);
    if (values.length > 0) found.set(name, values);
  }
  for (const name of counterNames) {
    const sum = sumOf(item, name, entries);
    if (sum !== 0) found.set(name, sum);
  }
  const names = [...found.keys()].sort();
  return Object.fromEntries(names.map((name): [string, Json] => [name, found.get(name) ?? null]));
}

/** The last write in the order of ops stands. */
function registersOf(item: string, entries: readonly Entry[]): Map<string, Json> {
  const values = new Map<string, Json>();
  for (const { change } of entries) {
    const writes: [string, Json][] =
      change.kind === "new" && change.item === item
        ? Object.entries(change.fields)
        : change.kind === "set" && change.item === item
          ? [[change.field, change.value]]
          : [];
    for (const [name, value] of writes) {
      if (registerNames.includes(name) || name.startsWith("x_")) values.set(name, value);
    }
  }
  return values;
}

/** The values with an add that no remove of the same item, field and value names. */
function setOf(item: string, field: string, entries: readonly Entry[]): string[] {
  const values = new Set<string>();
  for (const { op, change } of entries) {
    if (change.kind !== "add" || change.item !== item || change.field !== field) continue;
    const isRemoved = entries.some(
      ({ change: other }) =>
        other.kind === "rem" &&
        other.item === item &&
        other.field === field &&
        other.value === change.value &&
        other.adds.includes(op.id),
    );
    if (!isRemoved) values.add(change.value);
  }
  return [...values].sort();
}

function sumOf(item: string, field: string, entries: readonly Entry[]): number {
  let sum = 0;
  for (const { change } of entries) {
    if (change.kind === "inc" && change.item === item && change.field === field) sum += change.by;
  }
  return sum;
}

/** `[actor, text]` in the order of ops. */
function notesOf(item: string, entries: readonly Entry[]): [string, string][] {
  const notes: [string, string][] = [];
  for (const { op, change } of entries) {
    if (change.kind === "note" && change.item === item) notes.push([op.actor, change.text]);
  }
  return notes;
}
