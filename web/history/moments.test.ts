/** Stepping through the history, and its moments in addresses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clampMoment,
  comparisonWords,
  momentByKey,
  playedOn,
  readWanted,
  timeOf,
  wantedSearch,
} from "./moments.ts";

const moments = {
  ops: 100,
  marks: [
    { at: 1, time: 1_000 },
    { at: 50, time: 5_000 },
    { at: 100, time: 9_000 },
  ],
};

test("keys go by one change, by one mark, and to both ends", () => {
  const by = (key: string, at = 50): number | null => momentByKey(moments, at, key);
  assert.equal(by("ArrowLeft"), 49);
  assert.equal(by("ArrowRight"), 51);
  assert.equal(by("PageUp"), 100);
  assert.equal(by("PageDown"), 1);
  assert.equal(by("PageDown", 1), 0);
  assert.equal(by("Home"), 0);
  assert.equal(by("End"), 100);
  assert.equal(by("ArrowLeft", 0), 0);
  assert.equal(by("ArrowRight", 100), 100);
  assert.equal(by("x"), null);
});

test("playing goes from mark to mark and ends", () => {
  assert.equal(playedOn(moments, 0), 1);
  assert.equal(playedOn(moments, 60), 100);
  assert.equal(playedOn(moments, 100), null);
  assert.equal(playedOn({ ops: 0, marks: [] }, 0), null);
});

test("a moment has about the time of the mark before it", () => {
  assert.equal(timeOf(moments, 0), null);
  assert.equal(timeOf(moments, 49), 1_000);
  assert.equal(timeOf(moments, 100), 9_000);
});

test("an address names moments, and nonsense in it means now", () => {
  const read = (text: string): unknown => readWanted(new URLSearchParams(text));
  assert.deepEqual(read("at=7&from=3"), { at: 7, from: 3 });
  assert.deepEqual(read("at=-7&from=1e9"), { at: null, from: null });
  assert.deepEqual(read(""), { at: null, from: null });
  assert.equal(wantedSearch({ at: 7, from: null }), "?at=7");
  assert.equal(wantedSearch({ at: null, from: null }), "");
  assert.equal(clampMoment(moments, 7_000), 100);
});

test("a comparison is summed up in words", () => {
  const item = { item: "a", title: "A", fields: [] };
  assert.equal(comparisonWords({ items: [] }), "nothing differs");
  assert.equal(
    comparisonWords({
      items: [
        { ...item, change: "created" },
        { ...item, change: "changed" },
        { ...item, change: "changed" },
      ],
    }),
    "1 created, 2 changed",
  );
});
