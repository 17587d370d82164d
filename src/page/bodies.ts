/**
 * The bodies of a page, all parsed at once where that is safe: the engine takes one long text in
 * half the time of a thousand short ones.
 */
import { textOf } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { bodyBytesMax, jsonDepthMax } from "../base/limits.ts";
import { isPlainBody, readBody, readChanges, readParsedBody, readTrustedBody } from "../op/body.ts";
import type { Changes } from "../op/body.ts";
import { opError } from "../op/op-error.ts";

/** Where the bodies lie, one after the other. */
export interface Bodies {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly lengths: Float64Array;
  /** Of our own disk: their spelling was checked before. */
  readonly isTrusted: boolean;
}

const [comma, open, close] = [44, 91, 93];

/** The changes in each body, or what is wrong with it. */
export function readBodies(bodies: Bodies): readonly Changes[] {
  return readTogether(bodies) ?? readEach(bodies);
}

function readEach({ bytes, at, lengths, isTrusted }: Bodies): readonly Changes[] {
  const all: Changes[] = [];
  let from = at;
  for (const length of lengths) {
    const text = textOf(bytes.subarray(from, from + length));
    from += length;
    if (length > bodyBytesMax) all.push({ ok: false, error: opError("op/body-size") });
    else if (text === null) all.push({ ok: false, error: opError("op/body-utf8") });
    else all.push(isTrusted ? readTrustedBody(text) : readBody(text));
  }
  return all;
}

/** Null when the bodies must be read one by one. */
function readTogether(bodies: Bodies): readonly Changes[] | null {
  const text = joined(bodies);
  if (text === null) return null;
  const areExact = bodies.isTrusted ? null : exactBodies(text, bodies.lengths);
  if (!bodies.isTrusted && areExact === null) return null;
  const values = parsed(text);
  if (values?.length !== bodies.lengths.length) return null;
  const all: Changes[] = [];
  let from = 1;
  for (let n = 0; n < values.length; n += 1) {
    const [value, length] = [values[n] as Json, bodies.lengths[n] as number];
    const isCanonical = areExact === null || areExact[n] === 1;
    const body = isCanonical ? "" : text.slice(from, from + length);
    all.push(isCanonical ? readChanges(value) : readParsedBody(value, body));
    from += length + 1;
  }
  return all;
}

/** The bodies as the elements of one array, or null when that is not UTF-8. */
function joined({ bytes, at, lengths }: Bodies): string | null {
  let size = 1 + lengths.length;
  for (let n = 0; n < lengths.length; n += 1) size += lengths[n] as number;
  const room = new Uint8Array(size);
  room[0] = open;
  let from = at;
  let to = 1;
  for (let n = 0; n < lengths.length; n += 1) {
    const length = lengths[n] as number;
    room.set(bytes.subarray(from, from + length), to);
    from += length;
    to += length + 1;
    room[to - 1] = comma;
  }
  room[size - 1] = close;
  return textOf(room);
}

/**
 * For each body 1 when it is canonical by its form alone, else 0. Null when one of them is not for
 * certain a single array, so that its neighbours could lend it a bracket or a quote, and when it
 * is not known where each begins since not all is ASCII.
 */
function exactBodies(text: string, lengths: Float64Array): Uint8Array | null {
  const forms = new Uint8Array(lengths.length);
  let from = 1;
  for (let n = 0; n < lengths.length; n += 1) {
    const length = lengths[n] as number;
    const end = from + length;
    // The engine's regular expressions take memory for each character.
    if (length > bodyBytesMax) return null;
    if (isPlainBody(text, from, end)) forms[n] = 1;
    else if (!isOneArray(text, from, end)) return null;
    from = end + 1;
  }
  return from === text.length ? forms : null;
}

/** True when the bracket that begins the piece of `text` is closed by its last character. */
function isOneArray(text: string, from: number, end: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at += 1;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === open || code === 123) {
      depth += 1;
      if (depth > jsonDepthMax) return false;
    } else if (code === close || code === 125) {
      depth -= 1;
      if (depth === 0) return at === end - 1 && code === close && text.charCodeAt(from) === open;
    } else if (depth === 0) return false;
  }
  return false;
}

function parsed(text: string): readonly Json[] | null {
  try {
    return JSON.parse(text) as readonly Json[];
  } catch {
    return null;
  }
}
