/** Lines of a JSONL file from strangers: bounded, strict about UTF-8, numbered, never a throw. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { textOf, utf8 } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, parseJson } from "../base/json.ts";
import { jsonDepthMax } from "../base/limits.ts";
import { entryBytesMax, quotedCharsMax } from "./limits.ts";
import type { Problem } from "./plan.ts";
import { problem } from "./plan.ts";

/** A line that is not blank, with the object on it or what is wrong with it. */
export interface Line {
  /** From 1, blank lines counted. */
  readonly line: number;
  readonly entry: Result<JsonObject, Problem>;
}

/**
 * The lines of `input`. Bytes are decoded line by line, so that one bad byte costs one line. A byte
 * order mark at the start and the CR of a CRLF are left out.
 */
export function* jsonLines(input: string | Uint8Array): Generator<Line> {
  let line = 0;
  for (const piece of typeof input === "string" ? textPieces(input) : bytePieces(input)) {
    line += 1;
    const text = textOfPiece(piece);
    if (!text.ok) {
      yield { line, entry: text };
      continue;
    }
    const trimmed = (line === 1 ? withoutMark(text.value) : text.value).trim();
    if (trimmed !== "") yield { line, entry: objectOf(trimmed) };
  }
}

/** `text` without a byte order mark at its start. */
export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** A text of the user in a message: on one line, and not all of it when it is long. */
export function quoted(text: string): string {
  const shown = text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text;
  return JSON.stringify(shown.toWellFormed());
}

export function tooLong(bytes: number): Problem {
  const message = `it has ${bytes} bytes, of which at most ${entryBytesMax} are read: shorten it`;
  return problem("entry/too-long", message);
}

export function notUtf8(): Problem {
  return problem("entry/not-utf8", "it is not valid UTF-8: save the file as UTF-8");
}

function* textPieces(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const found = text.indexOf("\n", from);
    const end = found < 0 ? text.length : found;
    yield text.slice(from, end);
    from = end + 1;
  }
}

function* bytePieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(10, from);
    const end = found < 0 ? bytes.length : found;
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

/** The length is checked first: decoding and parsing a gigantic line is what the bound prevents. */
function textOfPiece(piece: string | Uint8Array): Result<string, Problem> {
  if (piece.length > entryBytesMax) return failure(tooLong(piece.length));
  if (typeof piece !== "string") {
    const text = textOf(piece);
    return text === null ? failure(notUtf8()) : success(text);
  }
  // A character takes up to 3 bytes, so most lines need no counting.
  if (piece.length * 3 <= entryBytesMax) return success(piece);
  const bytes = utf8(piece).length;
  return bytes > entryBytesMax ? failure(tooLong(bytes)) : success(piece);
}

function objectOf(text: string): Result<JsonObject, Problem> {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    return failure(
      parsed.error === "deep"
        ? problem("entry/too-deep", `it nests deeper than ${jsonDepthMax} brackets`)
        : problem("entry/not-json", `it is not JSON: ${quoted(text)}`),
    );
  }
  if (isObject(parsed.value)) return success(parsed.value);
  return failure(problem("entry/not-json", `it is ${nameOf(parsed.value)}, not a JSON object`));
}

/** What a value is, for messages. */
export function nameOf(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
