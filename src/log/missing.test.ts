/** What a peer lacks, by its heads and by locators: exact without forks, complete with any. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { present } from "../base/assert.ts";
import { locatorHeadsMax } from "../base/limits.ts";
import type { NodeId, Op } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { Frontier } from "./frontier.ts";
import { Log } from "./log.ts";
import { locatorOf, missingAfter, missingAt } from "./missing.ts";
import { author, chain, forge, seal, strangeId } from "./testing/forge.ts";

/** A log with the frontier of all of it. */
class Side {
  readonly log = new Log();
  readonly frontier = new Frontier();
  readonly #ops = new Map<number, Op>();

  constructor(ops: readonly Op[] = []) {
    for (const op of ops) this.take(op);
  }

  /** False when it is here already; throws when an ancestor is missing. */
  take(op: Op): boolean {
    if (this.log.find(op.id) !== undefined) return false;
    if (op.prev !== noOp) present(this.log.find(op.prev), "ancestors come first");
    const { entry } = this.log.append({ op, sig: seal(op), source: 1 });
    this.frontier.advance(entry);
    this.#ops.set(entry.index, op);
    return true;
  }

  ops(indices: readonly number[]): readonly Op[] {
    assert.deepEqual(
      indices,
      indices.toSorted((left, right) => left - right),
    );
    return indices.map((index) => present(this.#ops.get(index), "an op of this log"));
  }

  /** Answers a statement as a side of version 3 does. */
  answer(peer: Side): { readonly ops: readonly Op[]; readonly unplaced: readonly NodeId[] } {
    const { indices, unplaced } = missingAt(this.log, peer.frontier.heads, this.log.length);
    return { ops: this.ops(indices), unplaced };
  }

  locator(of: NodeId): readonly { readonly seq: number; readonly id: Op["id"] }[] {
    return locatorOf(this.log, this.frontier.of(of));
  }

  get ids(): readonly string[] {
    return [...this.log.ids()].sort();
  }
}

/** One exchange: both state, both answer, locators go to and fro. Returns how many came twice. */
function exchange(one: Side, other: Side): number {
  let repeats = 0;
  const give = (ops: readonly Op[], to: Side): void => {
    for (const op of ops) if (!to.take(op)) repeats += 1;
  };
  const [mine, yours] = [one.answer(other), other.answer(one)];
  give(mine.ops, other);
  give(yours.ops, one);
  const located = new Map([
    [one, new Set<NodeId>()],
    [other, new Set<NodeId>()],
  ]);
  const locate = (from: Side, to: Side, of: NodeId): void => {
    const told = present(located.get(from), "one of the two");
    if (told.has(of)) return;
    told.add(of);
    const heads = from.locator(of);
    if (to.log.chainOf(of).length === 0) return;
    const isUnknown = heads.some(({ id }) => to.log.find(id) === undefined);
    const indices = missingAfter(to.log, { author: of, heads, until: to.log.length });
    const ops = to.ops(indices);
    if (isUnknown) locate(to, from, of);
    give(ops, from);
  };
  for (const of of mine.unplaced) locate(one, other, of);
  for (const of of yours.unplaced) locate(other, one, of);
  return repeats;
}

interface Step {
  readonly author: number;
  /** How far back on its author's ops the op follows: 0 is the last one. */
  readonly back: number;
  readonly ours: boolean;
  readonly theirs: boolean;
}

function stepOf(isForking: boolean): fc.Arbitrary<Step> {
  const back = isForking
    ? fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) })
    : fc.constant(0);
  const isHere = fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  );
  return fc.record({ author: fc.integer({ min: 1, max: 3 }), back, ours: isHere, theirs: isHere });
}

/** Two logs of a world of ops: each holds an op if it may and holds what that follows. */
function worldOf(steps: readonly Step[]): readonly [Side, Side] {
  const chains = new Map<number, Op[]>();
  const sides = [new Side(), new Side()] as const;
  for (const [at, step] of steps.entries()) {
    const line = chains.get(step.author) ?? [];
    const prev = line.at(-1 - step.back) ?? null;
    const body = JSON.stringify([["note", "item", String(at)]]);
    const op = forge({ author: author(step.author), prev, body });
    chains.set(step.author, [...line, op]);
    for (const [side, isHere] of [step.ours, step.theirs].entries()) {
      const { log } = sides[side as 0 | 1];
      const isReady = prev === null || log.find(prev.id) !== undefined;
      if (isHere && isReady) sides[side as 0 | 1].take(op);
    }
  }
  return sides;
}

test("[V3-16] without forks the answer is exactly what the peer lacks, and nobody is located", () => {
  fc.assert(
    fc.property(fc.array(stepOf(false), { maxLength: 60 }), (steps) => {
      const [ours, theirs] = worldOf(steps);
      for (const [side, peer] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        const { ops, unplaced } = side.answer(peer);
        const lacking = side.ids.filter((id) => peer.log.find(id as Op["id"]) === undefined);
        assert.deepEqual(ops.map(({ id }) => id).sort(), lacking);
        assert.deepEqual(unplaced, []);
      }
      assert.equal(exchange(ours, theirs), 0);
      assert.deepEqual(ours.ids, theirs.ids);
    }),
  );
});

test("[V3-17] [V3-19] whatever forks, two exchanges make both sides equal", () => {
  fc.assert(
    fc.property(fc.array(stepOf(true), { maxLength: 80 }), (steps) => {
      const [ours, theirs] = worldOf(steps);
      exchange(ours, theirs);
      exchange(ours, theirs);
      assert.deepEqual(ours.ids, theirs.ids);
      const { ops, unplaced } = ours.answer(theirs);
      assert.deepEqual([ops, unplaced], [[], []]);
    }),
    { numRuns: 500 },
  );
});

test("[V3-16] only ops below the given index are missing: the stream brings the others", () => {
  const side = new Side(chain({ author: author(1), length: 5 }));
  const { indices } = missingAt(side.log, new Map(), 3);
  assert.deepEqual(indices, [0, 1, 2]);
  const heads = [{ seq: 1, id: present(side.log.at(0), "the first").id }];
  assert.deepEqual(missingAfter(side.log, { author: author(1), heads, until: 3 }), [1, 2]);
});

test("[V3-17] a peer that is ahead lacks nothing; at our height or below it is located", () => {
  const side = new Side(chain({ author: author(1), length: 5 }));
  const stated = (seq: number): readonly NodeId[] => {
    const heads = new Map([[author(1), [{ seq, id: strangeId(1) }]]]);
    const { indices, unplaced } = missingAt(side.log, heads, 5);
    assert.deepEqual(indices, []);
    return unplaced;
  };
  assert.deepEqual(stated(6), []);
  assert.deepEqual(stated(5), [author(1)]);
  assert.deepEqual(stated(1), [author(1)]);
});

test("[V3-17] of an author that is forked here a head that is not known is always located", () => {
  const trunk = chain({ author: author(1), length: 2 });
  const left = chain({ author: author(1), length: 2, prev: trunk[1] ?? null, note: "left" });
  const right = chain({ author: author(1), length: 2, prev: trunk[1] ?? null, note: "right" });
  const side = new Side([...trunk, ...left, ...right]);
  const heads = new Map([[author(1), [{ seq: 900, id: strangeId(1) }]]]);
  assert.deepEqual(missingAt(side.log, heads, 6).unplaced, [author(1)]);
  const known = new Map([[author(1), [{ seq: 4, id: left[1]?.id ?? noOp }]]]);
  assert.deepEqual(missingAt(side.log, known, 6), { indices: [4, 5], unplaced: [] });
});

test("[V3-18] a locator names the head, ops ever further down, and the first op", () => {
  const side = new Side(chain({ author: author(1), length: 40 }));
  const seqs = side.locator(author(1)).map(({ seq }) => seq);
  assert.deepEqual(seqs, [40, 39, 37, 33, 25, 9, 1]);
});

test("[V3-18] a locator covers all branches, names each op once, and has a bound", () => {
  const trunk = chain({ author: author(1), length: 3 });
  const heads = Array.from({ length: 700 }, (_, at) =>
    chain({ author: author(1), length: 1, prev: trunk[2] ?? null, note: String(at) }),
  );
  const side = new Side([...trunk, ...heads.flat()]);
  const located = side.locator(author(1));
  assert.equal(new Set(located.map(({ id }) => id)).size, located.length);
  assert.equal(located.length, 702);
  const more = Array.from({ length: 700 }, (_, at) =>
    chain({ author: author(1), length: 1, prev: trunk[2] ?? null, note: `more ${String(at)}` }),
  );
  for (const op of more.flat()) side.take(op);
  assert.equal(side.locator(author(1)).length, locatorHeadsMax);
});

test("[V3-14] as many equal heads as a peer may state do no harm", () => {
  const ops = chain({ author: author(1), length: 3 });
  const side = new Side(ops);
  const head = { seq: 2, id: ops[1]?.id ?? noOp };
  const heads = new Map([[author(1), Array.from({ length: 300_000 }, () => head)]]);
  assert.deepEqual(missingAt(side.log, heads, 3).indices, [2]);
});
