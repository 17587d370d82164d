/**
 * From the tracker's fields to those of an item. A pure function of what is known of the tracker's
 * item, so that the trace can compare what an edit meant before and after.
 *
 * | tracker | item |
 * |---|---|
 * | status | stage, and as below frozen, blocked, the label pinned, the reason "deleted" |
 * | issue_type, estimated_minutes | kind, estimate |
 * | title, description, priority, assignee, external_ref, labels | the same |
 * | close_reason | reason; of a tombstone, whose reason is "deleted", x_close_reason |
 * | dependency: blocks, conditional-blocks, waits-for | depends_on: the item cannot start before |
 * | dependency: parent-child | x_parent, ids: a parent is done after its children, not before |
 * | dependency: any other type | x_related, as "item:type": it links, it does not order |
 * | anything else | x_ and its name |
 */
import type { Json } from "../base/json.ts";
import type { Stage } from "../op/change.ts";
import type { Problem } from "./plan.ts";
import type { TrackerRecord } from "./tracker-record.ts";
import { elementProblem, registerProblem } from "./values.ts";

export type SetName = "labels" | "depends_on";

/** What a set should hold. Values that neither list names stay, unless the source gave them all. */
export interface SetTarget {
  readonly values: readonly string[];
  readonly without: readonly string[];
  readonly isWhole: boolean;
}

/** What an item should be as far as the source says; a null register is an empty one. */
export interface Target {
  readonly registers: ReadonlyMap<string, Json>;
  readonly sets: ReadonlyMap<SetName, SetTarget>;
  /** Remarks for the report, without names. */
  readonly remarks: readonly string[];
}

/** The register that the trace importer keeps its place in. */
export const traceRegister = "x_trace";
export const deletedReason = "deleted";
export const tombstone = "tombstone";
const pinnedLabel = "pinned";

interface Status {
  readonly stage: Stage;
  readonly frozen?: true;
  readonly blocked?: true;
  readonly isPinned?: true;
}

const statuses: ReadonlyMap<string, Status> = new Map<string, Status>([
  ["open", { stage: "backlog" }],
  ["in_progress", { stage: "coding" }],
  ["hooked", { stage: "coding" }],
  ["blocked", { stage: "backlog", blocked: true }],
  ["closed", { stage: "done" }],
  ["deferred", { stage: "backlog", frozen: true }],
  ["pinned", { stage: "backlog", isPinned: true }],
  [tombstone, { stage: "archived" }],
]);

const renamed: ReadonlyMap<string, string> = new Map([
  ["title", "title"],
  ["description", "description"],
  ["priority", "priority"],
  ["issue_type", "kind"],
  ["assignee", "assignee"],
  ["external_ref", "external_ref"],
  ["estimated_minutes", "estimate"],
]);

/** Registers that only the mapping itself writes: an unknown field of the name gets another one. */
const reserved: ReadonlySet<string> = new Set([
  traceRegister,
  "x_parent",
  "x_related",
  "x_status",
  "x_close_reason",
]);

const usableName = /^[A-Za-z0-9_.-]{1,64}$/u;
const blockingTypes: ReadonlySet<string> = new Set(["blocks", "conditional-blocks", "waits-for"]);
const parentType = "parent-child";

export function targetOf(record: TrackerRecord): Target {
  const registers = new Map<string, Json>();
  const sets = new Map<SetName, SetTarget>();
  const remarks: string[] = [];
  for (const [name, value] of record) {
    if (mapped.has(name)) continue;
    const register = renamed.get(name) ?? customRegister(name);
    if (register === null) remarks.push("a field whose name cannot be used was left out");
    else registers.set(register, value);
  }
  mapStatus(record, registers, remarks);
  mapReason(record, registers);
  mapDependencies(record, registers, sets);
  const labels = labelsOf(record);
  if (labels !== null) sets.set("labels", labels);
  return { registers, sets, remarks };
}

/** What keeps a target from being written, whatever the item's state; null when nothing does. */
export function targetProblem({ registers, sets }: Target): Problem | null {
  for (const [field, value] of registers) {
    const found = registerProblem(field, value);
    if (found !== null) return found;
  }
  for (const [field, { values }] of sets) {
    for (const value of values) {
      const found = elementProblem(field, value);
      if (found !== null) return found;
    }
  }
  return null;
}

const mapped: ReadonlySet<string> = new Set(["status", "close_reason", "labels", "depends_on"]);

/** The register for a field that Towline has no name for; null when its name is unusable. */
export function customRegister(name: string): string | null {
  if (!usableName.test(name)) return null;
  const register = `x_${name}`;
  return reserved.has(register) ? `x_source_${name}` : register;
}

/** A status that we do not know is kept, so that nothing is lost by putting it into the backlog. */
function mapStatus(record: TrackerRecord, registers: Map<string, Json>, remarks: string[]): void {
  const name = record.get("status");
  if (typeof name !== "string") return;
  const status = statuses.get(name);
  registers.set("stage", status?.stage ?? "backlog");
  registers.set("frozen", status?.frozen ?? null);
  registers.set("blocked", status?.blocked ?? null);
  registers.set("x_status", status === undefined ? name : null);
  if (status === undefined) remarks.push("an unknown status was put into the backlog");
}

function mapReason(record: TrackerRecord, registers: Map<string, Json>): void {
  const given = record.get("close_reason");
  if (record.get("status") === tombstone) {
    registers.set("reason", deletedReason);
    if (given !== undefined) registers.set("x_close_reason", given);
  } else if (given !== undefined) registers.set("reason", given);
}

function labelsOf(record: TrackerRecord): SetTarget | null {
  const given = record.get("labels");
  const status = record.get("status");
  const isPinned = typeof status === "string" && statuses.get(status)?.isPinned === true;
  if (given === undefined) {
    if (status === undefined) return null;
    const label = [pinnedLabel];
    return { values: isPinned ? label : [], without: isPinned ? [] : label, isWhole: false };
  }
  const values = new Set(textsIn(given));
  if (isPinned) values.add(pinnedLabel);
  return { values: [...values], without: [], isWhole: true };
}

function mapDependencies(
  record: TrackerRecord,
  registers: Map<string, Json>,
  sets: Map<SetName, SetTarget>,
): void {
  const given = record.get("depends_on");
  if (given === undefined) return;
  const blockers = new Set<string>();
  const parents = new Set<string>();
  const related = new Set<string>();
  for (const text of textsIn(given)) {
    const { item, type } = splitDependency(text);
    if (blockingTypes.has(type)) blockers.add(item);
    else if (type === parentType) parents.add(item);
    else related.add(text);
  }
  sets.set("depends_on", { values: [...blockers], without: [], isWhole: true });
  registers.set("x_parent", parents.size === 0 ? null : [...parents].sort());
  registers.set("x_related", related.size === 0 ? null : [...related].sort());
}

/** The type stands behind the last colon, for ids may hold colons; without one it blocks. */
function splitDependency(text: string): { readonly item: string; readonly type: string } {
  const at = text.lastIndexOf(":");
  if (at < 0) return { item: text, type: "blocks" };
  return { item: text.slice(0, at), type: text.slice(at + 1) };
}

function textsIn(value: Json): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).filter((element) => typeof element === "string");
}
