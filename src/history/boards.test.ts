/** The board of the past, and what differs between two moments: what a plain fold shows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boardProperty, comparisonProperty, plainBoard } from "./testing/properties.ts";
import { Boards } from "./boards.ts";
import { compare } from "./comparison.ts";
import { Marks } from "./marks.ts";
import { foldItem } from "./moment.ts";
import { anySteps, pastOf } from "./testing/arbitrary.ts";
import { finish, TestPast } from "./testing/past.ts";

test("the board after N arrivals is the fold of these, wherever the slider was before", () => {
  fc.assert(boardProperty, { numRuns: 150 });
});

test("a comparison of two moments is the difference of their boards, either way", () => {
  fc.assert(comparisonProperty, { numRuns: 150 });
});

test("the board at a time has what was written by then, whenever it came here", () => {
  const property = fc.property(anySteps, fc.nat({ max: 45_000 }), (steps, time) => {
    const past = pastOf(steps);
    const board = finish(new Boards().at(past, { time }));
    const early = past.ops.filter((op) => op.time <= time);
    assert.deepEqual(board.items, plainBoard(early));
    assert.equal(board.at, early.length);
    for (const item of board.items.keys()) {
      const fold = finish(foldItem(past, item, { time }));
      assert.deepEqual(fold.view(item)?.fields, board.items.get(item)?.fields);
    }
  });
  fc.assert(property, { numRuns: 100 });
});

function longPast(ops: number): TestPast {
  const past = new TestPast();
  for (let at = 0; at < ops; at += 1) {
    const item = `item-${at % 500}`;
    past.write("ann", [at < 500 ? ["new", item, { title: item }] : ["set", item, "priority", at]]);
  }
  return past;
}

test("a slider that moves on reads only what it passes, a slice at a time", () => {
  const past = longPast(5_000);
  const boards = new Boards();
  finish(boards.at(past, { ops: 4_900 }));
  past.reads.length = 0;
  for (const ops of [4_910, 4_905, 4_905]) {
    const board = finish(boards.at(past, { ops }));
    assert.deepEqual(board.items, plainBoard(past.ops.slice(0, ops)));
  }
  const read = past.reads.reduce((sum, each) => sum + each, 0);
  assert.ok(read < 300, `${read} ops read`);
  assert.ok(Math.max(...past.reads) <= 32);
});

test("work on the past yields between slices, so that others get a turn", () => {
  const past = longPast(2_000);
  let turns = 0;
  for (const work = new Boards().at(past, { ops: 2_000 }); work.next().done !== true;) turns += 1;
  assert.ok(turns >= 2_000 / 32 - 1, `${turns} turns`);
  turns = 0;
  for (const work = compare(past, { from: 0, to: 2_000 }); work.next().done !== true;) turns += 1;
  assert.ok(turns >= (2 * 2_000) / 32 - 2, `${turns} turns`);
});

test("marks are at most 200, evenly spread, with the times at them, and read once", () => {
  const marks = new Marks();
  const past = longPast(950);
  const found = finish(marks.of(past));
  assert.equal(found.length, 190);
  assert.deepEqual(found[0], { at: 5, time: 5_000 });
  assert.deepEqual(found.at(-1), { at: 950, time: 950_000 });
  past.reads.length = 0;
  past.write("ann", [["note", "item-1", "more"]]);
  assert.deepEqual(finish(marks.of(past)), found);
  assert.deepEqual(past.reads, []);
  assert.deepEqual(finish(new Marks().of(new TestPast())), []);
});
