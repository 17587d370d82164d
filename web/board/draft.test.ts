/** Editing a card sends what was changed, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { item } from "../../src/client/testing/fake-node.ts";
import type { CardDraft } from "./draft.ts";
import { changesIn, draftOf } from "./draft.ts";

const start = draftOf({
  ...item("a", { title: "Fix", priority: 2, labels: ["ui", "api"] }),
  toldAt: 0,
});

function changed(change: Partial<CardDraft>): unknown {
  return changesIn(start, { ...start, ...change });
}

test("what is left as it was is not sent", () => {
  assert.equal(changed({}), null);
  assert.equal(changed({ title: "  Fix\n", labels: "ui,api,, ui" }), null);
  assert.equal(changed({ title: " " }), null, "a title is not emptied by accident");
});

test("a title is one line, a priority a number or nothing, labels a list", () => {
  assert.deepEqual(changed({ title: "Fix\nthe login" }), { title: "Fix the login" });
  assert.deepEqual(changed({ priority: "P1" }), { priority: 1 });
  assert.deepEqual(changed({ priority: "" }), { priority: null });
  assert.deepEqual(changed({ priority: "high" }), { priority: "high" });
  assert.deepEqual(changed({ labels: "ui, needs:gpu" }), { labels: ["ui", "needs:gpu"] });
  assert.deepEqual(changed({ labels: "" }), { labels: [] });
});
