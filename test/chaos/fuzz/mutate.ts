/** Breaks texts and bytes without knowing what they mean, and JSON knowing it. */
import type { Prng } from "../../../src/sim/prng.ts";
import type { Tree } from "./json-tree.ts";
import { mutateTree, textOf } from "./json-tree.ts";

/** How many changes: mostly one, so that most of the input stays right. */
function changes(prng: Prng): number {
  return prng.chance(0.6) ? 1 : prng.between(0, 4);
}

export function mutateBytes(bytes: Uint8Array, prng: Prng): Uint8Array {
  let now = bytes;
  for (let left = changes(prng); left > 0; left -= 1) now = changedBytes(now, prng);
  return now;
}

function changedBytes(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const size = 1 + prng.below(8);
  switch (prng.below(7)) {
    case 0: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << prng.below(8));
      return copy;
    }
    case 1: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at] = prng.pick([0, 1, 2, 0x7f, 0x80, 0x81, 0xc0, 0xed, 0xff]);
      return copy;
    }
    case 2:
      return spliced(bytes, at, prng.bytes(size), 0);
    case 3:
      return spliced(bytes, at, new Uint8Array(), size);
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return spliced(bytes, at, bytes.subarray(prng.below(bytes.length + 1)).subarray(0, 64), 0);
    default:
      // Overlong, surrogate and truncated UTF-8.
      return spliced(bytes, at, prng.pick(badUtf8), prng.below(3));
  }
}

const badUtf8 = [
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xff],
  [0xef, 0xbb, 0xbf],
].map((bytes) => Uint8Array.from(bytes));

function spliced(bytes: Uint8Array, at: number, put: Uint8Array, without: number): Uint8Array {
  const after = bytes.subarray(Math.min(bytes.length, at + without));
  const joined = new Uint8Array(at + put.length + after.length);
  joined.set(bytes.subarray(0, at));
  joined.set(put, at);
  joined.set(after, at + put.length);
  return joined;
}

/** Breaks a text; `tokens` are what its grammar is made of. */
export function mutateText(text: string, tokens: readonly string[], prng: Prng): string {
  let now = text;
  for (let left = changes(prng); left > 0; left -= 1) now = changedText(now, tokens, prng);
  return now;
}

function changedText(text: string, tokens: readonly string[], prng: Prng): string {
  const at = prng.below(text.length + 1);
  const end = at + prng.below(12);
  const token = prng.pick(tokens);
  switch (prng.below(7)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, at) + token + text.slice(at);
    case 2:
      return text.slice(0, at) + token + text.slice(end);
    case 3:
      return (
        text.slice(0, at) + text.slice(at, end).repeat(prng.pick([2, 3, 50])) + text.slice(end)
      );
    case 4:
      return text.slice(0, at);
    case 5:
      return text.slice(0, at) + token.repeat(prng.pick([2, 33, 1_000])) + text.slice(at);
    default:
      return text.slice(0, at) + prng.pick(oddities) + text.slice(at);
  }
}

export const oddities = [
  ...["\u0000", "\ud800", "\udc00", "\ufeff", "\u202e", "\u0301", "\u001b[2J", "\r", "\r\n", "\t"],
  ...["__proto__", "constructor", "1e400", "-0", "𝒻", "\u2028", "\u0085", "Ａ", "%00", "\\"],
];

/** JSON text of a tree that was changed a few times, and now and then broken as text. */
export function mutateJson(tree: Tree, prng: Prng): string {
  let now = tree;
  for (let left = changes(prng); left > 0; left -= 1) now = mutateTree(now, prng);
  const text = textOf(now);
  return prng.chance(0.1) ? mutateText(text, jsonTokens, prng) : text;
}

const jsonTokens = ["{", "}", "[", "]", ",", ":", '"', "\\u", "1", "e", "-", " ", "\n", "null"];
