/**
 * Bytes, lower-case hex, strict UTF-8 and shortest-form LEB128, for code that may not import node:.
 */
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

const digits = "0123456789abcdef";
/** From the code of a lower-case digit to its value; -1 for every other code below 128. */
const nibbles = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value += 1) nibbles[digits.charCodeAt(value)] = value;

const hexCodes = Array.from(digits, (digit) => digit.charCodeAt(0));
/** Room for the digits of 32 bytes; a plain array, which `apply` takes fastest. */
const hexRoom: number[] = Array.from({ length: 64 }, () => 0);

export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (let from = 0; from < bytes.length; from += 32) {
    const piece = bytes.subarray(from, from + 32);
    const codes = piece.length === 32 ? hexRoom : hexRoom.slice(0, 2 * piece.length);
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] as number;
      codes[2 * at] = hexCodes[byte >> 4] as number;
      codes[2 * at + 1] = hexCodes[byte & 15] as number;
    }
    // A spread would go through an iterator and take five times as long.
    hex += String.fromCharCode.apply(null, codes);
  }
  return hex;
}

function nibble(code: number): number {
  return code < 128 ? (nibbles[code] as number) : -1;
}

/** True for exactly `length` lower-case hex digits. */
export function isHex(text: unknown, length: number): text is string {
  if (typeof text !== "string" || text.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (nibble(text.charCodeAt(at)) < 0) return false;
  return true;
}

/** The bytes of lower-case hex of even length, or null: upper case and odd lengths are aliases. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  return writeHex(bytes, 0, text) ? bytes : null;
}

/** Writes the bytes of `text` at `at`; false when it is no lower-case hex of even length. */
export function writeHex(target: Uint8Array, at: number, text: string): boolean {
  for (let digit = 0; digit < text.length; digit += 2) {
    const byte = (nibble(text.charCodeAt(digit)) << 4) | nibble(text.charCodeAt(digit + 1));
    if (byte < 0) return false;
    target[at + digit / 2] = byte;
  }
  return text.length % 2 === 0;
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

/** How many bytes `text`, which is well formed, takes as UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    // A surrogate pair is two units and four bytes.
    length += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return length;
}

/** Writes well-formed `text` as UTF-8 at `at`. */
export function writeText(target: Uint8Array, at: number, text: string): void {
  encoder.encodeInto(text, target.subarray(at));
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
