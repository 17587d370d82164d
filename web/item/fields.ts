/** Fields of an item as its panel shows them: names for people, order, how each is edited. */
import type { BlameDto, JsonValue } from "../../src/client/contract.ts";

export type Editor =
  | "line"
  | "text"
  | "number"
  | "flag"
  | "date"
  | "stage"
  | "labels"
  | "items"
  | "fixed";

interface KnownField {
  readonly name: string;
  readonly editor: Editor;
}

/** In the order in which the panel shows them. */
const known: ReadonlyMap<string, KnownField> = new Map<string, KnownField>([
  ["title", { name: "Title", editor: "line" }],
  ["description", { name: "Description", editor: "text" }],
  ["stage", { name: "Stage", editor: "stage" }],
  ["priority", { name: "Priority", editor: "number" }],
  ["assignee", { name: "Assignee", editor: "line" }],
  ["kind", { name: "Kind", editor: "line" }],
  ["labels", { name: "Labels", editor: "labels" }],
  ["depends_on", { name: "Depends on", editor: "items" }],
  ["blocked", { name: "Blocked", editor: "flag" }],
  ["frozen", { name: "Frozen", editor: "flag" }],
  ["reason", { name: "Reason", editor: "line" }],
  ["estimate", { name: "Estimate", editor: "number" }],
  ["retries", { name: "Retries", editor: "number" }],
  ["branch", { name: "Branch", editor: "line" }],
  ["external_ref", { name: "External reference", editor: "line" }],
]);

/** Shown elsewhere in the panel: as its heading, in its head, and as a block of its own. */
const elsewhere: ReadonlySet<string> = new Set(["title", "stage", "description"]);

/** Fields that are always there to be filled in; the others show when they hold something. */
const always = ["priority", "assignee", "kind", "labels", "depends_on"];

const datePattern = /^\d{4}-\d{2}-\d{2}$/u;

export function fieldName(field: string): string {
  const name = known.get(field)?.name;
  if (name !== undefined) return name;
  const words = field.replace(/^x_/u, "").replaceAll("_", " ").trim();
  return words === "" ? field : words.charAt(0).toUpperCase() + words.slice(1);
}

/** How `field` is edited while it holds `value`. What only a newer version knows is left alone. */
export function editorOf(field: string, value: JsonValue): Editor {
  const { editor } = known.get(field) ?? { editor: customEditor(field, value) };
  if (editor === "line" && typeof value === "string" && value.includes("\n")) return "text";
  // Whoever wrote it from another program may have put anything there.
  const isPlain = value === null || typeof value !== "object";
  if (editor === "labels" || editor === "items" || isPlain) {
    return editor === "number" && typeof value === "string" && value !== "" ? "line" : editor;
  }
  return "fixed";
}

function customEditor(field: string, value: JsonValue): Editor {
  if (!field.startsWith("x_")) return "fixed";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "flag";
  if (typeof value !== "string") return value === null ? "line" : "fixed";
  return datePattern.test(value) ? "date" : "line";
}

/** The fields that the panel lists, in order. */
export function listedFields(fields: Readonly<Record<string, JsonValue>>): readonly string[] {
  const order = [...known.keys()];
  const place = (field: string): number =>
    order.includes(field) ? order.indexOf(field) : order.length + Number(!field.startsWith("x_"));
  const held = Object.keys(fields).filter((field) => isHeld(fields[field] ?? null));
  return [...new Set([...always, ...held])]
    .filter((field) => !elsewhere.has(field))
    .sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

export function isHeld(value: JsonValue): boolean {
  return value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

export function isFlagSet(value: JsonValue): boolean {
  return isHeld(value) && value !== false;
}

/** A value as one text. */
export function valueText(value: JsonValue): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((each: JsonValue) => valueText(each)).join(", ");
  return JSON.stringify(value);
}

export type Parsed =
  | { readonly isRight: true; readonly value: JsonValue }
  | { readonly isRight: false; readonly problem: string };

/** What was typed as the value of a field; nothing clears it. */
export function parseTyped(editor: Editor, typed: string): Parsed {
  const text = editor === "text" ? typed : typed.trim();
  if (text.trim() === "") return { isRight: true, value: null };
  if (editor === "date" && !datePattern.test(text)) {
    return { isRight: false, problem: "Write a date as 2026-03-31." };
  }
  if (editor !== "number") return { isRight: true, value: text };
  const value = Number(text.replace(",", "."));
  if (Number.isFinite(value)) return { isRight: true, value };
  return { isRight: false, problem: "Write a number, such as 2 or 0.5." };
}

/** Who wrote a field: of a set one entry for each value, the newest first. */
export function blameOf(blame: readonly BlameDto[], field: string): readonly BlameDto[] {
  return blame.filter((one) => one.field === field).sort((one, other) => other.time - one.time);
}
