/** Where the fields lie in the bytes of an op that was decoded before: no text is made of them. */
import { assert } from "../base/assert.ts";
import { readUvar, uvarLength, writeUvar } from "../base/bytes.ts";
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

export interface Layout extends Numbers {
  readonly prevAt: number;
  readonly depsAt: number;
  readonly actorAt: number;
  readonly bodyAt: number;
}

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

/** How many bytes the op takes. */
export function layoutLength(numbers: Numbers): number {
  const { seq, lamport, time, deps, actorBytes, bodyBytes } = numbers;
  let length = authorEnd + 32 + 32 * deps + actorBytes + bodyBytes;
  length += uvarLength(seq) + uvarLength(lamport) + uvarLength(time) + uvarLength(deps);
  return length + uvarLength(actorBytes) + uvarLength(bodyBytes);
}

/** Writes what is a number of an op at `at`, and says where the other fields go. */
export function writeLayout(target: Uint8Array, at: number, numbers: Numbers): Layout {
  target[at] = opFormat;
  const prevAt = writeUvar(target, at + authorEnd, numbers.seq);
  let next = writeUvar(target, prevAt + 32, numbers.lamport);
  next = writeUvar(target, next, numbers.time);
  const depsAt = writeUvar(target, next, numbers.deps);
  const actorAt = writeUvar(target, depsAt + 32 * numbers.deps, numbers.actorBytes);
  const bodyAt = writeUvar(target, actorAt + numbers.actorBytes, numbers.bodyBytes);
  return { ...numbers, prevAt, depsAt, actorAt, bodyAt };
}
