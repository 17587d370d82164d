/** Which signatures a page needs, so that each of its ops has one that vouches for it. */
import { present } from "../base/assert.ts";
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import type { NodeId, OpId } from "../op/op.ts";

/** An op that is to go into a page, in the order of the page. */
export interface Signable {
  readonly id: OpId;
  readonly author: NodeId;
  /** The op before it. */
  readonly prev: OpId;
  /** Length of its bytes. */
  readonly size: number;
  /** Whether there is a verified signature of its own. */
  readonly isSigned: boolean;
}

/**
 * For each op whether its signature is to be included: as few as the length of runs allows. Of a
 * forked author all are. Null when those that there are do not vouch for every op.
 */
export function chooseSignatures(ops: readonly Signable[]): readonly boolean[] | null {
  const chosen = ops.map(() => false);
  for (const chain of chainsOf(ops)) {
    const places = isForked(ops, chain) ? allOf(ops, chain) : fewestOf(ops, chain);
    if (places === null) return null;
    for (const place of places) chosen[place] = true;
  }
  return chosen;
}

/** The places of the ops of each author. */
function chainsOf(ops: readonly Signable[]): Iterable<readonly number[]> {
  const chains = new Map<NodeId, number[]>();
  for (const [place, { author }] of ops.entries()) {
    const chain = chains.get(author);
    if (chain === undefined) chains.set(author, [place]);
    else chain.push(place);
  }
  return chains.values();
}

/** True when an op does not follow the one of its author before it. */
function isForked(ops: readonly Signable[], chain: readonly number[]): boolean {
  return chain.some((place, at) => at > 0 && opAt(ops, place).prev !== opAt(ops, chain[at - 1]).id);
}

/** Takes a signature only where the run would grow too long without it, and the last one. */
function fewestOf(ops: readonly Signable[], chain: readonly number[]): readonly number[] | null {
  const places: number[] = [];
  /** The ops since the last signature that was taken, and since the last that could be. */
  let [run, tail] = [emptyRun, emptyRun];
  let candidate: number | null = null;
  for (const place of chain) {
    const op = opAt(ops, place);
    if (candidate !== null && isTooLong(extended(run, op))) {
      places.push(candidate);
      run = tail;
      candidate = null;
    }
    run = extended(run, op);
    tail = extended(tail, op);
    if (isTooLong(run)) return null;
    if (op.isSigned) [candidate, tail] = [place, emptyRun];
  }
  if (candidate === null || tail.ops > 0) return null;
  return [...places, candidate];
}

/** All signatures of a forked author; null when an op has no signed one close enough above it. */
function allOf(ops: readonly Signable[], chain: readonly number[]): readonly number[] | null {
  const places = chain.filter((place) => opAt(ops, place).isSigned);
  const byId = new Map(chain.map((place) => [opAt(ops, place).id, place]));
  const vouched = new Set<number>();
  for (const place of places) {
    let run = emptyRun;
    let next: number | undefined = place;
    while (next !== undefined && (next === place || !opAt(ops, next).isSigned)) {
      const op = opAt(ops, next);
      run = extended(run, op);
      if (isTooLong(run)) return null;
      vouched.add(next);
      next = byId.get(op.prev);
    }
  }
  return vouched.size === chain.length ? places : null;
}

interface Run {
  readonly ops: number;
  readonly bytes: number;
}

const emptyRun: Run = { ops: 0, bytes: 0 };

function extended({ ops, bytes }: Run, { size }: Signable): Run {
  return { ops: ops + 1, bytes: bytes + size };
}

function isTooLong({ ops, bytes }: Run): boolean {
  return ops > runOpsMax || bytes > runBytesMax;
}

function opAt(ops: readonly Signable[], place: number | undefined): Signable {
  return present(ops[place ?? -1], "the place was counted out of these ops");
}
