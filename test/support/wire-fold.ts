/** A second, naive fold of a set of ops into the pipeline's state, and both digests of it. */
import type { MadeOp } from "./wire-op.ts";
import { sha256 } from "./wire-op.ts";

const registers = new Set(
  "title description stage assignee priority kind blocked frozen branch external_ref estimate reason".split(
    " ",
  ),
);
const sets = new Set(["labels", "depends_on"]);

type Item = {
  isCreated: boolean;
  isDeleted: boolean;
  readonly fields: Map<string, unknown>;
  /** "field value" to the adds of it. */
  readonly adds: Map<string, Set<string>>;
  readonly removed: Map<string, Set<string>>;
  retries: number;
  readonly notes: [string, string][];
};

function isRegister(field: string): boolean {
  return registers.has(field) || field.startsWith("x_");
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function inOrder(left: MadeOp, right: MadeOp): number {
  return (
    left.op.lamport - right.op.lamport ||
    compare(left.op.author, right.op.author) ||
    compare(left.id, right.id)
  );
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}

function newItem(): Item {
  return {
    isCreated: false,
    isDeleted: false,
    fields: new Map(),
    adds: new Map(),
    removed: new Map(),
    retries: 0,
    notes: [],
  };
}

function apply(items: Map<string, Item>, made: MadeOp, change: readonly unknown[]): void {
  const [kind, id, field, value, ids] = change as [string, string, never, never, never];
  if (kind === "mesh" || typeof id !== "string") return;
  const item = entry(items, id, newItem);
  if (kind === "new") {
    item.isCreated = true;
    for (const [name, each] of Object.entries(field)) {
      if (isRegister(name)) item.fields.set(name, each);
    }
  }
  if (kind === "set" && isRegister(field)) item.fields.set(field, value);
  if (kind === "del") item.isDeleted = true;
  if (kind === "note") item.notes.push([made.op.actor, field]);
  if (kind === "inc" && field === "retries") item.retries += value as number;
  if (!sets.has(field)) return;
  const key = JSON.stringify([field, value]);
  if (kind === "add") entry(item.adds, key, () => new Set()).add(made.id);
  if (kind === "rem") {
    const gone = entry(item.removed, key, () => new Set());
    for (const each of ids as readonly string[]) gone.add(each);
  }
}

function fieldsOf(item: Item): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of item.fields) if (value !== null) fields.set(name, value);
  if (item.retries !== 0) fields.set("retries", item.retries);
  for (const field of sets) {
    const values = valuesOf(item, field);
    if (values.length > 0) fields.set(field, values);
  }
  return Object.fromEntries([...fields].sort(([left], [right]) => compare(left, right)));
}

/** The values of one set of which an add survives, sorted. */
function valuesOf(item: Item, set: string): readonly string[] {
  const values: string[] = [];
  for (const [key, adds] of item.adds) {
    const [field, value] = JSON.parse(key) as [string, string];
    const gone = item.removed.get(key);
    const survives = [...adds].some((id) => gone?.has(id) !== true);
    if (field === set && survives) values.push(value);
  }
  return values.sort(compare);
}

/** The state digest of the valid ops `ops`. */
export function wireStateDigest(ops: Iterable<MadeOp>): string {
  const items = new Map<string, Item>();
  for (const each of [...ops].sort(inOrder)) {
    for (const change of JSON.parse(each.op.body) as unknown[][]) apply(items, each, change);
  }
  const live = [...items]
    .filter(([, item]) => item.isCreated && !item.isDeleted)
    .sort(([left], [right]) => compare(left, right))
    .map(([id, item]) => [id, fieldsOf(item), item.notes]);
  return sha256("towline/state/1\0", JSON.stringify(live)).toString("hex");
}

export function wireOpsDigest(ops: Iterable<MadeOp>): string {
  const ids = [...ops].map(({ id }) => id).sort(compare);
  return sha256("towline/ops/1\0", Buffer.from(ids.join(""), "hex")).toString("hex");
}
