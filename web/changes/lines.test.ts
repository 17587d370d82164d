/** Reading the history of an item. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { byDay, canUndo, linesOf, narrowed } from "./lines.ts";

const change = {
  changes: [
    ["claim", "a", 3, [], {}],
    ["note", "a", "hello"],
    ["set", "a", "title", "x"],
    ["teleport", "a"],
  ],
  text: ["claimed it", "noted: hello", "set the title to x"],
};

test("each change has a line, a subject, and for claims the token", () => {
  assert.deepEqual(
    linesOf(change).map(({ subject, kind, epoch }) => [subject, kind, epoch]),
    [
      ["claims", "claim", 3],
      ["notes", "note", null],
      ["fields", "set", null],
      ["fields", "teleport", null],
    ],
  );
  assert.match(linesOf(change)[3]?.text ?? "", /newer version/u);
});

test("a timeline is narrowed to claims or notes", () => {
  const lines = linesOf(change);
  assert.equal(narrowed(lines, "all").length, 4);
  assert.deepEqual(
    narrowed(lines, "claims").map(({ text }) => text),
    ["claimed it"],
  );
});

test("values and moves can be undone, a beginning and a claim cannot", () => {
  assert.equal(canUndo({ changes: [["set", "a", "title", "x"]] }), true);
  assert.equal(canUndo({ changes: [["new", "a", {}]] }), false);
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
