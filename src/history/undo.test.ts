/** Taking ops back: what is shown again, what somebody else changed, what is final. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../base/json.ts";
import type { Op } from "../op/op.ts";
import { itemsOf } from "./source.ts";
import { anyEdits, anySteps, pastOf } from "./testing/arbitrary.ts";
import { finish, TestPast } from "./testing/past.ts";
import type { UndoPlan } from "./undo.ts";
import { isUndoable, planUndo } from "./undo.ts";

function planOf(past: TestPast, op: Op, only: string | null = null): UndoPlan {
  return finish(planUndo(past, { op, only, live: past.live }));
}

/** Writes what the plan says, as a command does. */
function carryOut(past: TestPast, { changes, moves }: UndoPlan): Op {
  const back = moves.map(({ item, to }): Json => ["set", item, "stage", to]);
  return past.write("ann", [...changes, ...back]);
}

function shown(past: TestPast, items: readonly string[]): unknown {
  return items.map((item) => past.live.view(item)?.fields ?? null);
}

const allItems = ["a", "b", "constructor"];

test("undoing the last op shows again what was there before it, and undoing that the op", () => {
  const property = fc.property(anySteps, anyEdits, (steps, recipes) => {
    const past = pastOf(steps);
    const before = shown(past, allItems);
    const op = past.write(
      "ann",
      recipes.map((recipe) => recipe(past)),
    );
    const after = shown(past, allItems);
    const plan = planOf(past, op);
    const touched = itemsOf(op).filter((item) => past.live.view(item) === null);
    fc.pre(touched.length === 0);
    assert.deepEqual([plan.overridden, plan.impossible], [[], []]);
    const undo = carryOut(past, plan);
    assert.deepEqual(shown(past, allItems), before);
    const again = planOf(past, undo);
    assert.deepEqual([again.overridden, again.impossible], [[], []]);
    carryOut(past, again);
    assert.deepEqual(shown(past, allItems), after);
  });
  fc.assert(property, { numRuns: 300 });
});

test("what is not named as overridden shows again what was there before an earlier op", () => {
  const property = fc.property(anySteps, fc.nat({ max: 39 }), (steps, at) => {
    const past = pastOf(steps);
    const op = past.ops[at];
    fc.pre(op !== undefined);
    const plan = planOf(past, op);
    const others = allItems.filter((item) => !itemsOf(op).includes(item));
    const before = shown(past, others);
    carryOut(past, plan);
    assert.deepEqual(shown(past, others), before, "no other item is touched");
    const again = planOf(past, op);
    const isLeft = again.changes.filter(([kind]) => kind !== "inc").length + again.moves.length;
    assert.equal(isLeft, 0, "all was taken back, with what was overridden");
  });
  fc.assert(property, { numRuns: 200 });
});

function newPast(): TestPast {
  const past = new TestPast();
  past.write("ann", [["new", "a", { title: "A", stage: "backlog", priority: 1 }]]);
  return past;
}

test("a register goes back to what it was, and is cleared when it was not set", () => {
  const past = newPast();
  const op = past.write("ann", [
    ["set", "a", "priority", 3],
    ["set", "a", "assignee", "ann"],
    ["set", "a", "stage", "coding"],
    ["move", "a", "coding", [], {}],
  ]);
  const { changes, moves, overridden, impossible } = planOf(past, op);
  assert.deepEqual(changes, [
    ["set", "a", "priority", 1],
    ["set", "a", "assignee", null],
  ]);
  assert.deepEqual(moves, [{ item: "a", to: "backlog" }]);
  assert.deepEqual([overridden, impossible], [[], []]);
});

test("what somebody has changed since is named, field by field", () => {
  const past = newPast();
  const op = past.write("ann", [
    ["set", "a", "priority", 3],
    ["set", "a", "title", "B"],
    ["add", "a", "labels", "red"],
    ["inc", "a", "retries", 2],
  ]);
  past.write("bob", [["set", "a", "priority", 5]]);
  past.write("bob", [["add", "a", "labels", "red"]]);
  past.write("bob", [["inc", "a", "retries", 1]]);
  const plan = planOf(past, op);
  assert.deepEqual(plan.overridden, ["priority of a", '"red" in labels of a']);
  assert.deepEqual(plan.changes.slice(0, 3), [
    ["inc", "a", "retries", -2],
    ["set", "a", "priority", 1],
    ["set", "a", "title", "A"],
  ]);
  const both = past.live.document.adds("a", "labels", "red");
  assert.equal(both.length, 2);
  assert.deepEqual(plan.changes[3], ["rem", "a", "labels", "red", both]);
  past.write("bob", [["set", "a", "title", "A"]]);
  assert.ok(!planOf(past, op).changes.some(([, , field]) => field === "title"), "it is so already");
});

test("an item that was created goes, unless somebody has worked on it since", () => {
  const past = newPast();
  const op = past.ops[0] as Op;
  assert.deepEqual(planOf(past, op).changes, [["del", "a"]]);
  assert.deepEqual(planOf(past, op).overridden, []);
  past.write("bob", [["note", "a", "mine"]]);
  assert.deepEqual(planOf(past, op).overridden, ["a was changed after it was created"]);
});

test("deletion is final, notes stay, and so does what was said of a claim", () => {
  const past = newPast();
  const note = past.write("ann", [
    ["note", "a", "text"],
    ["set", "a", "priority", 2],
  ]);
  assert.deepEqual(planOf(past, note).impossible, ["a note stays: write another one"]);
  assert.deepEqual(planOf(past, note).changes, [["set", "a", "priority", 1]]);
  const claim = past.write("ann", [["claim", "a", 1, [], {}]]);
  assert.equal(planOf(past, claim).impossible.length, 1);
  assert.equal(isUndoable(claim), false);
  const done = past.write("ann", [["complete", "a", 1, claim.id, { to: "done", seen: [] }]]);
  assert.equal(isUndoable(done), true);
  assert.match(planOf(past, done).impossible[0] ?? "", /move the item back/u);
  const fail = past.write("ann", [["fail", "a", 1, claim.id, { reason: "x" }]]);
  assert.match(planOf(past, fail).impossible[0] ?? "", /towline retry/u);
  const strange = past.write("ann", [["paint", "a", "red"]]);
  assert.match(planOf(past, strange).impossible[0] ?? "", /newer version/u);
  const gone = past.write("ann", [["del", "a"]]);
  for (const op of [gone, note]) {
    assert.deepEqual(planOf(past, op).impossible, ["a was deleted, which is final"]);
  }
  const founding = past.write("ann", [["mesh", "ab".repeat(32), "team"]]);
  assert.deepEqual(planOf(past, founding).impossible, ["a mesh is founded once"]);
});

test("of an op about several items the part of one can be taken back", () => {
  const past = newPast();
  past.write("ann", [["new", "b", { title: "B" }]]);
  const op = past.write("ann", [
    ["set", "a", "priority", 7],
    ["set", "b", "priority", 8],
  ]);
  assert.deepEqual(planOf(past, op, "b").changes, [["set", "b", "priority", null]]);
  assert.equal(planOf(past, op).changes.length, 2);
});
