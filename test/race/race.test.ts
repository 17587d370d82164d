/** A little of the runs that `npm run race`, `takeover` and `partition` make long. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isApplicable } from "../../sim/variant.ts";
import { claimMutants } from "../../sim/claims/mutants.ts";
import { runClaims } from "../../sim/claims/run.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { partition } from "./partition.ts";
import { race } from "./race.ts";
import { takeover } from "./takeover.ts";

const say = (): void => undefined;

test("agents on several nodes do each item once, and all agree who did it", async () => {
  const result = await race({ agents: 3, nodes: 2, items: 12, confirm: "hub", workMs: 0, say });
  const { completed, duplicates, winners_differ } = result;
  assert.deepEqual(
    { completed, duplicates, winners_differ },
    { completed: 12, duplicates: 0, winners_differ: 0 },
  );
});

test("when an agent is killed, or its whole machine, another one takes over", async () => {
  const result = await takeover({ leaseMs: 1_500, graceMs: 500, say });
  const { completed, duplicates, orphans, winners_differ } = result;
  assert.deepEqual(
    { completed, duplicates, orphans, winners_differ },
    { completed: 4, duplicates: 0, orphans: 0, winners_differ: 0 },
  );
});

test("work in a partition is done twice no more often than it must be", async () => {
  const times = { leaseMs: 1_500, graceMs: 500, workMs: 50, quietMs: 1_000, say };
  const result = await partition({ items: 12, confirm: "hub", ...times });
  assert.deepEqual([result.completed, result.winners_differ], [12, 0]);
  assert.ok(result.duplicates <= result.duplicates_max, JSON.stringify(result));
});

test("15 seeds of the simulator of claims keep every promise", async () => {
  for (let seed = 1; seed <= 15; seed += 1) {
    const { failure } = await runClaims(String(seed));
    assert.equal(failure, null, `npm run sim:claims -- --seed ${seed}`);
  }
});

test("the broken variants of claims still fit the code as it is", () => {
  const root = join(import.meta.dirname, "../..");
  const stale = claimMutants.filter(({ patches }) =>
    patches.some((patch) => !isApplicable(readFileSync(join(root, patch.file), "utf8"), patch)),
  );
  assert.deepEqual(
    stale.map(({ name }) => name),
    [],
  );
});
