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

/** The first ancestor that `lookup` does not know, or null when all are known. */
export function missingAncestor(op: Op, lookup: Lookup): OpId | null {
  if (op.prev !== noOp && lookup(op.prev) === undefined) return op.prev;
  return op.deps.find((dep) => lookup(dep) === undefined) ?? null;
}

/** The rule that `op` breaks against its ancestors, all of which `lookup` knows; null if none. */
export function brokenRule(op: Op, lookup: Lookup): OpErrorCode | null {
  let top = 0;
  if (op.prev !== noOp) {
    const prev = lookup(op.prev);
    if (prev?.author !== op.author || prev.seq !== op.seq - 1) return "op/prev-mismatch";
    top = prev.lamport;
  }
  for (const id of op.deps) {
    const dep = lookup(id);
    if (dep === undefined || dep.author === op.author) return "op/dep-own";
    top = Math.max(top, dep.lamport);
  }
  return op.lamport === top + 1 ? null : "op/lamport-mismatch";
}
