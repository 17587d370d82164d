/** What holds of every past, for tests of several files. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Op } from "../../op/op.ts";
import { Boards } from "../boards.ts";
import type { PastItem } from "../boards.ts";
import { compare, differences } from "../comparison.ts";
import { Fold, itemsOf } from "../source.ts";
import { anySteps, pastOf } from "./arbitrary.ts";
import { finish, testHash } from "./past.ts";

/** The live items after these ops, in no clever way. */
export function plainBoard(ops: readonly Op[]): ReadonlyMap<string, PastItem> {
  const fold = new Fold(testHash);
  for (const [index, op] of ops.entries()) fold.apply({ index, op });
  const found = new Map<string, PastItem>();
  for (const item of new Set(ops.flatMap(itemsOf))) {
    const view = fold.view(item);
    if (view !== null) found.set(item, { item, fields: view.fields });
  }
  return found;
}

const anyMoments = fc.array(fc.nat({ max: 45 }), { minLength: 1, maxLength: 6 });

export const boardProperty = fc.property(anySteps, anyMoments, (steps, moments) => {
  const past = pastOf(steps);
  const boards = new Boards();
  for (const moment of moments) {
    const ops = Math.min(moment, past.count);
    const board = finish(boards.at(past, { ops: moment }));
    assert.equal(board.at, ops);
    assert.equal(board.time, ops === 0 ? null : past.ops[ops - 1]?.time);
    assert.deepEqual(board.items, plainBoard(past.ops.slice(0, ops)));
  }
});

export const comparisonProperty = fc.property(
  anySteps,
  fc.nat({ max: 45 }),
  fc.nat({ max: 45 }),
  (steps, from, to) => {
    const past = pastOf(steps);
    const [one, other] = [from, to].map((ops) => plainBoard(past.ops.slice(0, ops)));
    assert.ok(one !== undefined && other !== undefined);
    assert.deepEqual(finish(compare(past, { from, to })), differences(one, other));
    assert.deepEqual(finish(compare(past, { from, to: from })), []);
    const found = finish(compare(past, { from, to }));
    const isEqual = found.length === 0;
    assert.equal(isEqual, fc.stringify([...one].sort()) === fc.stringify([...other].sort()));
  },
);
