/** What many schemas are made of. */
import { apiPageMax, apiParamCharsMax } from "../../base/limits.ts";
import type { Schema } from "../web.ts";

/** An object with exactly these members, of which those in `optional` may be missing. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", additionalProperties: false, required, properties };
}

export function list(items: Schema): Schema {
  return { type: "array", items };
}

/** The same, or null. */
export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

export const text: Schema = { type: "string" };
export const whole: Schema = { type: "integer" };
export const number: Schema = { type: "number" };
export const flag: Schema = { type: "boolean" };
export const anything: Schema = {};
export const nothing: Schema = { type: "null" };

/** A parameter of a path or a query. */
export const param: Schema = { type: "string", minLength: 1, maxLength: apiParamCharsMax };
export const params: Schema = { type: "array", items: param, maxItems: 64 };
export const limitParam: Schema = { type: "integer", minimum: 1, maximum: apiPageMax };

export const itemParams: Schema = object({ item: param });

/** What a query may hold; all of it may be missing. */
export function query(properties: Readonly<Record<string, Schema>>): Schema {
  return object(properties, Object.keys(properties));
}
