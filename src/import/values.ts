/** Which values an op can hold: well-formed, finite, not too deep, not too large. */
import { utf8 } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { isDeeper, isObject, isWellFormed } from "../base/json.ts";
import { elementBytesMax, registerBytesMax, valueDepthMax } from "./limits.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";

/** What keeps `value` from being the register `field` of an item; null when nothing does. */
export function registerProblem(field: string, value: Json): Problem | null {
  return contentProblem(field, value) ?? sizeProblem(field, value, registerBytesMax);
}

/** What keeps `value` from being an element of the set `field`; null when nothing does. */
export function elementProblem(field: string, value: string): Problem | null {
  return contentProblem(field, value) ?? sizeProblem(field, value, elementBytesMax);
}

/** Bytes of `value` as JSON. */
export function jsonBytes(value: Json): number {
  return utf8(JSON.stringify(value)).length;
}

export function tooLarge(what: string, bytes: number, bytesMax: number): Problem {
  const message =
    `${what} takes ${bytes} bytes, and at most ${bytesMax} fit into one op: ` +
    "shorten it, or put it into a file that the item names";
  return problem("entry/too-large", message);
}

function contentProblem(field: string, value: Json): Problem | null {
  if (!isWellFormed(value)) {
    return problem("entry/bad-field", `${field} holds half of a surrogate pair`);
  }
  if (!isFinite(value)) {
    return problem("entry/bad-field", `${field} holds a number that is too large`);
  }
  if (typeof value === "object" && isDeeper(JSON.stringify(value), valueDepthMax)) {
    return problem("entry/too-deep", `${field} nests deeper than ${valueDepthMax} brackets`);
  }
  return null;
}

function sizeProblem(field: string, value: Json, bytesMax: number): Problem | null {
  const bytes = jsonBytes(value);
  return bytes > bytesMax ? tooLarge(field, bytes, bytesMax) : null;
}

/** JSON.parse makes Infinity of 1e400, and JSON.stringify makes null of that: a silent loss. */
function isFinite(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((element: Json) => isFinite(element));
  return !isObject(value) || Object.values(value).every((element) => isFinite(element));
}
