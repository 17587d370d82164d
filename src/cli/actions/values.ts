/** What people type for fields, values and numbers, turned into what commands take. */
import { readFileSync } from "node:fs";
import { TowlineError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { isWellFormed, parseJson } from "../../base/json.ts";
import { bodyBytesMax, leaseMsMax, leaseMsMin } from "../../base/limits.ts";
import { durationOf } from "../../node/config-work.ts";
import type { Edit } from "../../commands/edit.ts";

/** `field=value`, `field+=value` or `field-=value`. Throws `usage/invalid`. */
export function parseEdit(text: string): Edit {
  const parts = /^([^=+\s-][^=+\s]*?)(\+=|-=|=)(.*)$/su.exec(text);
  const [, field = "", sign = "", value = ""] = parts ?? [];
  if (parts === null) {
    const message = `${JSON.stringify(text)} is no change: write field=value, field+=value or field-=value.`;
    throw new TowlineError("usage/invalid", message);
  }
  const kind = sign === "=" ? "assign" : sign === "+=" ? "plus" : "minus";
  return { kind, field, value: parseValue(value) };
}

/**
 * JSON when it is JSON, else the text itself. A number that JSON would not write the same way, such
 * as 007, 1.50 or one with too many digits, stays a text: it is more likely a name than a quantity.
 */
export function parseValue(text: string): Json {
  const parsed = parseJson(text);
  if (!parsed.ok || !isWellFormed(parsed.value)) return text;
  if (typeof parsed.value !== "number") return hasInfinity(parsed.value) ? text : parsed.value;
  return JSON.stringify(parsed.value) === text.trim() ? parsed.value : text;
}

/** JSON.parse reads 1e400 as Infinity, which JSON cannot write. */
function hasInfinity(value: Json): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (value === null || typeof value !== "object") return false;
  return Object.values(value as Readonly<Record<string, Json>>).some(hasInfinity);
}

/** A whole number from `min` up. Throws `usage/invalid`, which names the option. */
export function parseCount(text: string, option: string, min = 1): number {
  const count = /^[0-9]{1,15}$/u.test(text) ? Number(text) : -1;
  if (count >= min) return count;
  const message = `${option} takes a whole number from ${min} up, not ${JSON.stringify(text)}.`;
  throw new TowlineError("usage/invalid", message);
}

/** The text itself, or what stdin holds when it is `-`. */
export function textOrStdin(text: string): string {
  if (text !== "-") return text;
  const input = readFileSync(0, "utf8").replace(/\n$/u, "");
  if (input.length <= bodyBytesMax) return input;
  const message = `What came on stdin is longer than the ${bodyBytesMax} bytes of an op.`;
  throw new TowlineError("write/too-large", message);
}

/** Longest time that a timer takes. */
const timerMsMax = 2 ** 31 - 1;

/** Milliseconds of `90s`, `500ms`, `1h`. Throws `usage/invalid`. */
export function duration(text: string, option: string): number {
  const ms = durationOf(text);
  if (ms !== null && ms > 0 && ms <= timerMsMax) return ms;
  const message = `${option} takes a time such as 30m, 90s or 500ms, not ${JSON.stringify(text)}.`;
  throw new TowlineError("usage/invalid", message);
}

/** Throws `usage/invalid`. */
export function leaseOf(text: string): number {
  const ms = durationOf(text);
  if (ms !== null && ms >= leaseMsMin && ms <= leaseMsMax) return ms;
  const message = `A lease is from 100ms to 31d, as in 10m or 90s, not ${JSON.stringify(text)}.`;
  throw new TowlineError("usage/invalid", message);
}
