/** The driver: transactions, a full disk, a broken one, deadlines, and observers that misbehave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import { commitOpsMax, commitWaitMs, handshakeMs } from "../base/limits.ts";
import { author, chain, run } from "../log/testing/forge.ts";
import type { JsonObject } from "../base/json.ts";
import type { Notice } from "../replica/events.ts";
import { opJson } from "../replica/testing/model-peer.ts";
import { tokenFact } from "../replica/trust.ts";
import { TestRuntime, turn } from "./testing/fake-runtime.ts";

const full = new TowlineError("store/full", "The disk is full. Free some room.");

test("the writes of one turn of the event loop become one transaction", async () => {
  const node = new TestRuntime();
  const writes = Array.from({ length: 50 }, (_, at) => node.note(String(at)));
  assert.deepEqual(node.sizes, []);
  const ids = await Promise.all(writes);
  assert.deepEqual(node.sizes, [50]);
  assert.equal(new Set(ids.flat()).size, 50);
  await node.note();
  assert.deepEqual(node.sizes, [50, 1]);
});

test("a transaction is closed at 1,000 ops, in the middle of a turn", async () => {
  const node = new TestRuntime();
  await Promise.all(Array.from({ length: 2_500 }, () => node.note()));
  assert.deepEqual(node.sizes, [commitOpsMax, commitOpsMax, 500]);
});

test("a transaction is closed when its first op has waited for 5 ms", async () => {
  const node = new TestRuntime();
  const writes = [node.note()];
  node.clock.stall(commitWaitMs - 1);
  writes.push(node.note());
  assert.deepEqual(node.sizes, []);
  node.clock.stall(1);
  writes.push(node.note());
  assert.deepEqual(node.sizes, [3]);
  await Promise.all(writes);
});

test("[PEER-3] a caller hears of a write, an import and a fact only when they are on disk", async () => {
  const node = new TestRuntime();
  const seen: number[] = [];
  node.runtime.observe((notice) => {
    if (notice.kind === "applied") seen.push(node.disk.ops.length);
  });
  await node.note();
  assert.equal(node.disk.ops.length, 1);
  const lines = run(chain({ author: author(5), length: 3 })).map(opJson) as unknown as JsonObject[];
  assert.deepEqual(await node.runtime.importOps(lines), {
    ...{ applied: 3, known: 0, waiting: 0, refused: [] },
  });
  await node.runtime.learn([[tokenFact(author(7)), "{}"]]);
  assert.equal(node.disk.facts.get(tokenFact(author(7))), "{}");
  assert.deepEqual(seen, [1, 4]);
});

test("a write of nothing, and an import of nothing, are answered", async () => {
  const node = new TestRuntime();
  assert.deepEqual(await node.runtime.write({ actor: "", ops: [] }), []);
  assert.equal((await node.runtime.importOps([])).applied, 0);
});

test("a write that breaks a rule rejects with its code, and the node goes on", async () => {
  const node = new TestRuntime();
  const bad = node.runtime.write({ actor: "", ops: [[["set", "no item", "title", 1]]] });
  await assert.rejects(bad, { code: "write/invalid" });
  const large = node.runtime.write({ actor: "", ops: [[["note", "i", "x".repeat(70_000)]]] });
  await assert.rejects(large, { code: "write/too-large" });
  await node.note();
  assert.deepEqual(node.sizes, [1]);
});

test("on a full disk writes reject with store/full, links close, and the core is what is on disk", async () => {
  const node = new TestRuntime({ isOpen: true });
  await node.note("kept");
  const link = node.accept();
  const before = link.frames.length;
  node.fault = full;
  const writes = [node.note("lost 1"), node.note("lost 2")];
  await assert.rejects(writes[0] as Promise<unknown>, { code: "store/full" });
  await assert.rejects(writes[1] as Promise<unknown>, { code: "store/full" });
  assert.deepEqual([link.closes, link.frames.length], [[1001], before]);
  assert.equal(node.runtime.replica.log.length, 1);
  assert.equal(node.disk.ops.length, 1);
  assert.deepEqual(node.runtime.problem, { code: full.code, message: full.message });
  assert.deepEqual(node.fatal, []);
});

test("while the disk is full every write is tried and rejects, and no connection is taken", async () => {
  const node = new TestRuntime();
  node.fault = full;
  await assert.rejects(node.note(), { code: "store/full" });
  await assert.rejects(node.note(), { code: "store/full" });
  const link = node.accept();
  assert.deepEqual([link.frames, link.closes], [[], [1001]]);
  link.handlers.onFrame(new TextEncoder().encode("{}"), false);
  link.handlers.onClosed(1001);
  assert.deepEqual(link.ended, [1001]);
});

test("a node with a full disk tries it again by itself, and works as before once there is room", async () => {
  const node = new TestRuntime({ isOpen: true });
  await node.note("kept");
  node.fault = full;
  await assert.rejects(node.note("lost"), { code: "store/full" });
  for (let tries = 0; tries < 3; tries += 1) {
    node.clock.pass(2_000);
    assert.notEqual(node.runtime.problem, null);
  }
  node.fault = null;
  node.clock.pass(1_999);
  assert.notEqual(node.runtime.problem, null);
  node.clock.pass(1);
  assert.equal(node.runtime.problem, null);
  assert.equal(node.disk.facts.has("probe"), false);
  await node.note("after");
  assert.equal(node.disk.ops.length, 2);
  assert.equal(node.accept().frames.length, 1, "it challenges again");
});

test("a write finds out at once that there is room again", async () => {
  const node = new TestRuntime();
  node.fault = full;
  await assert.rejects(node.note(), { code: "store/full" });
  node.fault = null;
  await node.note();
  assert.equal(node.runtime.problem, null);
  assert.equal(node.disk.ops.length, 1);
});

test("any other failure of the disk is fatal: nothing is told, and the node takes no more", async () => {
  for (const fault of [
    new TowlineError("store/failed", "The disk failed."),
    new Error("EIO"),
    "EIO",
  ]) {
    const node = new TestRuntime({ isOpen: true });
    const link = node.accept();
    node.fault = fault;
    const before = link.frames.length;
    await assert.rejects(node.note(), { code: "store/failed" });
    assert.deepEqual(
      node.fatal.map(({ code }) => code),
      ["store/failed"],
    );
    assert.deepEqual([link.closes, link.frames.length], [[1001], before]);
    node.fault = null;
    await assert.rejects(node.note(), { code: "node/stopped" });
    assert.equal(node.disk.ops.length, 0);
    node.runtime.close();
  }
});

test("a disk that breaks while a full one is probed is fatal, too", async () => {
  const node = new TestRuntime();
  node.fault = full;
  await assert.rejects(node.note(), { code: "store/full" });
  node.fault = new TowlineError("store/failed", "The disk failed.");
  node.clock.pass(2_000);
  assert.deepEqual(
    node.fatal.map(({ code }) => code),
    ["store/failed"],
  );
});

test("an observer that throws is logged, and the others are still told", async () => {
  const node = new TestRuntime();
  const told: Notice["kind"][] = [];
  node.runtime.observe(() => {
    throw new Error("careless");
  });
  const stop = node.runtime.observe((notice) => told.push(notice.kind));
  await node.note();
  assert.deepEqual(told, ["wrote", "applied"]);
  assert.deepEqual(node.errors, ["an observer of the node threw", "an observer of the node threw"]);
  stop();
  await node.note();
  assert.equal(told.length, 2);
});

test("[PEER-3] an observer that writes and flushes makes no op known before it is on disk", async () => {
  const node = new TestRuntime({ isOpen: true });
  const late: Promise<unknown>[] = [];
  const early: Notice["kind"][] = [];
  node.runtime.observe((notice) => {
    if (notice.kind === "rejected") {
      late.push(node.note("from within"));
      node.runtime.flush();
    }
    if (node.runtime.replica.durable > node.disk.ops.length) early.push(notice.kind);
  });
  const lines = run(chain({ author: author(5), length: 1 })).map(opJson) as unknown as JsonObject[];
  await node.runtime.importOps([...lines, {}]);
  await Promise.all(late);
  assert.equal(node.disk.ops.length, 2);
  assert.deepEqual(early, []);
});

test("an observer may write, flush and close without upsetting the order of events", async () => {
  const node = new TestRuntime();
  let more = 3;
  node.runtime.observe((notice) => {
    if (notice.kind !== "applied" || more === 0) return;
    more -= 1;
    void node.note("from within");
    node.runtime.flush();
  });
  await node.note();
  for (let rounds = 0; rounds < 8; rounds += 1) await turn();
  assert.equal(node.disk.ops.length, 4);
  assert.equal(node.runtime.replica.durable, 4);
});

test("[AUTH-1] deadlines of the core are kept with the timer of the clock", async () => {
  const node = new TestRuntime();
  const link = node.accept();
  await turn();
  node.clock.pass(handshakeMs - 1);
  assert.deepEqual(link.closes, []);
  node.clock.pass(1);
  assert.deepEqual(link.closes, [4408]);
  await turn();
  assert.equal(node.clock.timers, 0);
});

test("closing flushes, closes each link with 1001, and answers all that comes later", async () => {
  const node = new TestRuntime();
  const link = node.accept();
  const write = node.note();
  node.runtime.close();
  await write;
  assert.deepEqual([node.sizes, link.closes], [[1], [1001]]);
  await assert.rejects(node.note(), { code: "node/stopped" });
  link.handlers.onFrame(new TextEncoder().encode("{}"), false);
  link.handlers.onClosed(1001);
  node.runtime.close();
});
