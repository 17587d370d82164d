/** The fields of an item and their types in one table; what a local writer may write. [WIRE 3] */
import type { Json } from "../base/json.ts";
import { isWellFormed } from "../base/json.ts";
import { unreachable } from "../base/assert.ts";
import type { Change } from "../op/change.ts";
import { isItemId, isStage, stages } from "../op/change.ts";

export type FieldType = "register" | "set" | "counter";

/** A Map, not an object: a field named `constructor` is not ours. */
export const fieldTypes: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ["title", "register"],
  ["description", "register"],
  ["stage", "register"],
  ["assignee", "register"],
  ["priority", "register"],
  ["kind", "register"],
  ["blocked", "register"],
  ["frozen", "register"],
  ["branch", "register"],
  ["external_ref", "register"],
  ["estimate", "register"],
  ["reason", "register"],
  ["labels", "set"],
  ["depends_on", "set"],
  ["retries", "counter"],
]);

/** Names that begin so are registers for whatever the users of a pipeline agree on. */
const customPrefix = "x_";

/** What `name` is; `unknown` may be known to a newer version. */
export function fieldType(name: string): FieldType | "unknown" {
  return fieldTypes.get(name) ?? (name.startsWith(customPrefix) ? "register" : "unknown");
}

/** The item that a change is about; null for a change that is about none. */
export function itemOf(change: Change): string | null {
  if (change.kind === "mesh") return null;
  if (change.kind !== "unknown") return change.item;
  const named = change.raw[1];
  return isItemId(named) ? named : null;
}

/** Kinds of changes that hand work on. The document leaves them to `claims/`. */
export const claimKinds: ReadonlySet<string> = new Set([
  "claim",
  "confirm",
  "renew",
  "release",
  "complete",
  "fail",
  "retry",
  "move",
]);

/** How many things in `change` only a newer version may understand: its kind, or its fields. */
export function newerIn(change: Change): number {
  switch (change.kind) {
    case "unknown":
      return claimKinds.has(change.name) ? 0 : 1;
    case "set":
    case "add":
    case "rem":
    case "inc":
      return fieldType(change.field) === "unknown" ? 1 : 0;
    case "new": {
      let count = 0;
      for (const field of Object.keys(change.fields)) {
        if (fieldType(field) === "unknown") count += 1;
      }
      return count;
    }
    case "note":
    case "mesh":
    case "del":
      return 0;
    default:
      return unreachable(change);
  }
}

/** Greatest absolute step of a counter. [WIRE 3] */
const stepMax = 1_000_000;

/** The kinds that write a field of each type, for messages. */
const writers: Readonly<Record<FieldType, string>> = {
  register: "`set`",
  set: "`add` and `rem`",
  counter: "`inc`",
};

/**
 * What is wrong with a change that is about to be written here, in one sentence that says what to
 * do instead; null when it is fine. Stricter than what peers may send: it refuses whatever would
 * be without effect.
 */
export function checkChange(change: Change): string | null {
  switch (change.kind) {
    case "new":
      return checkItem(change.item) ?? checkFields(change.fields);
    case "set":
      return checkItem(change.item) ?? checkRegister(change.field, change.value);
    case "add":
    case "rem":
      return checkItem(change.item) ?? checkSet(change.field, change.value);
    case "inc":
      return checkItem(change.item) ?? checkStep(change.field, change.by);
    case "note":
      return checkItem(change.item) ?? checkText("The note", change.text);
    case "del":
      return checkItem(change.item);
    case "mesh":
      return "A mesh is founded by `towline init` alone: leave the `mesh` change out.";
    case "unknown":
      return (
        `This version does not know changes of the kind ${quoted(change.name)}: ` +
        "use new, set, add, rem, inc, note or del."
      );
    default:
      return unreachable(change);
  }
}

function checkItem(item: string): string | null {
  if (isItemId(item)) return null;
  return `${quoted(item)} is no item id: use 1 to 128 letters, digits and . _ : - only.`;
}

function checkFields(fields: Readonly<Record<string, Json>>): string | null {
  for (const [field, value] of Object.entries(fields)) {
    const fault = checkRegister(field, value);
    if (fault !== null) return fault;
  }
  return null;
}

function checkRegister(field: string, value: Json): string | null {
  const fault = checkField(field, "register");
  if (fault !== null) return fault;
  if (field === "stage" && value !== null && !isStage(value)) {
    return `${quoted(value)} is no stage: use one of ${stages.join(", ")}.`;
  }
  return checkText(`The value of ${quoted(field)}`, value);
}

function checkSet(field: string, value: string): string | null {
  return checkField(field, "set") ?? checkText(`The value for ${quoted(field)}`, value);
}

function checkStep(field: string, by: number): string | null {
  const fault = checkField(field, "counter");
  if (fault !== null) return fault;
  if (Number.isInteger(by) && Math.abs(by) <= stepMax) return null;
  return `${by} is no step for ${quoted(field)}: use an integer from -${stepMax} to ${stepMax}.`;
}

/** What speaks against writing `field` as if it were of the type `wanted`. */
function checkField(field: string, wanted: FieldType): string | null {
  const type = fieldType(field);
  if (type === wanted) return checkText("The name of the field", field);
  if (type !== "unknown") {
    return `The field ${quoted(field)} is a ${type}: write it with ${writers[type]}.`;
  }
  const known = [...fieldTypes].filter(([, one]) => one === wanted).map(([name]) => name);
  const custom = wanted === "register" ? `, or a name that begins with ${customPrefix}` : "";
  return `There is no field ${quoted(field)}: use ${known.join(", ")}${custom}.`;
}

function checkText(what: string, value: Json): string | null {
  if (isWellFormed(value)) return null;
  return `${what} holds half of a surrogate pair: write it as well-formed Unicode.`;
}

function quoted(value: Json): string {
  return JSON.stringify(value);
}
