/** The fields of a tracker entry, checked: what items and edits have in common before mapping. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { nameOf, quoted } from "./lines.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";

/**
 * Tracker fields by name, in the order in which they came. A missing name is not spoken of, null is
 * an empty field. `labels` and `depends_on` are arrays of texts, the latter as "item:type".
 */
export type TrackerRecord = ReadonlyMap<string, Json>;

export const emptyRecord: TrackerRecord = new Map();

type FieldKind = "text" | "number" | "labels" | "dependencies";

const fieldKinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ["title", "text"],
  ["description", "text"],
  ["design", "text"],
  ["acceptance_criteria", "text"],
  ["notes", "text"],
  ["status", "text"],
  ["priority", "number"],
  ["issue_type", "text"],
  ["assignee", "text"],
  ["labels", "labels"],
  ["depends_on", "dependencies"],
  ["created_at", "text"],
  ["closed_at", "text"],
  ["close_reason", "text"],
  ["external_ref", "text"],
  ["estimated_minutes", "number"],
]);

/** Reads the members of `object` but for those in `except`. `dependencies` become `depends_on`. */
export function readRecord(
  object: JsonObject,
  except: ReadonlySet<string>,
): Result<TrackerRecord, Problem> {
  const record = new Map<string, Json>();
  for (const [name, value] of Object.entries(object)) {
    if (except.has(name)) continue;
    const field = name === "dependencies" ? "depends_on" : name;
    const read = readField(field, value);
    if (read === undefined) {
      const wanted = wantedOf(fieldKinds.get(field));
      const message = `${quoted(name)} is ${nameOf(value)} where ${wanted} is expected`;
      return failure(problem("entry/bad-field", message));
    }
    record.set(field, read);
  }
  // An item without a status would be on no board, so the mapping relies on this.
  return record.get("status") === null
    ? failure(problem("entry/bad-field", `"status" is null where text is expected`))
    : success(record);
}

/** `undefined` when the value has the wrong type. */
function readField(field: string, value: Json): Json | undefined {
  const kind = fieldKinds.get(field);
  if (kind === undefined || value === null) return value;
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "number":
      return typeof value === "number" ? value : undefined;
    case "labels":
      return textsOf(value, (element) => (typeof element === "string" ? element : undefined));
    case "dependencies":
      return textsOf(value, dependencyOf);
  }
}

/** Each text once, in the order of the source. */
function textsOf(
  value: Json,
  read: (element: Json) => string | undefined,
): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = new Set<string>();
  for (const element of value as readonly Json[]) {
    const text = read(element);
    if (text === undefined) return undefined;
    texts.add(text);
  }
  return [...texts];
}

/** Both spellings: the text "item:type", and the object of an export. */
function dependencyOf(element: Json): string | undefined {
  if (typeof element === "string") return element;
  if (!isObject(element)) return undefined;
  const item = member(element, "depends_on_id");
  const type = member(element, "type") ?? "blocks";
  return typeof item === "string" && typeof type === "string" ? `${item}:${type}` : undefined;
}

function wantedOf(kind: FieldKind | undefined): string {
  switch (kind) {
    case "number":
      return "a number";
    case "labels":
      return "an array of texts";
    case "dependencies":
      return 'an array of "item:type" or of dependency objects';
    default:
      return "text";
  }
}
