/** The changes in an op's body, and which of them are malformed. [WIRE 3] */
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { isHex } from "../base/bytes.ts";

export type Change =
  | { readonly kind: "new"; readonly item: string; readonly fields: JsonObject }
  | { readonly kind: "set"; readonly item: string; readonly field: string; readonly value: Json }
  | { readonly kind: "add"; readonly item: string; readonly field: string; readonly value: string }
  | {
      readonly kind: "rem";
      readonly item: string;
      readonly field: string;
      readonly value: string;
      /** Ids of the ops whose adds are removed. */
      readonly adds: readonly string[];
    }
  | { readonly kind: "inc"; readonly item: string; readonly field: string; readonly by: number }
  | { readonly kind: "note"; readonly item: string; readonly text: string }
  | { readonly kind: "mesh"; readonly nonce: string; readonly name: string }
  | { readonly kind: "del"; readonly item: string }
  | { readonly kind: "unknown"; readonly name: string; readonly raw: readonly Json[] };

/** The stages of the pipeline, in their order. */
export const stages = ["backlog", "coding", "qa", "merge", "done", "archived"] as const;
export type Stage = (typeof stages)[number];

export function isStage(value: unknown): value is Stage {
  return typeof value === "string" && (stages as readonly string[]).includes(value);
}

/** Length of an item id. [WIRE 3] */
const itemCharsMax = 128;

export function isItemId(value: unknown): value is string {
  if (typeof value !== "string" || value.length < 1 || value.length > itemCharsMax) return false;
  for (let at = 0; at < value.length; at += 1) if (!isItemChar(value.charCodeAt(at))) return false;
  return true;
}

/** One of `[A-Za-z0-9._:-]`. */
function isItemChar(code: number): boolean {
  if (code >= 97) return code <= 122;
  if (code >= 65) return code <= 90 || code === 95;
  return (code >= 48 && code <= 58) || code === 45 || code === 46;
}

/** Greatest absolute step of a counter. [WIRE 3] */
const incMax = 1_000_000;

/** Reads one element of a body; null when it is malformed, which makes the whole op invalid. */
export function readChange(raw: Json): Change | null {
  if (!Array.isArray(raw)) return null;
  const list = raw as readonly Json[];
  const kind = list[0];
  if (typeof kind !== "string") return null;
  const reader = readers.get(kind);
  return reader === undefined ? { kind: "unknown", name: kind, raw: list } : reader(list);
}

type Reader = (raw: readonly Json[]) => Change | null;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["new", readNew],
  ["set", readSet],
  ["add", readAdd],
  ["rem", readRemove],
  ["inc", readIncrement],
  ["note", readNote],
  ["mesh", readMesh],
  ["del", readDelete],
]);

function isStageValue(value: Json | undefined): boolean {
  return value === undefined || value === null || isStage(value);
}

function readNew(raw: readonly Json[]): Change | null {
  const [, item, fields] = raw;
  if (raw.length !== 3 || !isItemId(item) || !isObject(fields)) return null;
  return isStageValue(member(fields, "stage")) ? { kind: "new", item, fields } : null;
}

function readSet(raw: readonly Json[]): Change | null {
  const [, item, field, value] = raw;
  if (raw.length !== 4 || !isItemId(item) || typeof field !== "string") return null;
  if (value === undefined || (field === "stage" && !isStageValue(value))) return null;
  return { kind: "set", item, field, value };
}

function readAdd(raw: readonly Json[]): Change | null {
  const [, item, field, value] = raw;
  if (raw.length !== 4 || !isItemId(item)) return null;
  if (typeof field !== "string" || typeof value !== "string") return null;
  return { kind: "add", item, field, value };
}

function readRemove(raw: readonly Json[]): Change | null {
  const [, item, field, value, adds] = raw;
  if (raw.length !== 5 || !isItemId(item)) return null;
  if (typeof field !== "string" || typeof value !== "string") return null;
  if (!Array.isArray(adds) || !adds.every((id: Json) => isHex(id, 64))) return null;
  return { kind: "rem", item, field, value, adds: adds };
}

function readIncrement(raw: readonly Json[]): Change | null {
  const [, item, field, by] = raw;
  if (raw.length !== 4 || !isItemId(item) || typeof field !== "string") return null;
  if (typeof by !== "number" || !Number.isInteger(by) || Math.abs(by) > incMax) return null;
  return { kind: "inc", item, field, by };
}

function readNote(raw: readonly Json[]): Change | null {
  const [, item, text] = raw;
  if (raw.length !== 3 || !isItemId(item) || typeof text !== "string") return null;
  return { kind: "note", item, text };
}

function readMesh(raw: readonly Json[]): Change | null {
  const [, nonce, name] = raw;
  if (raw.length !== 3 || !isHex(nonce, 64) || typeof name !== "string") return null;
  return { kind: "mesh", nonce, name };
}

function readDelete(raw: readonly Json[]): Change | null {
  const [, item] = raw;
  return raw.length === 2 && isItemId(item) ? { kind: "del", item } : null;
}
