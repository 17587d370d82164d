/** Putting pages together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Loaded } from "./pages.ts";
import { withNewest, withOlder } from "./pages.ts";

function loaded(text: string, next: string | null): Loaded<string> {
  return { entries: Array.from(text), next };
}

function text({ entries }: Loaded<string>): string {
  return entries.join("");
}

const key = (entry: string): string => entry;

test("new entries come before those that were loaded, each once", () => {
  const both = withNewest(loaded("edcba", null), loaded("gfe", "c1"), key);
  assert.equal(text(both), "gfedcba");
  assert.equal(both.next, null);
  assert.equal(text(withNewest(loaded("cba", "c2"), loaded("cba", "c2"), key)), "cba");
});

test("a first page that ends where the known ones end goes on from itself", () => {
  const both = withNewest(loaded("b", "old"), loaded("dcb", "new"), key);
  assert.equal(text(both), "dcb");
  assert.equal(both.next, "new");
});

test("where more came than a page holds, what was loaded is dropped, and nothing is left out", () => {
  const fresh = withNewest(loaded("cba", null), loaded("zyx", "c9"), key);
  assert.equal(text(fresh), "zyx");
  assert.equal(fresh.next, "c9");
  assert.equal(text(withNewest(loaded("cba", null), loaded("", null), key)), "");
});

test("older ones go behind, each once", () => {
  const both = withOlder(loaded("dc", "c1"), loaded("cba", null), key);
  assert.equal(text(both), "dcba");
  assert.equal(both.next, null);
});
