/** An op's body: JSON in its one canonical spelling, and the changes that it holds. [WIRE 2] */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Json } from "../base/json.ts";
import { isWellFormed, parseJson } from "../base/json.ts";
import type { Change } from "./change.ts";
import { readChange } from "./change.ts";
import type { OpError } from "./op-error.ts";
import { opError } from "./op-error.ts";

export type Changes = Result<readonly Change[], OpError>;

/**
 * Arrays of plain texts in an array, as most bodies are: printable ASCII that JSON never escapes.
 * What matches is canonical and nests twice, so that neither needs a look of its own. No two
 * branches begin alike, which keeps matching linear.
 */
const text = '"[ !#-[\\]-~]*"';
const texts = `\\[(?:${text}(?:,${text})*)?\\]`;
const plain = new RegExp(`\\[(?:${texts}(?:,${texts})*)?\\]`, "uy");

/** True when the body that lies in `text` from `from` to before `end` is canonical by its form. */
export function isPlainBody(text: string, from: number, end: number): boolean {
  plain.lastIndex = from;
  return plain.test(text) && plain.lastIndex === end;
}

/** Reads the changes out of a body. */
export function readBody(body: string): Changes {
  if (isPlainBody(body, 0, body.length)) return readChanges(JSON.parse(body) as Json);
  const parsed = parseJson(body);
  if (!parsed.ok) {
    return failure(opError(parsed.error === "deep" ? "op/body-depth" : "op/body-json"));
  }
  return readParsedBody(parsed.value, body);
}

/** Reads the changes out of a body that is on our own disk, and was checked when it came there. */
export function readTrustedBody(body: string): Changes {
  const parsed = parseJson(body);
  return parsed.ok ? readChanges(parsed.value) : failure(opError("op/body-json"));
}

/** Reads the changes out of `value`, which `body` spells, no deeper than it may nest. */
export function readParsedBody(value: Json, body: string): Changes {
  if (JSON.stringify(value) !== body) return failure(opError("op/body-not-canonical"));
  // JSON.stringify writes a lone surrogate as an escape, so only a body with one needs the walk.
  if (body.includes("\\ud") && !isWellFormed(value)) {
    return failure(opError("op/body-surrogate"));
  }
  return readChanges(value);
}

/** Reads the changes out of the value of a body that is known to be canonical. */
export function readChanges(value: Json): Changes {
  if (!Array.isArray(value)) return failure(opError("op/body-not-array"));
  const changes: Change[] = [];
  for (const raw of value as readonly Json[]) {
    const change = readChange(raw);
    if (change === null) return failure(opError("op/change-malformed"));
    changes.push(change);
  }
  return success(changes);
}
