/** Each example runs, as a process of its own, and does what its first line says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { json, RunningNode, temporaryFolder } from "../src/cli/testing/program.ts";
import { pipelineWith } from "./support/pipeline.ts";
import { until } from "./support/until.ts";

const examples = join(import.meta.dirname, "../examples");

class Example {
  output = "";
  readonly #child;
  readonly ended: Promise<number | null>;

  constructor(t: TestContext, [name, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const path = join(examples, name ?? "", "main.ts");
    this.#child = spawn(process.execPath, ["--conditions=towline-source", path, ...args], {
      cwd: temporaryFolder(t),
      env: { ...process.env, ...env },
    });
    const take = (chunk: Buffer): string => (this.output += chunk.toString("utf8"));
    this.#child.stdout.on("data", take);
    this.#child.stderr.on("data", take);
    this.ended = once(this.#child, "close").then(([code]) => code as number | null);
    t.after(() => this.#child.kill("SIGKILL"));
  }

  async says(what: RegExp): Promise<RegExpExecArray> {
    return await until(
      () => what.exec(this.output),
      () => `it says ${what.source}; it said ${this.output}`,
      20_000,
    );
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    assert.equal(await this.ended, 0, this.output);
  }
}

test("examples/README.md names each example", () => {
  const readme = readFileSync(join(examples, "README.md"), "utf8");
  const named = [...readme.matchAll(/^\| `([\w-]+)` \|/gmu)].map(([, name]) => name);
  const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.deepEqual(named.sort(), folders.map(({ name }) => name).sort());
});

test("hub-and-two-laptops: three nodes end with one state", async (t) => {
  const example = new Example(t, ["hub-and-two-laptops"]);
  assert.equal(await example.ended, 0, example.output);
  const states = [...example.output.matchAll(/state ([0-9a-f]{64})/gu)].map(([, state]) => state);
  assert.equal(states.length, 3);
  assert.equal(new Set(states).size, 1);
  assert.match(example.output, /apart: +ann has 1 item, bob has 1/u);
  assert.match(example.output, /login: Fix the login/u);
});

test("agent-in-20-lines: works on what is ready, and fails what it cannot do", async (t) => {
  const dir = await pipelineWith(t, {
    good: { title: "Good", stage: "coding", description: "do it" },
    vague: { stage: "coding" },
    later: {},
  });
  const example = new Example(t, ["agent-in-20-lines", dir]);
  assert.equal(await example.ended, 0, example.output);
  assert.match(example.output, /working on good, epoch 1: Good/u);
  const rows = await json<{ item: string; stage: string; blocked?: boolean }[]>([
    ...["list", "--dir", dir],
  ]);
  assert.deepEqual(
    rows.map(({ item, stage, blocked = false }) => [item, stage, blocked]),
    [
      ["later", "backlog", false],
      ["vague", "coding", true],
      ["good", "qa", false],
    ],
  );
  const lines = readFileSync(join(examples, "agent-in-20-lines/main.ts"), "utf8")
    .split("\n")
    .filter((line) => !/^(\/\/.*|[\s})]*|import.*)$/u.test(line));
  assert(lines.length <= 20, `${lines.length} lines`);
});

test("embed: a form makes items, and refuses nothing silently", async (t) => {
  const dir = join(temporaryFolder(t), "bugs");
  const example = new Example(t, ["embed", dir, "0"]);
  const [, url = ""] = await example.says(/report bugs at (\S+);/u);
  const report = async (title: string): Promise<Response> =>
    await fetch(url, { method: "POST", body: new URLSearchParams({ title }) });
  assert.equal((await report("It <b>crashes</b>")).status, 201);
  assert.equal((await report("x".repeat(20_000))).status, 413);
  const page = await (await fetch(url)).text();
  assert.match(page, /It &lt;b>crashes&lt;\/b> · backlog/u);
  await example.says(/changed: bug-/u);
  await example.stop();
});

test("dashboard: shows items by stage as they change, and that a token is refused", async (t) => {
  const dir = join(temporaryFolder(t), "data");
  const node = await RunningNode.start(["up", "--port", "0", "--dir", dir]);
  t.after(() => node.stop());
  const { token } = await json<{ token: string }>([
    "access",
    "add",
    "--role",
    "viewer",
    "--dir",
    dir,
  ]);
  const example = new Example(t, ["dashboard", node.ready.http], { TOKEN: token });
  await example.says(/backlog 0/u);
  await json(["add", "One", "--id", "one", "--dir", dir]);
  await example.says(/backlog 1/u);
  await json(["claim", "one", "--dir", dir]);
  await example.says(/at work:\n +One {2}tester, heard of 0 min ago/u);
  await example.stop();
  const stranger = new Example(t, ["dashboard", node.ready.http], { TOKEN: "wrong" });
  await stranger.says(/signed-out/u);
  assert.equal(await stranger.ended, 1);
});
