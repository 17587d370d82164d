/**
 * The edits of a trace, and which of them were imported before. Each imported edit leaves
 * `"<k>.<hash8>"` in the item's register x_trace: k is its ordinal among the item's edits, from 1,
 * and hash8 the hash of these k edits. Whoever reads the trace again, on any node, sees where the
 * item stands; that the hash agrees tells that it is this trace and not another one.
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { isItemId } from "../op/change.ts";
import { badItemId, isActor } from "./entry.ts";
import { jsonLines, nameOf, quoted } from "./lines.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";
import { targetOf, targetProblem } from "./tracker-mapping.ts";
import type { TrackerRecord } from "./tracker-record.ts";
import { readRecord } from "./tracker-record.ts";

export interface Edit {
  readonly item: string;
  readonly action: "create" | "update" | "delete";
  readonly fields: TrackerRecord;
  readonly actor: string | null;
  /** Place among the item's edits, and what x_trace says once it is imported. */
  readonly ordinal: number;
  readonly mark: string;
}

export interface TraceLine {
  readonly line: number;
  readonly edit: Result<Edit, Problem>;
}

export interface TraceHistory {
  readonly lines: readonly TraceLine[];
  /** The marks of each item's edits, in order. */
  readonly marks: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the whole trace, since whether an item's first edit has to be written may depend on its
 * last. A bad line has no ordinal, so everything that makes one bad is found out here.
 */
export function readHistory(input: string | Uint8Array): TraceHistory {
  const lines: TraceLine[] = [];
  const marks = new Map<string, string[]>();
  const hashes = new Map<string, number>();
  for (const { line, entry } of jsonLines(input)) {
    const read = entry.ok ? readEdit(entry.value) : entry;
    if (!read.ok) {
      lines.push({ line, edit: read });
      continue;
    }
    const { content, ...edit } = read.value;
    const known = marks.get(edit.item) ?? [];
    const ordinal = known.length + 1;
    const hash = hashOn(hashes.get(edit.item) ?? hashStart, content);
    const mark = `${ordinal}.${hash.toString(16).padStart(8, "0")}`;
    hashes.set(edit.item, hash);
    known.push(mark);
    marks.set(edit.item, known);
    lines.push({ line, edit: success({ ...edit, ordinal, mark }) });
  }
  return { lines, marks };
}

export type Standing =
  | { readonly kind: "imported"; readonly count: number }
  /** The item went through another history, or none of the two can be told from the other. */
  | { readonly kind: "other" }
  /** More edits were imported than this file has: it is older, and would undo the later ones. */
  | { readonly kind: "ahead" };

/** Where an item stands whose x_trace is `held`, given the marks of its edits in this file. */
export function standingOf(held: unknown, marks: readonly string[]): Standing {
  if (held === null || held === undefined) return { kind: "imported", count: 0 };
  const found = typeof held === "string" ? /^([1-9]\d{0,8})\.[0-9a-f]{8}$/u.exec(held) : null;
  if (found === null) return { kind: "other" };
  const count = Number(found[1]);
  if (count > marks.length) return { kind: "ahead" };
  return marks[count - 1] === held ? { kind: "imported", count } : { kind: "other" };
}

const notFields: ReadonlySet<string> = new Set();

type ReadEdit = Omit<Edit, "ordinal" | "mark"> & { readonly content: string };

function readEdit(entry: JsonObject): Result<ReadEdit, Problem> {
  const item = member(entry, "item");
  if (!isItemId(item)) return failure(badItemId('"item"', item));
  const action = member(entry, "op");
  if (action !== "create" && action !== "update" && action !== "delete") {
    const shown = typeof action === "string" ? quoted(action) : nameOf(action);
    return badField(`"op" is ${shown}, not create, update or delete`);
  }
  const time = member(entry, "t") ?? null;
  if (time !== null && typeof time !== "number") return badField(`"t" is ${nameOf(time)}`);
  const actor = member(entry, "node") ?? null;
  if (actor !== null && (typeof actor !== "string" || !isActor(actor))) {
    return badField('"node" is no text of at most 128 bytes');
  }
  const set = member(entry, "set") ?? {};
  if (!isObject(set)) return badField(`"set" is ${nameOf(set)}, not an object`);
  const fields = readRecord(set, notFields);
  if (!fields.ok) return fields;
  const unfit = targetProblem(targetOf(fields.value));
  if (unfit !== null) return failure(unfit);
  const content = JSON.stringify([time, actor, action, set]);
  return success({ item, action, fields: fields.value, actor, content });
}

function badField(message: string): Result<never, Problem> {
  return failure(problem("entry/bad-field", message));
}

// FNV-1a, 32 bits, over the bytes of the UTF-16 code units. It tells histories apart that differ by
// accident; whoever forges one could as well write the register.
const hashStart = 0x811c9dc5;
const hashPrime = 0x01000193;

function hashOn(hash: number, text: string): number {
  let next = hash;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    next = Math.imul(next ^ (unit & 255), hashPrime);
    next = Math.imul(next ^ (unit >>> 8), hashPrime);
  }
  return next >>> 0;
}
