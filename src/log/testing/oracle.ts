/**
 * Which ops a node must have applied after some frames, by the most literal reading of WIRE 2: look
 * at every frame as a set, list its runs, and apply runs until nothing changes. Slow and plain;
 * shares no code with the log.
 */
import type { Op, OpId, ReceivedOp } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import { fakeCrypto } from "./forge.ts";
import { opMessage } from "../../op/signature.ts";

type Run = readonly Op[];

export interface Verdict {
  readonly applied: ReadonlySet<OpId>;
  /** Authenticated, and refused whatever else arrives. */
  readonly invalid: ReadonlySet<OpId>;
  /** Runs that are neither: an op that they name is neither applied nor invalid. */
  readonly open: readonly Run[];
}

export function judge(
  frames: readonly (readonly ReceivedOp[])[],
  undecodable: ReadonlySet<OpId>,
): Verdict {
  const runs = frames.flatMap((frame) => runsOf(frame));
  const applied = new Map<OpId, Op>();
  const invalid = new Set<OpId>(undecodable);
  for (let before = -1; before !== applied.size + invalid.size;) {
    before = applied.size + invalid.size;
    for (const run of runs) settle(run, applied, invalid);
    settleTogether(runs, applied, invalid);
  }
  const open = runs.filter((run) => {
    const last = run.at(-1) as Op;
    return !applied.has(last.id) && !invalid.has(last.id);
  });
  return { applied: new Set(applied.keys()), invalid, open };
}

/**
 * The runs of a frame: each op with a signature that verifies, and those before it that have none.
 */
function runsOf(frame: readonly ReceivedOp[]): Run[] {
  const isVouched = ({ op, sig }: ReceivedOp): boolean =>
    sig !== null && fakeCrypto.verify({ key: op.author, message: opMessage(op.id), sig });
  const signedIds = new Set(frame.filter(isVouched).map(({ op }) => op.id));
  const byId = new Map(frame.map(({ op }) => [op.id, op]));
  const runs: Run[] = [];
  for (const id of signedIds) {
    const run: Op[] = [byId.get(id) as Op];
    for (;;) {
      const first = run[0] as Op;
      const prev = byId.get(first.prev);
      if (prev?.author !== first.author || signedIds.has(prev.id)) break;
      run.unshift(prev);
    }
    const bytes = run.reduce((sum, op) => sum + op.bytes.length, 0);
    if (run.length <= 256 && bytes <= 256 * 1024) runs.push(run);
  }
  return runs;
}

/** Applies the run when all of it is valid, or finds out that it never will be. */
function settle(run: Run, applied: Map<OpId, Op>, invalid: Set<OpId>): void {
  const known = new Map(applied);
  for (const [at, op] of run.entries()) {
    const named = [op.prev, ...op.deps].filter((id) => id !== noOp);
    if (named.some((id) => !known.has(id) && !invalid.has(id))) return;
    const isBroken = named.some((id) => invalid.has(id));
    if (isBroken || !keepsRules(op, known)) {
      for (const later of run.slice(at)) invalid.add(later.id);
      return;
    }
    known.set(op.id, op);
  }
  for (const op of run) applied.set(op.id, op);
}

/** Applies the greatest set of open runs that name nothing but each other and what is applied. */
function settleTogether(
  runs: readonly Run[],
  applied: Map<OpId, Op>,
  invalid: ReadonlySet<OpId>,
): void {
  let together = runs.filter((run) => run.every((op) => !invalid.has(op.id)));
  for (let before = -1; before !== together.length;) {
    before = together.length;
    const known = new Map(applied);
    for (const op of together.flat()) known.set(op.id, op);
    together = together.filter((run) =>
      run.every((op) => {
        const named = [op.prev, ...op.deps].filter((id) => id !== noOp);
        return named.every((id) => known.has(id)) && keepsRules(op, known);
      }),
    );
  }
  for (const op of together.flat()) applied.set(op.id, op);
}

function keepsRules(op: Op, known: ReadonlyMap<OpId, Op>): boolean {
  const prev = op.prev === noOp ? null : (known.get(op.prev) as Op);
  const deps = op.deps.map((id) => known.get(id) as Op);
  if (prev !== null && (prev.author !== op.author || prev.seq + 1 !== op.seq)) return false;
  if (deps.some((dep) => dep.author === op.author)) return false;
  const lamports = [...(prev === null ? [] : [prev]), ...deps].map((ancestor) => ancestor.lamport);
  return op.lamport === 1 + Math.max(0, ...lamports);
}
