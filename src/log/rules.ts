/** The rules of validity that tie an op to its ancestors. [WIRE 2] */
import type { NodeId, Op, OpId } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import type { OpErrorCode } from "../op/op-error.ts";

/** What the rules need to know of an ancestor. */
export interface Ancestor {
  readonly author: NodeId;
  readonly seq: number;
  readonly lamport: number;
}

export type Lookup = (id: OpId) => Ancestor | undefined;

/** The ancestors that `lookup` does not know. */
export function missingAncestors(op: Op, lookup: Lookup): readonly OpId[] {
  return [op.prev, ...op.deps].filter((id) => id !== noOp && lookup(id) === undefined);
}

/**
 * What the ancestors say of `op`: `missing` when `lookup` does not know all of them, else `valid`
 * or the rule that it breaks.
 */
export function verdictOn(op: Op, lookup: Lookup): "valid" | "missing" | OpErrorCode {
  let top = 0;
  let broken: OpErrorCode | null = null;
  if (op.prev !== noOp) {
    const prev = lookup(op.prev);
    if (prev === undefined) return "missing";
    if (prev.author !== op.author || prev.seq !== op.seq - 1) broken = "op/prev-mismatch";
    top = prev.lamport;
  }
  for (let at = 0; at < op.deps.length; at += 1) {
    const dep = lookup(op.deps[at] as OpId);
    if (dep === undefined) return "missing";
    if (dep.author === op.author) broken ??= "op/dep-own";
    if (dep.lamport > top) top = dep.lamport;
  }
  if (broken !== null) return broken;
  return op.lamport === top + 1 ? "valid" : "op/lamport-mismatch";
}
