/** The bootstrap script passes on what its task says; setting up from nothing is what CI does. */
import { spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

const script = join(import.meta.dirname, "..", "..", "scripts", "bootstrap.mjs");

function bootstrap(...args: readonly string[]): { status: number | null; stderr: string } {
  // Were the test runner's own variables passed on, the inner one would report to this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const done = spawnSync(process.execPath, [script, ...args], { env, encoding: "utf8" });
  return { status: done.status, stderr: done.stderr };
}

test("an unknown task ends with 1 and the names of the known ones", () => {
  const { status, stderr } = bootstrap("fly");
  assert.equal(status, 1);
  assert.match(stderr, /no task "fly"; there are: start, .*test/u);
});

test("the exit code and the message of the task come through", () => {
  const { status, stderr } = bootstrap("test", "no/such/file");
  assert.equal(status, 1);
  assert.match(stderr, /no test file matches no\/such\/file/u);
});
