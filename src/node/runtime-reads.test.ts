/** What a peer lacks is read from the disk in turns of their own, and keeps its signatures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import { commitOpsMax, sealedFromOps, shortPageOps } from "../base/limits.ts";
import { author, chain, signed, testMesh } from "../log/testing/forge.ts";
import { meshFact } from "../replica/store.ts";
import { opJson } from "../replica/testing/model-peer.ts";
import { TestRuntime, turn } from "./testing/fake-runtime.ts";

const length = 4 * sealedFromOps;
/** More turns than any exchange of the tests takes. */
const turnsMax = 400;

const lines = chain({ author: author(5), length })
  .map(signed)
  .map(opJson);

/** A node that has the first `count` of the ops, every 50th of them with its signature. */
async function holding(count: number, number: number): Promise<TestRuntime> {
  const node = new TestRuntime({ isOpen: true, number });
  for (let at = 0; at < count; at += 50) {
    await node.runtime.importOps(lines.slice(at, at + 50) as unknown as JsonObject[]);
  }
  return node;
}

/** Carries what has been sent; a link that is not read keeps it waiting. */
function carry(from: ReturnType<TestRuntime["accept"]>, to: typeof from): void {
  let taken = 0;
  while (!to.isPaused && from.frames.length > 0) {
    const frame = from.frames.shift() as string | Uint8Array;
    const isBinary = typeof frame !== "string";
    to.handlers.onFrame(isBinary ? frame : new TextEncoder().encode(frame), isBinary);
    taken += 1;
  }
  if (taken > 0) from.handlers.onWritten(taken, 0);
}

test("each piece of a delta is read in a turn of its own, and all of it arrives", async () => {
  const hub = await holding(length, 1);
  let reads = 0;
  hub.onDisk = (what) => (reads += what === "read" ? 1 : 0);
  const joiner = await holding(0, 2);
  const [near, far] = [hub.accept(), joiner.dial()];
  let most = 0;
  let turns = 0;
  for (; joiner.runtime.replica.log.length < length && turns < turnsMax; turns += 1) {
    const before = reads;
    carry(near, far);
    carry(far, near);
    await turn();
    most = Math.max(most, reads - before);
  }
  assert.equal(joiner.runtime.replica.log.length, length, `after ${turns} turns`);
  assert.equal(most, 1);
  assert.ok(reads >= (length - sealedFromOps) / shortPageOps, `${reads} reads`);
  assert.deepEqual(joiner.runtime.replica.rejections.latest(), []);
});

test("what is sealed while a delta is under way takes no signature that the delta rests on", async () => {
  const hub = await holding(length, 1);
  // Pages of the disk then end elsewhere than the pieces of the delta.
  const joiner = await holding(100, 2);
  const [near, far] = [hub.accept(), joiner.dial()];
  let sealed = 0;
  hub.onDisk = (what) => {
    if (what === "sealed") sealed += 1;
    // From the first read on there is a mesh to make pages for, and a commit after which to do it.
    else if (hub.disk.facts.size === 0) {
      hub.disk.facts.set(meshFact, testMesh);
      void hub.note();
    }
  };
  for (let turns = 0; turns < turnsMax && joiner.disk.ops.length <= length; turns += 1) {
    carry(near, far);
    carry(far, near);
    await turn();
  }
  assert.ok(sealed > 0);
  assert.equal(joiner.disk.ops.length, length + 1);
  assert.deepEqual(joiner.runtime.replica.rejections.latest(), []);
});

test("a caller whose ops are durable hears of it though the disk fails in the same turn", async () => {
  const hub = await holding(length, 1);
  const joiner = await holding(0, 2);
  const [near, far] = [hub.accept(), joiner.dial()];
  hub.onDisk = (what) => {
    if (what === "read") throw new Error("EIO");
  };
  const ops = Array.from({ length: commitOpsMax }, () => [["note", "item", "n"]]);
  let [asked, wrote, failed] = [0, 0, 0];
  for (let turns = 0; hub.fatal.length === 0 && turns < turnsMax; turns += 1) {
    carry(near, far);
    await turn();
    await turn();
    // What it asks for is read before the turn ends that it began.
    carry(far, near);
    // Full at once: committed before the turn ends, and answered at its end, which never comes.
    asked += 1;
    hub.runtime.write({ actor: "", ops }).then(
      () => (wrote += 1),
      () => (failed += 1),
    );
    await turn();
  }
  assert.equal(hub.fatal.length, 1);
  await turn();
  const committed = hub.sizes.filter((size) => size === commitOpsMax).length;
  assert.deepEqual([wrote, failed], [committed, asked - committed]);
});
