/** The waits between attempts: bounds, jitter, and the codes that wait longest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffCapMs, backoffFirstMs, healthyMs } from "../base/limits.ts";
import { backoffMs, isHealthy, isRefusal } from "./backoff.ts";

const nearlyOne = 1 - Number.EPSILON;

test("the bound doubles from the first wait up to the cap", () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7].map((failures) =>
    Math.ceil(backoffMs({ failures, random: nearlyOne }) / 1_000),
  );
  assert.deepEqual(bounds, [1, 2, 4, 8, 16, 30, 30]);
  assert.equal(backoffFirstMs, 1_000);
});

test("the jitter is full: every wait from 0 to the bound is as likely", () => {
  assert.equal(backoffMs({ failures: 6, random: 0 }), 0);
  assert.equal(backoffMs({ failures: 6, random: 0.5 }), backoffCapMs / 2);
  assert.ok(backoffMs({ failures: 6, random: nearlyOne }) <= backoffCapMs);
});

test("no number of failures makes the wait other than a number up to the cap", () => {
  for (const failures of [1_000, 1_025, 100_000, Number.MAX_SAFE_INTEGER]) {
    assert.equal(backoffMs({ failures, random: 0.5 }), backoffCapMs / 2);
  }
});

test("only a session that lasted long enough was healthy", () => {
  assert.equal(isHealthy(healthyMs - 1), false);
  assert.equal(isHealthy(healthyMs), true);
});

test("codes that only a person can change are refusals, the others are not", () => {
  for (const code of [1009, 4401, 4403, 4409, 4410, 4426]) assert.equal(isRefusal(code), true);
  for (const code of [1000, 1001, 1006, 4400, 4408, 4429, 4499]) {
    assert.equal(isRefusal(code), false);
  }
});
