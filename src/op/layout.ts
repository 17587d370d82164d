/** Where the fields lie in the bytes of an op that was decoded before: no text is made of them. */
import { assert } from "../base/assert.ts";
import { readUvar, writeUvar } from "../base/bytes.ts";
import { opFormat } from "./fields.ts";

/** Bytes from the format to the end of the author, the same in all ops of one author. */
export const authorEnd = 33;

/** The fields of an op that are numbers, and how long the others are. */
export interface Numbers {
  readonly seq: number;
  readonly lamport: number;
  readonly time: number;
  readonly deps: number;
  readonly actorBytes: number;
  readonly bodyBytes: number;
}

/** Where the other fields begin. */
export interface Places {
  prevAt: number;
  depsAt: number;
  actorAt: number;
  bodyAt: number;
}

export type Layout = Readonly<Numbers & Places>;

/** What an op takes at most without deps, actor and body: two hashes and six integers. */
export const layoutBytesMax = authorEnd + 32 + 6 * 8;

/** Finds the fields of an op. */
export function readLayout(bytes: Uint8Array): Layout {
  let at = authorEnd;
  const integer = (): number => {
    const read = readUvar(bytes, at);
    assert(read.ok, "the op was decoded before");
    at = read.value.end;
    return read.value.value;
  };
  const seq = integer();
  const prevAt = at;
  at += 32;
  const lamport = integer();
  const time = integer();
  const deps = integer();
  const depsAt = at;
  at += 32 * deps;
  const actorBytes = integer();
  const actorAt = at;
  at += actorBytes;
  const bodyBytes = integer();
  const numbers = { seq, lamport, time, deps, actorBytes, bodyBytes };
  return { ...numbers, prevAt, depsAt, actorAt, bodyAt: at };
}

/** Writes what is a number of an op at `at`, and sets `places` to where the other fields go. */
export function writeLayout(
  target: Uint8Array,
  at: number,
  numbers: Numbers,
  places: Places,
): void {
  target[at] = opFormat;
  places.prevAt = writeUvar(target, at + authorEnd, numbers.seq);
  let next = writeUvar(target, places.prevAt + 32, numbers.lamport);
  next = writeUvar(target, next, numbers.time);
  places.depsAt = writeUvar(target, next, numbers.deps);
  places.actorAt = writeUvar(target, places.depsAt + 32 * numbers.deps, numbers.actorBytes);
  places.bodyAt = writeUvar(target, places.actorAt + numbers.actorBytes, numbers.bodyBytes);
}
