/** A run: a signed op with the unsigned ones directly before it in its chain. [WIRE 2] */
import { assert } from "../base/assert.ts";
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Op, Signature } from "../op/op.ts";

/** Waits, is applied or is refused as a whole. */
export interface Run {
  readonly ops: readonly Op[];
  readonly last: Op;
  /** The signature of the last op, verified. */
  readonly sig: Signature;
  readonly bytes: number;
}

export function makeRun(ops: readonly Op[], sig: Signature): Run {
  const last = ops.at(-1);
  assert(last !== undefined, "a run is not empty");
  return { ops, last, sig, bytes: bytesOf(ops) };
}

/**
 * The run with bytes of its own. Ops of a page share one piece of memory, which a single op that
 * waits must not keep.
 */
export function detached({ ops, sig, bytes }: Run): Run {
  const copies = ops.map((op) => ({ ...op, bytes: op.bytes.slice() }));
  const last = copies.at(-1);
  assert(last !== undefined, "a run is not empty");
  return { ops: copies, last, sig: sig.slice() as Signature, bytes };
}

export function bytesOf(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + op.bytes.length, 0);
}

/** True when one signature may not vouch for all of `ops`. */
export function isTooLong(ops: readonly Op[]): boolean {
  return ops.length > runOpsMax || bytesOf(ops) > runBytesMax;
}
