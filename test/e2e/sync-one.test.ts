/** Version 1: a full dump both ways, and the fallback to it whatever the handshake said. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder, notes, opsOf, writeSingly } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet, refusal } from "../support/wire-client.ts";
import { wireOpsDigest, wireStateDigest } from "../support/wire-fold.ts";
import { Author } from "../support/wire-op.ts";

test("[ONE-1] a node sends a version 1 peer everything, unasked", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(notes("i", 700));
  const peer = await connect({ url: node.url, version: 1 });
  await until(() => peer.ops.size === 701, "the dump came");
  assert.equal(wireOpsDigest(peer.ops.values()), node.digest().ops);
  assert.equal(wireStateDigest(peer.ops.values()), node.digest().state);
  await peer.roundTrip();
  const types = new Set(peer.frames.slice(2).map(({ type }) => type));
  assert.deepEqual([...types], ["bulk"]);
  assert.deepEqual(peer.faults, []);
});

test("[ONE-2] [ONE-3] the peer's dump is applied, answered once, and then both stream", async (t) => {
  const node = await founder(t, { open: true });
  const other = await greet({ url: node.url });
  const peer = await connect({ url: node.url, version: 1 });
  await peer.take("bulk");
  const author = new Author(node.mesh);
  const dump = author.writeMany(50, "dump");
  peer.sendBulk(dump.slice(0, 25));
  peer.sendBulk(dump.slice(25));
  await other.gotOp(dump.at(-1)?.id ?? "");
  const live = author.write([["new", "live", {}]]);
  peer.sendLive(live);
  await other.gotOp(live.id);
  const [marker] = await node.write([[["note", "marker", ""]]]);
  await peer.gotOp(String(marker));
  assert.equal(peer.of("bulk").length, 1, "one dump, and no echo");
  assert.equal(peer.of("live").length, 1);
  assert.deepEqual([...peer.faults, ...other.faults], []);
});

test("[ONE-1] an empty dump is a bulk without ops", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url, version: 1 });
  peer.sendBulk([]);
  const { json } = await peer.take("bulk");
  assert.equal((json["ops"] as readonly unknown[]).length, 1);
  peer.sendLive(new Author(node.mesh).write([["new", "after", {}]]));
  await until(() => node.item("after"), "the peer streams");
});

test("[ONE-3] nothing is held back from a version 1 peer that says nothing", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url, version: 1 });
  await peer.take("bulk");
  await writeSingly(node, "i", 10);
  await until(() => peer.ops.size === 11, "all came");
  assert.equal(peer.of("live").length, 10);
});

test("[ONE-2] a bulk as first sync frame falls back, whatever the handshake said", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(notes("i", 20));
  for (const first of [0, 5]) {
    const before = node.status().ops;
    const peer = await connect({ url: node.url, version: 2 });
    const author = new Author(node.mesh);
    peer.sendBulk(author.writeMany(first, "first"));
    await until(() => peer.ops.size === before, "the dump came");
    const next = author.write([["note", "i", "next"]]);
    peer.sendLive(next);
    await until(() => node.status().ops === before + first + 1, "both streams are open");
    const [marker] = await node.write([[["note", "marker", ""]]]);
    await peer.gotOp(String(marker));
    assert.deepEqual(new Set(peer.copies.values()), new Set([1]), "one dump only");
    assert.equal(peer.of("ready").length, 0);
    assert.deepEqual(peer.faults, []);
  }
});

test("[ONE-2] a bulk that comes behind a clock is no fallback", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url, version: 2 });
  peer.sendClock({ [node.id]: 1 });
  peer.sendBulk(new Author(node.mesh).writeMany(2, "i"));
  await peer.take("ready");
  await until(() => node.status().ops === 3, "they were applied");
  await peer.roundTrip();
  assert.equal(peer.of("bulk").length, 0);
});

test("[ONE-4] clock and ready of a version 1 peer are ignored, even a strange clock", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url, version: 1 });
  await peer.take("bulk");
  const count = peer.frames.length;
  peer.sendClock();
  peer.sendReady();
  peer.sendClock({ [node.id]: 0 });
  peer.sendReady();
  await peer.roundTrip();
  assert.equal(peer.frames.length, count);
  peer.sendBulk([new Author(node.mesh).write([["new", "after", {}]])]);
  await until(() => node.item("after"), "what follows is read");
});

test("[ONE-5] version 1 skips neither admission nor any check of an op", async (t) => {
  const closed = await founder(t);
  assert.equal((await refusal({ url: closed.url, version: 1 })).code, 4401);
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url, version: 1 });
  const good = new Author(node.mesh).write([["new", "good", {}]]);
  const bad = new Author(node.mesh).write([["new", "bad", {}]], { isSigned: false });
  const forged = new Author(node.mesh).write([["new", "bad", {}]], {
    change: { sig: "0".repeat(128) },
  });
  peer.sendBulk([bad, forged, good]);
  await until(() => node.item("good"), "the good one was applied");
  assert.equal(node.item("bad"), null);
  assert.equal(node.status().rejected, 2);
});

test("[ONE-2] [ONE-3] peers of both versions end with the same ops", async (t) => {
  const node = await founder(t, { open: true });
  const [two, one] = [await greet({ url: node.url }), await connect({ url: node.url, version: 1 })];
  const [left, right] = [new Author(node.mesh), new Author(node.mesh)];
  for (let at = 0; at < 40; at += 1) {
    two.sendLive(left.write([["note", "i", `two ${at}`]]));
    if (at === 0) one.sendBulk([right.write([["new", "i", {}]])]);
    else one.sendLive(right.write([["note", "i", `one ${at}`]]));
  }
  await until(() => node.status().ops === 81, "all were applied");
  const [marker] = await node.write([[["note", "marker", ""]]]);
  await two.gotOp(String(marker));
  await one.gotOp(String(marker));
  const all = opsOf(node).map(({ id }) => id);
  const ids = (author: Author, peer: typeof two | typeof one): number =>
    [...peer.ops.values()].filter(({ op }) => op.author === author.key.id).length;
  assert.deepEqual([ids(left, two), ids(right, two)], [0, 40]);
  assert.deepEqual([ids(left, one), ids(right, one)], [40, 0]);
  assert.equal(new Set([...two.known, ...one.known]).size, all.length);
  assert.deepEqual([...two.faults, ...one.faults], []);
});
