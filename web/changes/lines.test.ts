/** Reading the history of an item. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { byDay, canUndo, isShown, linesOf, mainKind, subjectsOf } from "./lines.ts";

const done = {
  changes: [
    ["complete", "a", 3, "op", { to: "qa" }],
    ["note", "a", "hello"],
  ],
  text: ["done (epoch 3), moved to qa", 'noted: "hello"'],
};
const moved = {
  changes: [
    ["set", "a", "stage", "qa"],
    ["move", "a", "qa", [], {}],
  ],
  text: ["moved to qa"],
};

test("a change is shown with each subject that it has", () => {
  assert.deepEqual([...subjectsOf(done)], ["claims", "notes"]);
  assert.ok(isShown(done, "all") && isShown(done, "claims") && isShown(done, "notes"));
  assert.equal(isShown(done, "fields"), false);
  assert.equal(isShown(moved, "claims"), false);
});

test("the mark of a change is that of its main kind", () => {
  assert.equal(mainKind(done), "complete");
  assert.equal(mainKind(moved), "move");
  assert.equal(mainKind({ changes: [["set", "a", "title", "x"]] }), "set");
  assert.equal(mainKind({ changes: [[3]] }), "unknown");
  assert.equal(mainKind({ changes: [] }), "unknown");
});

test("a change has a line even where the node has none for it", () => {
  assert.deepEqual(linesOf(moved), ["moved to qa"]);
  assert.match(linesOf({ text: [] })[0] ?? "", /nothing/u);
});

test("values and moves can be undone, a beginning and a claim cannot", () => {
  assert.equal(canUndo({ changes: [["set", "a", "title", "x"]] }), true);
  const created = [
    ["new", "a", {}],
    ["add", "a", "labels", "ui"],
  ];
  assert.equal(canUndo({ changes: created }), false, "that would delete it");
  assert.equal(canUndo({ changes: [["claim", "a", 1, [], {}]] }), false);
});

test("entries are grouped by day, a day that comes back has a heading of its own", () => {
  const days = byDay(
    [5, 4, 14, 3].map((time) => ({ time })),
    (time) => `${Math.floor(time / 10)}`,
  );
  assert.deepEqual(
    days.map(({ day, entries }) => [day, entries.length]),
    [
      ["0", 2],
      ["1", 1],
      ["0", 1],
    ],
  );
});
