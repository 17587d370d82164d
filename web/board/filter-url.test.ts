/** Filters survive the way through the address. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf, queryOf } from "./filter-url.ts";

test("a filter is the same after the way through the address", () => {
  for (const filter of [
    {},
    { search: "a b & c=d", label: "ui/ö", assignee: "ann", holder: "agent 1" },
    { stage: "qa", isBlocked: true },
  ] as const) {
    assert.deepEqual(filterOf(queryOf(filter)), filter);
  }
  assert.equal(queryOf({}), "");
  assert.equal(queryOf({ search: "", isBlocked: false }), "");
});

test("what the address says that is no filter is left out", () => {
  assert.deepEqual(filterOf("?stage=nowhere&blocked=maybe&q=&other=1"), {});
});
