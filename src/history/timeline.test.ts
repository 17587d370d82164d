/** What people read of the past: one line for each change, with what it met and what came of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../base/json.ts";
import { linesOf } from "./lines.ts";
import { anySteps, pastOf } from "./testing/arbitrary.ts";
import { finish, TestPast } from "./testing/past.ts";
import type { TimelinePage } from "./timeline.ts";
import { timeline } from "./timeline.ts";
import { tupleOf } from "./tuples.ts";

function textsOf(past: TestPast, item = "a"): readonly string[] {
  const { entries } = finish(timeline(past, item, { before: null, limit: 100 }));
  return entries.toReversed().flatMap(({ text }) => text);
}

function past(...bodies: readonly (readonly Json[])[]): TestPast {
  const made = new TestPast();
  for (const body of bodies) made.write("ann", body);
  return made;
}

test("each kind of change has its line, with what was there before", () => {
  const made = past(
    [["new", "a", { title: "Fix the login", stage: "backlog", priority: 3 }]],
    [["set", "a", "priority", 1]],
    [["set", "a", "priority", null]],
    [
      ["set", "a", "stage", "coding"],
      ["move", "a", "coding", [], {}],
    ],
    [["set", "a", "description", "a long text"]],
    [["set", "a", "blocked", "no key"]],
    [["set", "a", "blocked", null]],
    [["set", "a", "frozen", true]],
    [["add", "a", "labels", "two words"]],
    [["rem", "a", "labels", "two words", []]],
    [["add", "a", "depends_on", "b"]],
    [["rem", "a", "depends_on", "b", []]],
    [["inc", "a", "retries", 2]],
    [["note", "a", "it fails\non Mondays"]],
    [["set", "a", "due", 1]],
    [["paint", "a"]],
    [["new", "a", {}]],
    [["set", "a", "stage", null]],
  );
  assert.deepEqual(textsOf(made), [
    'created "Fix the login" in backlog, priority 3',
    "priority 3 → 1",
    "priority 1 cleared",
    "moved to coding from backlog",
    "description written",
    'blocked: "no key"',
    "not blocked any more",
    "frozen",
    'label "two words" added',
    'label "two words" removed',
    "waits for b",
    "no longer waits for b",
    "retries 0 → 2",
    'noted: "it fails\\non Mondays"',
    "field due, which needs a newer version",
    "a change that needs a newer version (paint)",
    "created (it existed already)",
    "taken out of its stage from coding",
  ]);
});

test("what came of a change is told: another one stands, or the item was deleted", () => {
  const made = past([["new", "a", { title: "A" }]], [["set", "a", "priority", 5]]);
  made.write("bob", [["set", "a", "priority", 4]], 2);
  made.write("bob", [["del", "a"]]);
  made.write("bob", [["set", "a", "priority", 6]]);
  assert.deepEqual(textsOf(made).slice(1), [
    "priority → 5",
    "priority 5 → 4, but a later change stands",
    "deleted",
    "priority → 6, which the item's deletion made void",
  ]);
});

test("claims are told with their epoch, and whether they count", () => {
  const made = past([["new", "a", { title: "A", stage: "coding" }]]);
  const claim = made.write("ann", [["claim", "a", 1, [], { reason: "mine" }]]);
  made.write("ann", [["confirm", "a", 1, claim.id, { by: "hub" }]]);
  made.write("ann", [["renew", "a", 1, claim.id, {}]]);
  const rival = made.write("bob", [["claim", "a", 1, [], {}]]);
  made.write("bob", [["release", "a", 1, rival.id, { unused: true, reason: "lost" }]]);
  const end = made.write("ann", [["complete", "a", 1, claim.id, { to: "qa", seen: [] }]]);
  const next = made.write("eve", [["claim", "a", 2, [end.id], {}]]);
  made.write("eve", [["fail", "a", 2, next.id, { reason: "red tests", block: true }]]);
  made.write("eve", [["retry", "a", 2, next.id, {}]]);
  made.write("eve", [["claim", "a", 3, "nonsense", {}]]);
  made.write("ann", [
    ["set", "a", "stage", "done"],
    ["move", "a", "done", [end.id, next.id], { force: "it is late" }],
  ]);
  made.write("ann", [
    ["set", "a", "stage", "qa"],
    ["move", "a", "qa", [end.id, next.id], {}],
  ]);
  assert.deepEqual(textsOf(made).slice(1), [
    "claimed (epoch 1): mine",
    "claim confirmed by the hub (epoch 1)",
    "still worked on (epoch 1)",
    "claimed (epoch 1), without effect: another claim stands",
    "claim withdrawn (epoch 1): lost",
    "done (epoch 1), moved to qa",
    "claimed (epoch 2)",
    'failed (epoch 2): "red tests", blocked after the last try',
    "to be tried again",
    "a claim that is malformed, without effect",
    "moved to done from qa",
    'against the rules of the stages: "it is late"',
    "moved to qa from done",
    "settles 2 moves that did not know of one another",
  ]);
});

test("without a look at the item a line says no more than the change", () => {
  const [op] = past([
    ["set", "a", "priority", 1],
    ["inc", "a", "retries", -1],
    ["set", "a", "stage", "qa"],
    ["set", "a", "title", "long ".repeat(40)],
    ["set", "a", "x_list", [1, 2]],
  ]).ops;
  assert.deepEqual(linesOf(op?.changes ?? []), [
    "priority → 1",
    "retries -1",
    "moved to qa",
    `title → "${"long ".repeat(11)}long…"`,
    "x_list → [1,2]",
  ]);
  assert.deepEqual(linesOf(past([["mesh", "ab".repeat(32), "team"]]).ops[0]?.changes ?? []), [
    "founded the mesh team",
  ]);
});

test("pages hold each op about the item once, newest first, and its changes as they are", () => {
  const property = fc.property(anySteps, fc.integer({ min: 1, max: 7 }), (steps, limit) => {
    const made = pastOf(steps);
    const indices: number[] = [];
    let before: number | null = null;
    do {
      const page: TimelinePage = collect(made, before, limit);
      assert.ok(page.entries.length <= limit);
      for (const { index, op, changes } of page.entries) {
        indices.push(index);
        const raw = changes.map(tupleOf);
        assert.ok(raw.length > 0 && raw.every((tuple) => tuple[1] === "a"));
        assert.deepEqual(
          raw,
          op.changes.map(tupleOf).filter((tuple) => tuple[1] === "a"),
        );
      }
      before = page.next;
    } while (before !== null);
    assert.deepEqual(indices.toReversed(), made.historyOf("a"));
  });
  fc.assert(property, { numRuns: 100 });
});

function collect(made: TestPast, before: number | null, limit: number): TimelinePage {
  return finish(timeline(made, "a", { before, limit }));
}
