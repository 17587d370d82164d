/** The text of a token: what a person copies to let a node in. [WIRE 1] */
import { randomBytes } from "node:crypto";
import { tokenCharsMax, tokenCharsMin } from "../base/limits.ts";

/** No 0, 1, l or o, so that a text read out or typed off a screen comes through. */
const alphabet = "23456789abcdefghijkmnpqrstuvwxyz";
const randomChars = 32;

/** A new token: `tow_` and 160 random bits, 36 characters in all, one word to a double click. */
export function newTokenText(): string {
  let text = "tow_";
  for (const byte of randomBytes(randomChars)) text += alphabet.charAt(byte % alphabet.length);
  return text;
}

/** True for what may be a token: 16 to 256 characters, whole ones. */
export function isTokenText(text: unknown): text is string {
  if (typeof text !== "string" || text.length > 2 * tokenCharsMax) return false;
  if (!text.isWellFormed()) return false;
  const chars = Array.from(text).length;
  return chars >= tokenCharsMin && chars <= tokenCharsMax;
}
