/**
 * The simulator as part of every test run: new seeds, every scenario that once failed, and a look
 * at the broken variants. More of each: `npm run sim`.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, json, towline } from "../src/cli/testing/program.ts";
import { drawScenario } from "../src/sim/draw.ts";
import { mutants } from "../sim/mutants.ts";
import { variantNamed } from "../sim/teeth.ts";
import { tightVariants } from "../sim/mutants-3.ts";
import { runSeeds } from "../src/sim/parallel.ts";
import { runScenario } from "../src/sim/run.ts";
import type { Scenario } from "../src/sim/scenario.ts";
import { shrink } from "../src/sim/shrink.ts";
import { summary } from "../src/sim/totals.ts";
import type { Totals } from "../src/sim/totals.ts";
import { isApplicable } from "../sim/variant.ts";

const root = join(import.meta.dirname, "..");
const corpus = join(root, "sim", "corpus");

test("300 seeds of the simulator keep every promise", async (t) => {
  // Shorter than those of `npm run sim`, so that all take half a minute of CPU.
  const job = { first: 1, seeds: 300, scale: 0.25, variant: null, isStopping: false };
  const totals = await runSeeds({ ...job, print: () => undefined });
  for (const line of summary(totals).split("\n")) t.diagnostic(line);
  const told = totals.failures.map(
    ({ seed, message }) => `${message}\nreplay: npm run sim -- --seed ${seed} --scale 0.25 --trace`,
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

test("towline sim runs seeds, and fails with the seed when a promise is broken", async () => {
  const good = await json<Totals>(["sim", "--seeds", "2", "--first", "7", "--scale", "0.5"]);
  assert.deepEqual([good.seeds, good.failures], [2, []]);
  // The same with a broken core: what caught it, and how to see it again.
  const { name, loader } = variantNamed("delta-off-by-one");
  const env = { NODE_OPTIONS: `--import=${loader}`, TOWLINE_MUTANT: name };
  const bad = await towline(["sim", "--seeds", "6"], { env });
  assert.equal(bad.code, 1);
  const seed = /^seed (\d+): /mu.exec(bad.stdout)?.[1] ?? "";
  assert.match(bad.stdout, new RegExp(`^replay: .* sim --seed ${seed} --trace$`, "mu"));
  assert.match(bad.stderr, /report the seed/u);
  assert.deepEqual(await failure(["sim", "--seed", seed], { env }), {
    code: "simulation/failed",
    message: "A promise was broken. Please report the seed: it is a bug.",
    exit: 1,
  });
  const wrong = await failure(["sim", "--scenario", join(root, "package.json")]);
  assert.equal(wrong.code, "usage/invalid");
  assert.equal((await failure(["sim", "--scale", "0"])).code, "usage/invalid");
});

test("pages and credit hold where they are used all the time", async () => {
  for (const { name } of tightVariants) {
    const job = { first: 1, seeds: 6, scale: 0.6, variant: variantNamed(name), isStopping: true };
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
