/** Some thousand mutated inputs for every parser; `npm run chaos -- fuzz` fires more. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { fuzz } from "./fuzz/fuzz.ts";

const seed = process.env["TOWLINE_TEST_SEED"] ?? "fuzz-1";

test("no mutated input makes a parser throw, hang, pollute or take a second encoding", async (t) => {
  const log = (line: string): void => t.diagnostic(line);
  const { figures, violations } = await fuzz({ seed, rounds: 6_000, only: null, log });
  t.diagnostic(`TOWLINE_TEST_SEED=${seed} ${JSON.stringify(figures)}`);
  assert.deepEqual(violations, []);
});
