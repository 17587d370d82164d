/** Bytes, lower-case hex, strict UTF-8 and shortest-form LEB128, for code that may not import node:. */
import type { Result } from "./brand.ts";
import { failure, success } from "./brand.ts";

const encoder = new TextEncoder();
// ignoreBOM keeps a byte order mark as the ordinary character that WIRE says it is.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The greatest integer an uvar may hold. */
export const uvarMax = Number.MAX_SAFE_INTEGER;

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of `bytes`, or null when they are not valid UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += hexPairs[byte] as string;
  return hex;
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/** True for exactly `digits` lower-case hex digits. */
export function isHex(text: unknown, digits: number): text is string {
  if (typeof text !== "string" || text.length !== digits) return false;
  for (let at = 0; at < digits; at += 1) if (nibble(text.charCodeAt(at)) < 0) return false;
  return true;
}

/** The bytes of lower-case hex of even length, or null: upper case and odd lengths are aliases. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    const high = nibble(text.charCodeAt(2 * at));
    const low = nibble(text.charCodeAt(2 * at + 1));
    if (high < 0 || low < 0) return null;
    bytes[at] = high * 16 + low;
  }
  return bytes;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Orders texts by UTF-16 code units; for lower-case hex that is the order of the bytes. */
export function compareText(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** How many bytes `value` takes as an uvar. */
export function uvarLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes the uvar at `at` and returns the offset behind it. */
export function writeUvar(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let offset = at;
  while (rest >= 128) {
    target[offset] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
    offset += 1;
  }
  target[offset] = rest;
  return offset + 1;
}

/** Reads the uvar at `at`: shortest form only, at most 2^53-1. */
export function readUvar(
  bytes: Uint8Array,
  at: number,
): Result<{ readonly value: number; readonly end: number }, "short" | "not-shortest" | "too-big"> {
  let value = 0;
  let scale = 1;
  for (let offset = at; offset < at + 8; offset += 1) {
    const byte = bytes[offset];
    if (byte === undefined) return failure("short");
    value += (byte % 128) * scale;
    if (byte < 128) {
      if (byte === 0 && offset > at) return failure("not-shortest");
      return value > uvarMax ? failure("too-big") : success({ value, end: offset + 1 });
    }
    scale *= 128;
  }
  return failure("too-big");
}
