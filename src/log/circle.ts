/**
 * Runs that wait for nothing but each other. An op of one author may name an op of another that
 * names an unsigned op below the first: then neither run can go first, and all go together.
 */
import type { Op, OpId } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import type { Pending, Waiting } from "./pending.ts";
import type { Lookup } from "./rules.ts";
import { brokenRule } from "./rules.ts";
import type { Run } from "./run.ts";

/** Runs looked at for one circle: those of one frame fit in. */
const circleRunsMax = 512;

export interface Circle {
  /** The waiting runs in it, besides the one it was found from. */
  readonly waiting: readonly Waiting[];
  /** All their ops that are not applied yet, ancestors first. */
  readonly ops: readonly Op[];
}

/** The circle that `run` closes, if every ancestor is applied or waits only within it. */
export function circleOf(run: Run, pending: Pending, lookup: Lookup): Circle | null {
  const inside = new Map<OpId, Op>();
  const waiting = new Set<Waiting>();
  const work: Run[] = [run];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    for (const op of next.ops) if (lookup(op.id) === undefined) inside.set(op.id, op);
    for (const id of next.ops.flatMap((op) => [op.prev, ...op.deps])) {
      if (id === noOp || inside.has(id) || lookup(id) !== undefined) continue;
      const found = pending.shortestWith(id);
      if (found === null || waiting.size >= circleRunsMax) return null;
      waiting.add(found);
      work.push(found.run);
    }
  }
  if (waiting.size === 0) return null;
  const ops = [...inside.values()].sort((left, right) => left.lamport - right.lamport);
  const keepsRules = ops.every((op) => {
    return brokenRule(op, (id) => inside.get(id) ?? lookup(id)) === null;
  });
  return keepsRules ? { waiting: [...waiting], ops } : null;
}
