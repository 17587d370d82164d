/** The demo, which is the first thing that people watch: it ends, agrees, and leaves nothing. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Closing {
  readonly agreed: boolean;
  readonly edits: number;
  readonly nodes: readonly {
    readonly state: string;
    readonly ops: string;
    readonly count: number;
  }[];
}

const root = join(import.meta.dirname, "..");

/** Runs the demo with its temporary folders in `temp`; `stopAfterMs` sends it SIGINT. */
async function runDemo(
  args: readonly string[],
  temp: string,
  stopAfterMs: number | null = null,
): Promise<Ended> {
  const argv = ["--disable-warning=ExperimentalWarning", "demo/main.ts", ...args];
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: { ...process.env, TMPDIR: temp, TEMP: temp, CI: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  if (stopAfterMs !== null) {
    await sleep(stopAfterMs);
    child.kill("SIGINT");
  }
  return { code: await ended, stdout, stderr };
}

function tempFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "towline-demo-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test("the demo ends with three equal digests and leaves no folder", async () => {
  using temp = tempFolder();
  const { code, stdout, stderr } = await runDemo(["--fast", "--json"], temp.path);
  assert.equal(code, 0, stderr);
  const closing = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Closing;
  assert.equal(closing.agreed, true);
  assert.equal(closing.nodes.length, 3);
  assert.equal(new Set(closing.nodes.map(({ state }) => state)).size, 1);
  assert.equal(new Set(closing.nodes.map(({ ops }) => ops)).size, 1);
  for (const { count } of closing.nodes) assert.ok(count > closing.edits);
  assert.deepEqual(readdirSync(temp.path), []);
});

test("without a terminal the demo tells in plain lines what happens", async () => {
  using temp = tempFolder();
  const { code, stdout } = await runDemo(["--fast"], temp.path);
  assert.equal(code, 0);
  for (const word of ["is cut", "is back", "caught up", "all three agree"]) {
    assert.ok(stdout.includes(word), `says "${word}"`);
  }
  assert.ok(!stdout.includes("\x1b"), "no escape sequences");
});

test("the demo that is interrupted cleans up", async () => {
  using temp = tempFolder();
  const { code } = await runDemo([], temp.path, 2_000);
  assert.equal(code, 130);
  assert.deepEqual(readdirSync(temp.path), []);
});

test("the demo explains an option that it does not take", async () => {
  using temp = tempFolder();
  const { code, stderr } = await runDemo(["--edits", "many"], temp.path);
  assert.equal(code, 2);
  assert.match(stderr, /--edits takes a number/u);
});
