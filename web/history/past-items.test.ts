/** The board of a moment, by stages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pastStages } from "./past-items.ts";

test("items stand in their stages, by priority, and wait for what was not done then", () => {
  const byStage = pastStages({
    items: [
      { item: "b", fields: { stage: "coding", depends_on: ["c", "d", "gone"] } },
      { item: "a", fields: { stage: "coding", priority: 2 } },
      { item: "e", fields: { stage: "coding", priority: 1 } },
      { item: "c", fields: { stage: "done" } },
      { item: "d", fields: {} },
    ],
  });
  const ids = (stage: "backlog" | "coding" | "qa"): readonly string[] =>
    (byStage.get(stage) ?? []).map(({ item }) => item);
  assert.deepEqual(ids("coding"), ["e", "a", "b"]);
  assert.deepEqual(ids("backlog"), ["d"]);
  assert.deepEqual(ids("qa"), []);
  assert.deepEqual(byStage.get("coding")?.at(-1)?.waitsFor, ["d"]);
});
