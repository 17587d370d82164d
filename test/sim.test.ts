/**
 * The simulator as part of every test run: new seeds, every scenario that once failed, and a look
 * at the broken variants. More of each: `npm run sim`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { drawScenario } from "../sim/draw.ts";
import { mutants } from "../sim/mutants.ts";
import { tightVariants } from "../sim/mutants-3.ts";
import { runSeeds } from "../sim/parallel.ts";
import { runScenario } from "../sim/run.ts";
import type { Scenario } from "../sim/scenario.ts";
import { shrink } from "../sim/shrink.ts";
import { summary } from "../sim/totals.ts";
import { isApplicable } from "../sim/variant.ts";

const root = join(import.meta.dirname, "..");
const corpus = join(root, "sim", "corpus");

test("300 seeds of the simulator keep every promise", async (t) => {
  // A little shorter than those of `npm run sim`, so that all take under a minute of CPU.
  const job = { first: 1, seeds: 300, scale: 0.6, mutant: null, isStopping: false };
  const totals = await runSeeds({ ...job, print: () => undefined });
  for (const line of summary(totals).split("\n")) t.diagnostic(line);
  const told = totals.failures.map(
    ({ seed, message }) => `${message}\nreplay: npm run sim -- --seed ${seed} --scale 0.6 --trace`,
  );
  assert.deepEqual(told, []);
});

for (const file of readdirSync(corpus).filter((name) => name.endsWith(".json"))) {
  test(`what once failed does not fail again: ${file}`, () => {
    const scenario = JSON.parse(readFileSync(join(corpus, file), "utf8")) as Scenario;
    const { failure } = runScenario(scenario);
    assert.equal(failure?.message, undefined, scenario.note);
  });
}

test("one seed is one run", () => {
  const traces = [7, 7, 8].map((seed) => runScenario(drawScenario(String(seed))).hash);
  assert.equal(traces[0], traces[1]);
  assert.notEqual(traces[0], traces[2]);
});

test("at least 40 broken variants still break the code as it is", (t) => {
  const stale = [...mutants, ...tightVariants].filter(({ patches }) =>
    patches.some((patch) => !isApplicable(readFileSync(join(root, patch.file), "utf8"), patch)),
  );
  for (const { name } of stale) t.diagnostic(`sim/mutants.ts: ${name} no longer fits its file`);
  assert.ok(mutants.length - stale.length >= 40);
});

test("a broken variant is caught", async () => {
  const job = { first: 1, seeds: 40, scale: 1, mutant: "delta-off-by-one", isStopping: true };
  const { failures } = await runSeeds({ ...job, print: () => undefined });
  assert.notEqual(failures.length, 0);
});

test("pages and credit hold where they are used all the time", async () => {
  for (const { name } of tightVariants) {
    const job = { first: 1, seeds: 10, scale: 0.6, mutant: name, isStopping: true };
    const { failures } = await runSeeds({ ...job, print: () => undefined });
    assert.deepEqual(
      failures.map(({ seed, message }) => `${name}, seed ${seed}: ${message}`),
      [],
    );
  }
});

test("shrinking leaves out what does not matter", () => {
  const scenario = drawScenario("3");
  const isBad = (each: Scenario): string | null =>
    each.actions.some(({ kind }) => kind === "write") ? "writes" : null;
  const small = shrink(scenario, { check: "writes", print: () => undefined, run: isBad });
  assert.equal(small.actions.length, 1);
});
