/** Arrow keys walk over cards and columns as a person expects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { boardKey, stageBeside, walk } from "./keys.ts";
import type { ColumnItems } from "./keys.ts";

const columns: readonly ColumnItems[] = [
  { stage: "backlog", items: ["a", "b", "c"] },
  { stage: "coding", items: [] },
  { stage: "qa", items: ["d"] },
];
const at = (stage: "backlog" | "qa", item: string) => ({ stage, item });

test("up, down, first and last stay in the column and stop at its ends", () => {
  assert.deepEqual(walk(columns, at("backlog", "a"), "down"), at("backlog", "b"));
  assert.deepEqual(walk(columns, at("backlog", "b"), "up"), at("backlog", "a"));
  assert.deepEqual(walk(columns, at("backlog", "a"), "last"), at("backlog", "c"));
  assert.deepEqual(walk(columns, at("backlog", "c"), "first"), at("backlog", "a"));
  assert.equal(walk(columns, at("backlog", "c"), "down"), null);
  assert.equal(walk(columns, at("backlog", "a"), "up"), null);
});

test("left and right skip empty columns and keep the height as far as there are cards", () => {
  assert.deepEqual(walk(columns, at("backlog", "c"), "right"), at("qa", "d"));
  assert.deepEqual(walk(columns, at("qa", "d"), "left"), at("backlog", "a"));
  assert.equal(walk(columns, at("qa", "d"), "right"), null);
});

test("from nowhere, and from a card that is gone, the first card is next", () => {
  assert.deepEqual(walk(columns, null, "down"), at("backlog", "a"));
  assert.deepEqual(walk(columns, at("qa", "gone"), "left"), at("backlog", "a"));
  assert.equal(walk([], null, "down"), null);
});

test("keys with a modifier are the browser's, and letters count in either case", () => {
  const key = (text: string, change = {}): unknown =>
    boardKey({ key: text, ctrlKey: false, metaKey: false, altKey: false, ...change });
  assert.deepEqual(key("M"), { kind: "menu" });
  assert.deepEqual(key("?"), { kind: "help" });
  assert.equal(key("m", { ctrlKey: true }), null);
  assert.equal(key("constructor"), null);
});

test("a carried card stays within the columns that are shown", () => {
  assert.equal(stageBeside(["backlog", "qa"], "backlog", "right"), "qa");
  assert.equal(stageBeside(["backlog", "qa"], "qa", "right"), "qa");
  assert.equal(stageBeside(["backlog", "qa"], "backlog", "left"), "backlog");
});
