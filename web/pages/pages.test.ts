/** Putting pages of changes together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeDto } from "../../src/client/contract.ts";
import type { Loaded } from "./pages.ts";
import { withNewest, withOlder } from "./pages.ts";

function loaded(ops: string, next: string | null): Loaded {
  return { changes: Array.from(ops, (op) => ({ op }) as unknown as ChangeDto), next };
}

function ops({ changes }: Loaded): string {
  return changes.map(({ op }) => op).join("");
}

test("new changes come before those that were loaded, each once", () => {
  const both = withNewest(loaded("edcba", null), loaded("gfe", "c1"));
  assert.equal(ops(both), "gfedcba");
  assert.equal(both.next, null);
  assert.equal(ops(withNewest(loaded("cba", "c2"), loaded("cba", "c2"))), "cba");
});

test("a first page that ends where the known ones end goes on from itself", () => {
  const both = withNewest(loaded("b", "old"), loaded("dcb", "new"));
  assert.equal(ops(both), "dcb");
  assert.equal(both.next, "new");
});

test("where more came than a page holds, what was loaded is dropped, and nothing is left out", () => {
  const fresh = withNewest(loaded("cba", null), loaded("zyx", "c9"));
  assert.equal(ops(fresh), "zyx");
  assert.equal(fresh.next, "c9");
});

test("older ones go behind, each once", () => {
  const both = withOlder(loaded("dc", "c1"), loaded("cba", null));
  assert.equal(ops(both), "dcba");
  assert.equal(both.next, null);
});
