/** A peer that stops reading: dropped with 4499, at a bounded price, and welcome again. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { founder } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireOpsDigest } from "../support/wire-fold.ts";
import { wireKey } from "../support/wire-op.ts";
import type { WirePeer } from "../support/wire-peer.ts";
import type { TowlineNode } from "../../src/api/index.ts";

/** More than loopback's own buffers hold. */
const rounds = 80;
const opsPerRound = 10;
const opsWritten = rounds * opsPerRound;
const noteBytes = 60_000;
/** Two queues at their bound of 8 MiB, and a little; 48 MB are written. */
const growthMax = 20 * 1_048_576;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of buffers that something still holds. */
function bufferBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Stops reading until the node has dropped `key`; what is on its way is then read. */
function stopReading(node: TowlineNode, key: string, slow: WirePeer): void {
  const stop = node.on("peers", (rows) => {
    if (rows.some((row) => row.node === key && row.state !== "offline")) return;
    stop();
    slow.ws.resume();
  });
  slow.ws.pause();
}

test("[PEER-4] [PEER-9] peers that stop reading are closed with 4499, the others are not touched", async (t) => {
  const node = await founder(t, { open: true });
  const keys = [wireKey(), wireKey()] as const;
  const slow = [
    await connect({ url: node.url, key: keys[0], version: 1 }),
    await greet({ url: node.url, key: keys[1] }),
  ];
  for (const peer of slow) await until(() => peer.ops.size === 1, "the slow peers are in step");
  const reader = await greet({ url: node.url });
  slow.forEach((peer, at) => stopReading(node, keys[at]?.id ?? "", peer));
  const before = bufferBytes();
  for (let round = 0; round < rounds; round += 1) {
    const texts = Array.from({ length: opsPerRound }, (_, at) => `${round} ${at}`);
    await Promise.all(
      texts.map(async (text) => await node.write([[["note", "big", text.padEnd(noteBytes, ".")]]])),
    );
    // What the honest reader keeps is the test's own memory.
    for (const id of [...reader.ops.keys()].slice(0, -1)) reader.ops.delete(id);
    reader.frames.length = 0;
  }
  await until(() => reader.copies.size === opsWritten + 1, "the other peer has all");
  reader.ops.clear();
  reader.frames.length = 0;
  // What is held now is held for the slow ones; what was freed may be counted a little longer.
  const growth = (): number => bufferBytes() - before;
  await until(
    () => growth() < growthMax,
    () => `buffers shrink; they hold ${growth()} bytes`,
    3_000,
  );
  for (const peer of slow) assert.equal((await peer.ended()).code, 4499);
  assert.equal(reader.end, null);
  assert.deepEqual(reader.faults, []);
  // Each catches up by delta.
  for (const [at, peer] of slow.entries()) {
    const { url } = node;
    const again = await connect({ url, key: keys[at] ?? wireKey() });
    for (const id of peer.ops.keys()) again.known.add(id);
    again.sendClock({ [node.id]: peer.ops.size });
    await again.take("ready");
    assert.ok(again.ops.size > 0, "something was missed");
    const all = new Map([...peer.ops, ...again.ops]);
    assert.equal(all.size, peer.ops.size + again.ops.size, "nothing came twice");
    assert.equal(wireOpsDigest(all.values()), node.digest().ops);
    assert.deepEqual([...peer.faults, ...again.faults], []);
  }
});
