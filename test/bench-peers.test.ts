/** The benchmark of peers, with the two that need no packages: names, exit codes, no leftovers. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "./support/until.ts";

const root = join(import.meta.dirname, "..");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the benchmark with its temporary folders in `temp`; stops it once `isTime`. */
async function runBench(
  args: readonly string[],
  temp: string,
  isTime: (() => boolean) | null = null,
): Promise<Ended> {
  const argv = ["--disable-warning=ExperimentalWarning", "bench/peers/main.ts", ...args];
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: { ...process.env, TMPDIR: temp, TEMP: temp },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  if (isTime !== null) {
    await until(isTime, "the benchmark is at work", 30_000);
    child.kill("SIGINT");
  }
  return { code: await ended, stdout, stderr };
}

function tempFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "towline-bench-peers-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface Content {
  readonly figures: Readonly<
    Record<string, { readonly value: number; readonly unit: string; readonly how: string }>
  >;
  readonly missing: Readonly<Record<string, string>>;
}

const contentOf = (path: string): Content => JSON.parse(readFileSync(path, "utf8")) as Content;

const names = [
  ...["cold_join_10k", "cold_join_10k_ms", "cold_join_100k", "cold_join_100k_ms", "cold_join_cpu"],
  ...["wire_bytes_per_op", "restart_and_join", "rss_100k", "disk_per_op", "reconnect_100"],
  ...["reconnect_100_bytes", "reconnect_idle", "reconnect_idle_bytes", "live_p50", "live_p99"],
  ...["live_seen", "fanout_100", "fanout_100_hub_cpu"],
];

test("our own driver yields every figure", async () => {
  using temp = tempFolder();
  const json = join(temp.path, "figures.json");
  const args = ["--peers", "towline", "--updates", "100", "--runs", "1", "--json", json];
  const { code, stderr } = await runBench(args, temp.path);
  assert.equal(code, 0, stderr);
  const { figures, missing } = contentOf(json);
  assert.deepEqual(missing, {});
  const wanted = names.map((name) => `towline.${name}`);
  assert.deepEqual(Object.keys(figures).sort(), wanted.sort());
  for (const [name, { value, unit, how }] of Object.entries(figures)) {
    assert.ok(Number.isFinite(value) && value > 0, `${name}: ${value}`);
    assert.ok(unit !== "" && how !== "", name);
  }
  assert.deepEqual(readdirSync(temp.path), ["figures.json"]);
});

test("a trace gives figures of its own, and --only leaves the others out", async () => {
  using temp = tempFolder();
  const [trace, json] = [join(temp.path, "trace.jsonl"), join(temp.path, "figures.json")];
  const lines = [
    { node: "n01", item: "bd-1", op: "create", set: { title: "One", priority: 2, labels: ["a"] } },
    { node: "n01", item: "bd-2", op: "create", set: { title: "Two", status: "open" } },
    { node: "n01", item: "bd-1", op: "update", set: { priority: null, design: "Plain" } },
    { node: "n02", item: "bd-2", op: "delete" },
    { node: "n02", item: "bd-2", op: "create", set: { title: "Two again" } },
  ];
  writeFileSync(trace, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const args = ["--peers", "towline,floor", "--trace", trace, "--only", "cold", "--runs", "1"];
  const { code, stdout, stderr } = await runBench([...args, "--json", json], temp.path);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\| `cold_join_trace` +\| ops\/s +\| [\d,]+ +\| [\d,]+ \([\d.]+x\)/u);
  const keys = Object.keys(contentOf(json).figures);
  assert.ok(keys.includes("towline.cold_join_trace") && keys.includes("floor.cold_join_trace_ms"));
  assert.ok(!keys.some((key) => /live|reconnect|100k/u.test(key)), keys.join(", "));
});

test("what cannot be measured is named with its reason, and the exit code is 1", async () => {
  using temp = tempFolder();
  const [trace, json] = [join(temp.path, "trace.jsonl"), join(temp.path, "figures.json")];
  writeFileSync(trace, "no JSON\n");
  const args = ["--peers", "floor", "--trace", trace, "--only", "live", "--json", json];
  const { code, stdout } = await runBench(args, temp.path);
  assert.equal(code, 1);
  assert.match(stdout, /MISSING floor\.live_p50, floor\.live_p99, floor\.live_seen: .*JSON/u);
  const { figures, missing } = contentOf(json);
  assert.deepEqual(figures, {});
  assert.equal(Object.keys(missing).length, 3);
});

test("an option that it does not take is explained", async () => {
  using temp = tempFolder();
  const unknown = await runBench(["--peers", "towline,carrier-pigeon"], temp.path);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no peer carrier-pigeon; there are: towline, floor, yjs/u);
  const nothing = await runBench(["--peers", "floor", "--only", "speed"], temp.path);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /no figure begins with speed/u);
});

test("a run that is interrupted leaves neither folders nor processes", async () => {
  using temp = tempFolder();
  const isAtWork = (): boolean => readdirSync(temp.path).some((name) => isMade(temp.path, name));
  const { code } = await runBench(["--peers", "floor", "--updates", "50000"], temp.path, isAtWork);
  assert.equal(code, 130);
  assert.deepEqual(readdirSync(temp.path), []);
});

/** True once a process of the peer has written files. */
function isMade(temp: string, name: string): boolean {
  return existsSync(join(temp, name, "floor", "1", "ops.db"));
}
