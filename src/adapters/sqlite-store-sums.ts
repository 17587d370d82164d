/**
 * Checksums of what is on disk. SQLite has none for its main file, so each op has one, the facts
 * have one together, and so has the row that counts them: a flipped bit is seen, never believed.
 */
import { hash } from "node:crypto";
import { compareText, concatBytes, utf8 } from "../base/bytes.ts";
import { opBytesMax } from "../base/limits.ts";
import type { StoredOp, StoredPage } from "../replica/store.ts";

/** 22 digits of base64 are 132 bits. As text a sum is made and read in half the time of a blob. */
const sumDigits = 22;

export function sumOf(bytes: Uint8Array): string {
  return hash("sha256", bytes, "base64").slice(0, sumDigits);
}

const headBytes = 9;
const scratch = new Uint8Array(headBytes + 2 * 64 + opBytesMax);
const scratchView = new DataView(scratch.buffer);

/** The sum of the op in row `n`; null when it is too long to be one. It binds the row's place. */
export function opSum(n: number, { bytes, sig, claim }: StoredOp): string | null {
  if (bytes.length > opBytesMax) return null;
  scratchView.setFloat64(0, n);
  scratch[8] = (sig === null ? 0 : 1) + (claim === undefined ? 0 : 2);
  let at = headBytes;
  if (sig !== null) {
    scratch.set(sig, at);
    at += sig.length;
  }
  if (claim !== undefined) {
    scratch.set(claim, at);
    at += claim.length;
  }
  scratch.set(bytes, at);
  return sumOf(scratch.subarray(0, at + bytes.length));
}

/** The sum of the page that holds `count` ops from `first` on. */
export function pageSum({ first, count, frame }: StoredPage): string {
  const head = utf8(`towline-page-1 ${first} ${count} `);
  return sumOf(concatBytes([head, frame]));
}

export function factsSum(facts: ReadonlyMap<string, string>): string {
  const entries = [...facts].sort(([left], [right]) => compareText(left, right));
  return sumOf(utf8(JSON.stringify(entries)));
}

/** What the store holds, in the one row that every commit rewrites. */
export interface StoreState {
  readonly commits: number;
  readonly ops: number;
  readonly factsSum: string;
}

export function stateSum({ commits, ops, factsSum }: StoreState): string {
  return sumOf(utf8(`${commits} ${ops} ${factsSum}`));
}
