/**
 * Runs that wait for each other. An op of one author may name an op of another that names an
 * unsigned op below the first: then neither run can go first, and all go together. Until they can,
 * what each waits for must lead to an op from outside, or nothing would ever set them going.
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

/** What a run is part of that misses nothing but waiting ops: a circle that is complete, or not. */
export type Knot =
  | { readonly kind: "circle"; readonly circle: Circle }
  /** What each of its runs is to wait for: follow these, and you come to an op from outside. */
  | { readonly kind: "open"; readonly waits: ReadonlyMap<Run, OpId> };

/** Where a knot lies: what waits, what is applied, and what never will be. */
export interface Surroundings {
  readonly pending: Pending;
  readonly lookup: Lookup;
  readonly isRefused: (id: OpId) => boolean;
}

/** Of what a run leads to, so many runs are looked at; those beyond count as outside. */
export function knotOf(run: Run, { pending, lookup, isRefused }: Surroundings): Knot {
  const reached = new Map<Run, Waiting | null>([[run, null]]);
  const needs = new Map<Run, ReadonlySet<OpId>>();
  for (const next of reached.keys()) {
    if (needs.size === circleRunsMax) break;
    const named = unknownTo(next, lookup);
    needs.set(next, named);
    for (const id of named) {
      const found = pending.runsWith(id);
      for (const waiting of found) reached.set(waiting.run, waiting);
    }
  }
  const runs = [...needs.keys()];
  const alive = withoutStuck(runs, needs, lookup);
  if (!alive.has(run) || alive.size < 2) {
    return { kind: "open", waits: waysOut(runs, needs, isRefused) };
  }
  const inside = new Map<OpId, Op>();
  for (const { ops } of alive) for (const op of ops) inside.set(op.id, op);
  const ops = [...inside.values()].filter((op) => lookup(op.id) === undefined);
  ops.sort((left, right) => left.lamport - right.lamport);
  const waiting = [...alive].flatMap((one) => reached.get(one) ?? []);
  return { kind: "circle", circle: { waiting, ops } };
}

/** For each run an op that it needs: one that no run holds, or of a run that is nearer to such. */
function waysOut(
  runs: readonly Run[],
  needs: ReadonlyMap<Run, ReadonlySet<OpId>>,
  isRefused: (id: OpId) => boolean,
): ReadonlyMap<Run, OpId> {
  const held = new Set(runs.flatMap(({ ops }) => ops.map(({ id }) => id)));
  const needing = needingOf(needs);
  const waits = new Map<Run, OpId>();
  for (const [run, named] of needs) {
    const outside = [...named].find((id) => !held.has(id) && !isRefused(id));
    if (outside !== undefined) waits.set(run, outside);
  }
  for (const next of waits.keys()) {
    for (const { id } of next.ops) {
      for (const run of needing.get(id) ?? []) if (!waits.has(run)) waits.set(run, id);
    }
  }
  return waits;
}

function needingOf(needs: ReadonlyMap<Run, ReadonlySet<OpId>>): ReadonlyMap<OpId, readonly Run[]> {
  const needing = new Map<OpId, Run[]>();
  for (const [run, named] of needs) {
    for (const id of named) {
      const runs = needing.get(id);
      if (runs === undefined) needing.set(id, [run]);
      else runs.push(run);
    }
  }
  return needing;
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
  const needing = needingOf(needs);
  for (const run of runs) {
    for (const op of run.ops) {
      inside.set(op.id, op);
      holders.set(op.id, (holders.get(op.id) ?? 0) + 1);
    }
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
