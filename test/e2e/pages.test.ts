/** Long deltas and bursts: frames stay below 1 MiB, each unsigned op is vouched for in its own. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder, notes, writeSingly } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireOpsDigest, wireStateDigest } from "../support/wire-fold.ts";
import type { MadeOp } from "../support/wire-op.ts";
import { Author } from "../support/wire-op.ts";

async function load(
  node: Awaited<ReturnType<typeof founder>>,
  ops: readonly MadeOp[],
): Promise<void> {
  const { applied, refused } = await node.importOps(ops.map(({ op }) => ({ ...op })));
  assert.deepEqual(refused, []);
  assert.equal(applied, ops.length);
}

for (const version of [1, 2]) {
  test(`[CON-4] [SYN-3] [LOG-8] 6,000 ops go to a version ${version} peer in sound frames`, async (t) => {
    const node = await founder(t, { open: true });
    await node.write(notes("own", 3_000));
    const [runs, signed] = [new Author(node.mesh), new Author(node.mesh)];
    const all: MadeOp[] = [];
    for (let at = 0; at < 8; at += 1) all.push(...runs.writeMany(256, "run", true));
    all.push(...signed.writeMany(952, "signed"));
    await load(node, all);
    const peer = await connect({ url: node.url, version });
    if (version === 2) {
      peer.sendClock();
      await peer.take("ready");
    }
    await until(() => peer.ops.size === 6_001, "all ops came", 20_000);
    assert.deepEqual(peer.faults, []);
    assert.deepEqual(new Set(peer.copies.values()), new Set([1]));
    assert.equal(wireOpsDigest(peer.ops.values()), node.digest().ops);
    assert.equal(wireStateDigest(peer.ops.values()), node.digest().state);
  });
}

test("[CON-4] ops of the greatest size go out in frames that a peer may take", async (t) => {
  const node = await founder(t, { open: true });
  const author = new Author(node.mesh);
  const sizes = Array.from({ length: 40 }, (_, at) => 65_000 - at * 1_500);
  const bodies = sizes.map((size, at) => [
    ["note", "big", (at % 2 === 0 ? "€" : "x").repeat(size / 3)],
  ]);
  await load(
    node,
    bodies.map((body) => author.write(body)),
  );
  const peer = await greet({ url: node.url });
  assert.equal(peer.ops.size, 41);
  assert.deepEqual(peer.faults, []);
});

test("[CON-4] a run that grows in JSON behind text of many bytes stays below 1 MiB", async (t) => {
  const node = await founder(t, { open: true });
  const [wide, run] = [new Author(node.mesh), new Author(node.mesh)];
  // 43,600 characters of three bytes each fill no frame by their number alone.
  const text = "\u20ac".repeat(21_700);
  const ops = Array.from({ length: 6 }, () => wide.write([["note", "wide", text]]));
  // Control characters take one byte in the actor and six in JSON, a quotation mark twice as many.
  const actor = "\u0001".repeat(128);
  for (let at = 0; at < 256; at += 1) {
    const isSigned = at === 255;
    const body = [["note", "run", "\\".repeat(385)]];
    ops.push(run.write(body, { actor, isSigned }));
  }
  await load(node, ops);
  for (const version of [1, 2]) {
    const peer = await connect({ url: node.url, version });
    if (version === 2) peer.sendClock();
    await until(() => peer.ops.size === 263, "all came");
    assert.deepEqual(peer.faults, []);
  }
});

test("[PEER-4] [PEER-6] a burst of 1,000 signed ops never drops a peer that reads", async (t) => {
  const node = await founder(t, { open: true });
  const peers = [
    await greet({ url: node.url }),
    await greet({ url: node.url }),
    await connect({ url: node.url, version: 1 }),
  ];
  await writeSingly(node, "burst", 1_000);
  for (const peer of peers) await until(() => peer.ops.size === 1_001, "all came");
  for (const peer of peers) {
    assert.deepEqual(peer.faults, []);
    assert.deepEqual(new Set(peer.copies.values()), new Set([1]));
    assert.equal(peer.end, null);
  }
});

test("[PEER-5] [PEER-6] a burst of 5,000 ops in one write never drops a peer that reads", async (t) => {
  const node = await founder(t, { open: true });
  const peers = [await greet({ url: node.url }), await connect({ url: node.url, version: 1 })];
  await node.write(notes("burst", 5_000));
  await writeSingly(node, "behind", 20);
  for (const peer of peers) {
    await until(() => peer.ops.size === 5_021, "all came", 20_000);
    assert.deepEqual(peer.faults, []);
    assert.equal(peer.end, null);
  }
});

test("[PEER-5] [PEER-6] a burst through the node from one peer to others keeps its order", async (t) => {
  const node = await founder(t, { open: true });
  const [sender, reader] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const ops = new Author(node.mesh).writeMany(1_500, "burst");
  for (const op of ops) sender.sendLive(op);
  await until(() => reader.ops.size === 1_501, "all came", 20_000);
  assert.deepEqual(
    [...reader.ops.keys()].slice(1),
    ops.map(({ id }) => id),
  );
  assert.deepEqual(reader.faults, []);
  assert.equal(sender.of("live").length, 0);
});
