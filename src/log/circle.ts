/**
 * Runs that wait for nothing but each other. An op of one author may name an op of another that
 * names an unsigned op below the first: then neither run can go first, and all go together.
 */
import type { Op, OpId } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import type { Pending, Waiting } from "./pending.ts";
import type { Lookup } from "./rules.ts";
import { verdictOn } from "./rules.ts";
import type { Run } from "./run.ts";
import { circleRunsMax } from "../base/limits.ts";

export interface Circle {
  /** The waiting runs in it, besides the one it was found from. */
  readonly waiting: readonly Waiting[];
  /** All their ops that are not applied yet, ancestors first. */
  readonly ops: readonly Op[];
}

/** The circle that `run` closes, if every ancestor is applied or waits only within it. */
export function circleOf(run: Run, pending: Pending, lookup: Lookup): Circle | null {
  const reached = new Map<Run, Waiting | null>([[run, null]]);
  const needs = new Map<Run, ReadonlySet<OpId>>();
  for (const next of reached.keys()) {
    const named = unknownTo(next, lookup);
    needs.set(next, named);
    for (const id of named) {
      const found = pending.runsWith(id);
      if (found.size === 0 && next === run) return null;
      for (const waiting of found) reached.set(waiting.run, waiting);
      if (reached.size > circleRunsMax) return null;
    }
  }
  const alive = withoutStuck([...reached.keys()], needs, lookup);
  if (!alive.has(run) || alive.size < 2) return null;
  const inside = new Map<OpId, Op>();
  for (const { ops } of alive) for (const op of ops) inside.set(op.id, op);
  const ops = [...inside.values()].filter((op) => lookup(op.id) === undefined);
  ops.sort((left, right) => left.lamport - right.lamport);
  const waiting = [...alive].flatMap((one) => reached.get(one) ?? []);
  return { waiting, ops };
}

/** The ids that `run` names and that are neither applied nor in it. */
function unknownTo(run: Run, lookup: Lookup): ReadonlySet<OpId> {
  const own = new Set(run.ops.map((op) => op.id));
  const named = run.ops.flatMap((op) => [op.prev, ...op.deps]);
  return new Set(named.filter((id) => id !== noOp && !own.has(id) && lookup(id) === undefined));
}

/** The greatest set of `runs` that keep the rules and name nothing beyond each other. */
function withoutStuck(
  runs: readonly Run[],
  needs: ReadonlyMap<Run, ReadonlySet<OpId>>,
  lookup: Lookup,
): ReadonlySet<Run> {
  const inside = new Map<OpId, Op>();
  const holders = new Map<OpId, number>();
  const needing = new Map<OpId, Run[]>();
  for (const run of runs) {
    for (const op of run.ops) {
      inside.set(op.id, op);
      holders.set(op.id, (holders.get(op.id) ?? 0) + 1);
    }
    for (const id of needs.get(run) ?? []) needing.set(id, [...(needing.get(id) ?? []), run]);
  }
  const known: Lookup = (id) => inside.get(id) ?? lookup(id);
  const alive = new Set(runs);
  const stuck = runs.filter((run) => {
    const isOpen = [...(needs.get(run) ?? [])].some((id) => !inside.has(id));
    return isOpen || run.ops.some((op) => verdictOn(op, known) !== "valid");
  });
  for (let run = stuck.pop(); run !== undefined; run = stuck.pop()) {
    if (!alive.delete(run)) continue;
    for (const { id } of run.ops) {
      const left = (holders.get(id) ?? 0) - 1;
      holders.set(id, left);
      if (left === 0) stuck.push(...(needing.get(id) ?? []));
    }
  }
  return alive;
}
