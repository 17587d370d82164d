/** JSON from strangers: the depth is checked before the parse, and nothing throws. */
import type { Result } from "./brand.ts";
import { failure, success } from "./brand.ts";
import { jsonDepthMax } from "./limits.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True when `text` nests deeper than `depthMax` brackets; brackets inside strings do not count. */
export function isDeeper(text: string, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at += 1;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if (code === 93 || code === 125) depth -= 1;
  }
  return false;
}

/** Parses `text`; `deep` when it nests deeper than the limit, `syntax` when it is not JSON. */
export function parseJson(text: string): Result<Json, "deep" | "syntax"> {
  if (isDeeper(text, jsonDepthMax)) return failure("deep");
  try {
    return success(JSON.parse(text) as Json);
  } catch {
    return failure("syntax");
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member, never an inherited one: `constructor` of a peer's object is not ours. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** True when no string in `value`, keys included, holds half of a surrogate pair. */
export function isWellFormed(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every((element: Json) => isWellFormed(element));
  if (!isObject(value)) return true;
  return Object.entries(value).every(([key, entry]) => key.isWellFormed() && isWellFormed(entry));
}
