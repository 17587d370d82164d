/** What an op did to items, in lines for people. */
import { unreachable } from "../base/assert.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { ClaimChange } from "../claims/change.ts";
import { readClaimChange } from "../claims/change.ts";
import { isSet } from "../claims/ready.ts";
import type { Change } from "../op/change.ts";
import { claimKinds, fieldType, itemOf } from "../pipeline/schema.ts";
import { isSame } from "./comparison.ts";

/** An item just before and just after an op came here; null while it is not live. */
export interface Around {
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  /** Whether a claim or its end counts: it does not when another claim stands. */
  readonly isEffective: boolean;
}

/**
 * A line for each change; of two that say the same one. `around` is null where nobody looked: then
 * no line tells what was there before.
 */
export function linesOf(
  changes: readonly Change[],
  around: (item: string) => Around | null = () => null,
): readonly string[] {
  return changes.map((change) => lineOf(change, around)).filter((line) => line !== null);
}

/** The lines of all that an op did, each under its item when there are several. */
export function linesByItem(changes: readonly Change[]): readonly string[] {
  const groups = groupsOf(changes);
  if (groups.size < 2) return linesOf(changes);
  return [...groups].flatMap(([item, some]) =>
    linesOf(some).map((line) => (item === null ? line : `${item}: ${line}`)),
  );
}

/** All that an op did on one line: `a: moved to qa, label x added; b: deleted`. */
export function summaryOf(changes: readonly Change[]): string {
  const texts = [...groupsOf(changes)].map(([item, some]) => {
    const text = linesOf(some).join(", ");
    return item === null ? text : `${item}: ${text}`;
  });
  return texts.join("; ");
}

function groupsOf(changes: readonly Change[]): ReadonlyMap<string | null, readonly Change[]> {
  const groups = new Map<string | null, Change[]>();
  for (const change of changes) {
    const item = itemOf(change);
    const group = groups.get(item) ?? [];
    groups.set(item, group);
    group.push(change);
  }
  return groups;
}

function lineOf(change: Change, around: (item: string) => Around | null): string | null {
  switch (change.kind) {
    case "mesh":
      return `founded the mesh ${quoted(change.name)}`;
    case "new":
      return createdLine(change.fields, around(change.item));
    case "set":
      return registerLine(change, around(change.item));
    case "add":
      return change.field === "depends_on"
        ? `waits for ${change.value}`
        : `${singular(change.field)} ${quoted(change.value)} added`;
    case "rem":
      return change.field === "depends_on"
        ? `no longer waits for ${change.value}`
        : `${singular(change.field)} ${quoted(change.value)} removed`;
    case "inc":
      return counterLine(change, around(change.item));
    case "note":
      return `noted: ${quoted(change.text)}`;
    case "del":
      return "deleted";
    case "unknown":
      return claimKinds.has(change.name)
        ? claimLine(change, around)
        : `a change that needs a newer version (${cut(change.name)})`;
    default:
      return unreachable(change);
  }
}

function createdLine(fields: JsonObject, around: Around | null): string {
  const [title, stage] = [member(fields, "title"), member(fields, "stage")];
  const what = title === undefined ? "created" : `created ${quoted(title)}`;
  const where = typeof stage === "string" ? ` in ${stage}` : "";
  const rest = Object.entries(fields)
    .filter(([name]) => name !== "title" && name !== "stage")
    .map(([name, value]) =>
      longFields.has(name) ? `, with a ${name}` : `, ${name} ${quoted(value)}`,
    );
  const again = around !== null && around.before !== null ? " (it existed already)" : "";
  return what + where + rest.join("") + again;
}

type SetChange = Extract<Change, { kind: "set" }>;

/** Fields that are long: what they say does not fit on a line. */
const longFields: ReadonlySet<string> = new Set(["description"]);
/** Fields that say yes or no, or why. */
const marks: ReadonlySet<string> = new Set(["blocked", "frozen"]);

function registerLine({ field, value }: SetChange, around: Around | null): string {
  if (fieldType(field) !== "register") {
    return `field ${quoted(field)}, which needs a newer version`;
  }
  const before = around === null ? null : (member(around.before ?? {}, field) ?? null);
  return valueLine({ field, value, before }) + overridden(field, value, around);
}

function valueLine(given: {
  readonly field: string;
  readonly value: Json;
  readonly before: Json;
}): string {
  const { field, value, before } = given;
  if (field === "stage") {
    const from = before === null || before === value ? "" : ` from ${quoted(before)}`;
    return value === null ? `taken out of its stage${from}` : `moved to ${quoted(value)}${from}`;
  }
  if (marks.has(field)) {
    const why = typeof value === "string" && value !== "" ? `: ${quoted(value)}` : "";
    return isSet(value ?? undefined) ? `${field}${why}` : `not ${field} any more`;
  }
  if (longFields.has(field)) return `${field} ${value === null ? "cleared" : "written"}`;
  const was = before === null ? "" : ` ${quoted(before)}`;
  if (value === null) return `${field}${was} cleared`;
  return `${field}${was} → ${quoted(value)}`;
}

/** Says when the item shows something else all the same. */
function overridden(field: string, value: Json, around: Around | null): string {
  if (around === null) return "";
  if (around.after === null) return ", which the item's deletion made void";
  const shown = member(around.after, field) ?? null;
  return isSame(shown, value) ? "" : ", but a later change stands";
}

function counterLine(
  { field, by }: Extract<Change, { kind: "inc" }>,
  around: Around | null,
): string {
  const step = by < 0 ? String(by) : `+${by}`;
  if (around === null || around.after === null) return `${field} ${step}`;
  const [before, after] = [around.before ?? {}, around.after].map((fields) => {
    const value = member(fields, field);
    return typeof value === "number" ? value : 0;
  });
  return `${field} ${String(before)} → ${String(after)}`;
}

function claimLine(change: Change, around: (item: string) => Around | null): string | null {
  const read = readClaimChange(change);
  if (read === null) return "a claim that is malformed, without effect";
  if (read.kind === "move") return moveLine(read);
  const isVoid = around(read.item)?.isEffective === false && hasEffect(read);
  return textOfClaim(read) + (isVoid ? ", without effect: another claim stands" : "");
}

/** The write of the stage beside it has a line already. */
function moveLine({ force, seen }: Extract<ClaimChange, { kind: "move" }>): string | null {
  if (force !== null) return `against the rules of the stages${because(force)}`;
  return seen.length > 1 ? `settles ${seen.length} moves that did not know of one another` : null;
}

function hasEffect({ kind }: ClaimChange): boolean {
  return kind === "claim" || kind === "complete" || kind === "fail";
}

function textOfClaim(change: Exclude<ClaimChange, { kind: "move" }>): string {
  switch (change.kind) {
    case "claim":
      return `claimed (epoch ${change.epoch})${because(change.reason)}`;
    case "confirm":
      return `claim confirmed by the ${change.by} (epoch ${change.epoch})`;
    case "renew":
      return `still worked on (epoch ${change.epoch})`;
    case "release": {
      const what = change.isUnused ? "claim withdrawn" : "released";
      return `${what} (epoch ${change.epoch})${because(change.reason)}`;
    }
    case "complete": {
      const to = change.to === null ? "" : `, moved to ${change.to}`;
      return `done (epoch ${change.epoch})${to}`;
    }
    case "fail": {
      const blocked = change.isBlocking ? ", blocked after the last try" : "";
      return `failed (epoch ${change.epoch})${because(change.reason)}${blocked}`;
    }
    case "retry":
      return "to be tried again";
    default:
      return unreachable(change);
  }
}

function because(reason: string): string {
  return reason === "" ? "" : `: ${quoted(reason)}`;
}

function singular(field: string): string {
  return field === "labels" ? "label" : field;
}

/** Longer texts would hide the rest of the line. */
const quotedCharsMax = 60;

/** A plain word as it is, anything else in quotes. */
function quoted(value: Json): string {
  const text = cut(typeof value === "string" ? value : JSON.stringify(value));
  const isPlain = typeof value !== "string" || /^[\w.:-]+$/u.test(text);
  return isPlain ? text : JSON.stringify(text);
}

function cut(text: string): string {
  return text.length > quotedCharsMax
    ? `${text.slice(0, quotedCharsMax - 1).toWellFormed()}…`
    : text;
}
