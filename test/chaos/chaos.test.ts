/** A little of each part of `npm run chaos`; its large counts take longer than a test may. */
import { suite, test } from "node:test";
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import { damage } from "./damage.ts";
import { disk } from "./disk.ts";
import { kill } from "./kill.ts";
import type { Outcome, Settings } from "./part.ts";
import { proxy } from "./proxy.ts";
import { strangers } from "./strangers.ts";

const seed = process.env["TOWLINE_TEST_SEED"] ?? "chaos-1";

async function check(
  t: TestContext,
  rounds: number,
  part: (settings: Settings) => Promise<Outcome>,
): Promise<Outcome> {
  const log = (line: string): void => t.diagnostic(line);
  const outcome = await part({ seed, rounds, only: null, log });
  t.diagnostic(`TOWLINE_TEST_SEED=${seed} ${JSON.stringify(outcome.figures)}`);
  assert.deepEqual(outcome.violations, []);
  return outcome;
}

// Much of it is waiting: two at a time take half as long.
suite("chaos", { concurrency: 2 }, () => {
  test("strangers are bounded, and keep no honest node out", async (t) => {
    const some = { idle: 600, mixed: 240, ms: 1_500 };
    await check(t, 1, async (settings) => await strangers(settings, some));
  });

  test("kill -9 of any of three nodes loses nothing that was acknowledged", async (t) => {
    await check(t, 3, kill);
  });

  test("nodes behind a network that breaks agree once it is healed", async (t) => {
    await check(t, 1, proxy);
  });

  test("a node on a disk that fills refuses with the code, answers, and heals", async (t) => {
    const { figures } = await check(t, 3, disk);
    if ("skipped" in figures) t.skip("NOT TESTED: only root may mount a disk");
  });

  test("damaged files give the exact state or a clear refusal", async (t) => {
    await check(t, 50, damage);
  });
});
