/** The edits that every peer gets: the benchmark's own work, or a recorded trace. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Work } from "../work.ts";
import { authorCount, itemCount, steps } from "../work.ts";
import type { Edit } from "./driver.ts";

/** Where edits come from; small enough to be sent to a process that makes them for itself. */
export type Source = ({ readonly kind: "work" } & Work) | { readonly kind: "trace"; path: string };

/** A state that a replica is to reach. */
export interface Target {
  /** The value of the last edit, to see cheaply whether it is worth hashing. */
  readonly sentinel: string;
  /** SHA-256 of all fields of all items. */
  readonly hash: string;
}

const sentinelItem = "wk-sentinel";
const sentinelField = "title";
/** The field that carries the time at which it was written. */
export const timeField = "x_at";
/** Items that are written to in turn, so that no two values of one are on their way at once. */
const pacedItems = 500;

/** The edits, and after them the sentinel. */
export function editsOf(source: Source): readonly Edit[] {
  const edits = source.kind === "trace" ? tracedEdits(source.path) : workedEdits(source);
  return [...edits, sentinelEdit("0")];
}

export function sentinelEdit(value: string): Edit {
  return { author: 0, item: sentinelItem, set: { [sentinelField]: value } };
}

export function sentinelOf(replica: {
  read(item: string, field: string): string | undefined;
}): string | undefined {
  return replica.read(sentinelItem, sentinelField);
}

/** What a replica holds that has applied the edits one after the other. */
export function targetOf(edits: readonly Edit[]): Target {
  const values = new Map<string, readonly [string, string, string]>();
  for (const { item, set } of edits) {
    for (const [field, value] of Object.entries(set)) {
      values.set(`${item}\0${field}`, [item, field, value]);
    }
  }
  const sentinel = values.get(`${sentinelItem}\0${sentinelField}`)?.[2] ?? "";
  return { sentinel, hash: hashOf(values.values()) };
}

export function hashOf(entries: Iterable<readonly [string, string, string]>): string {
  const lines = Array.from(entries, ([item, field, value]) => `${item}\0${field}\0${value}\n`);
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

/**
 * The first `count` updates once more, by one author, for a replica that writes while others are
 * away. The mark makes each value new: some peers do not send a value that is there already.
 */
export function laterEdits(source: Source, count: number, mark: string): readonly Edit[] {
  const edits = editsOf(source.kind === "work" ? { ...source, updates: count } : source);
  const updates = source.kind === "work" ? edits.slice(itemCount, -1) : edits.slice(0, count);
  return updates.map(({ item, set }) => {
    const marked = Object.entries(set).map(
      ([field, value]) => [field, `${value} ${mark}`] as const,
    );
    return { author: 0, item, set: Object.fromEntries(marked) };
  });
}

/** Edit `n` of those that carry the time. */
export function timedEdit(items: readonly string[], n: number): Edit {
  const item = items[n % items.length] ?? sentinelItem;
  return { author: 0, item, set: { [timeField]: String(process.hrtime.bigint()) } };
}

export function itemsToPace(source: Source): readonly string[] {
  const items = new Set<string>();
  for (const { item } of editsOf(source)) {
    if (item !== sentinelItem) items.add(item);
    if (items.size === pacedItems) break;
  }
  return [...items];
}

/** Each step of the work is one change: a new item with its fields, or another value for one. */
function* workedEdits(work: Work): Generator<Edit> {
  for (const { author, body } of steps(work)) {
    const [, item, ...rest] = body[0] ?? [];
    const set = rest.length === 1 ? rest[0] : { [String(rest[0])]: rest[1] };
    yield { author, item: String(item), set: set as Readonly<Record<string, string>> };
  }
}

interface TraceLine {
  readonly node: string;
  readonly item: string;
  readonly op: string;
  readonly set?: Readonly<Record<string, unknown>>;
}

/**
 * Values are text for everybody: what is not, as JSON; an emptied field, empty. A deletion is a
 * status, since ids come back in traces. The edits are dealt out by item over as many authors as
 * the work has, for few traces have more than one node.
 */
function* tracedEdits(path: string): Generator<Edit> {
  const authors = new Map<string, number>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") continue;
    const { item, op, set } = JSON.parse(line) as TraceLine;
    const author = authors.get(item) ?? authors.size % authorCount;
    authors.set(item, author);
    const given = op === "delete" ? { status: "deleted" } : (set ?? {});
    const texts = Object.entries(given).map(([field, value]) => [field, textOf(value)] as const);
    if (texts.length > 0) yield { author, item, set: Object.fromEntries(texts) };
  }
}

function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
