/** The real tracker, where its files are present beside the repository: no line of it is here. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planImport } from "./importer.ts";
import { readSource } from "./reader.ts";
import type { ImportReport } from "./report.ts";
import { reportText } from "./report.ts";
import { TestPipeline } from "./testing/pipeline.ts";

const folder = join(import.meta.dirname, "../../../shared/data");
const itemsPath = join(folder, "tracker-items.jsonl");
const tracePath = join(folder, "tracker-trace.jsonl");
const isPresent = existsSync(itemsPath) && existsSync(tracePath);
const options = { skip: isPresent ? false : `${folder} is not here` };

const itemCount = 822;
const editCount = 7_735;
const creationCount = 957;

function run(pipeline: TestPipeline, path: string, chunk: number): ImportReport {
  const source = readSource(path);
  return pipeline.run(
    (state) => {
      const plan = planImport(source, state);
      assert.ok(plan.ok && plan.value.steps !== null);
      return plan.value.steps;
    },
    { chunk },
  );
}

test("the real items come in whole, and a second run writes nothing", options, (context) => {
  const pipeline = new TestPipeline();
  const started = performance.now();
  const first = run(pipeline, itemsPath, 500);
  const middle = performance.now();
  const second = run(pipeline, itemsPath, 500);
  context.diagnostic(`${reportText(first)} in ${Math.round(middle - started)} ms`);
  context.diagnostic(`${reportText(second)} in ${Math.round(performance.now() - middle)} ms`);
  assert.deepEqual([first.created, first.problemCount, first.ops], [itemCount, 0, itemCount]);
  assert.deepEqual([second.ops, second.skipped], [0, itemCount]);
});

test("the real trace ends where the real items are, each edit once", options, (context) => {
  const pipeline = new TestPipeline();
  const started = performance.now();
  const first = run(pipeline, tracePath, 500);
  const middle = performance.now();
  const second = run(pipeline, tracePath, 500);
  context.diagnostic(`${reportText(first)} in ${Math.round(middle - started)} ms`);
  context.diagnostic(`${reportText(second)} in ${Math.round(performance.now() - middle)} ms`);
  const again = first.reasons.find(({ why }) => why === "created again after a deletion");
  assert.equal(first.created + (again?.count ?? 0), creationCount);
  assert.deepEqual([first.ops, first.problemCount], [editCount, 0]);
  assert.deepEqual([second.ops, second.skipped], [0, editCount]);
  const items = run(pipeline, itemsPath, 500);
  assert.deepEqual([items.ops, items.skipped], [0, itemCount]);
  const inItems = new Set(
    readFileSync(itemsPath, "utf8")
      .trimEnd()
      .split("\n")
      .map((text) => (JSON.parse(text) as { id: string }).id),
  );
  for (const id of pipeline.document.itemIds()) {
    if (inItems.has(id)) continue;
    const { stage, reason } = pipeline.fields(id) ?? {};
    assert.deepEqual([stage, reason], ["archived", "deleted"], id);
  }
});
