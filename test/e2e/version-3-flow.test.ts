/** Real nodes and a stranger's version 3 peer over time: what is durable, credit, forks, cuts. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync } from "node:fs";
import { test } from "node:test";
import { foundMesh } from "../../src/api/index.ts";
import { converged, founder, member, notes, opsOf, reopen, tempDir } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireStateDigest } from "../support/wire-fold.ts";
import { Author } from "../support/wire-op.ts";
import type { MadeOp } from "../support/wire-op.ts";
import type { WireHead } from "../support/wire-3.ts";
import { wireFrontierDigest, wireFrontierOf } from "../support/wire-3.ts";
import type { WirePeer3 } from "../support/wire-peer-3.ts";
import { hail3, join3 } from "../support/wire-peer-3.ts";

const idsOf = (ops: readonly MadeOp[]): readonly string[] => ops.map(({ id }) => id);
const headOf = ({ id, op }: MadeOp): WireHead => ({ seq: op.seq, id });

/** Notes that do not compress well, so that pages take credit. */
function noise(count: number): readonly (readonly (readonly string[])[])[] {
  return Array.from({ length: count }, () => [["note", "i", randomBytes(6_000).toString("hex")]]);
}

function largestPage(peer: WirePeer3): number {
  return Math.max(0, ...peer.all("page").map(({ bytes }) => bytes.length));
}

test("[V3-31] an op is acknowledged by a statement, and is on the disk then", async (t) => {
  const [dir, copy] = [tempDir(t), tempDir(t)];
  foundMesh({ dir, name: "e2e" });
  const node = await reopen(t, dir, { settings: { open: true } });
  const peer = await join3({ url: node.url });
  const ops = new Author(node.mesh).writeMany(40, "kept", true);
  peer.sendPage(ops);
  await peer.acknowledged(ops[39] as MadeOp);
  // What a power cut right now would leave.
  cpSync(dir, copy, { recursive: true });
  const { isWhole, entries } = peer.all("frontier").at(-1) ?? {};
  assert.equal(isWhole, false);
  assert.deepEqual(entries, [{ author: ops[0]?.op.author, heads: [headOf(ops[39] as MadeOp)] }]);
  await node.close();
  const later = await reopen(t, copy);
  assert.deepEqual(
    opsOf(later)
      .slice(1)
      .map(({ id }) => id),
    idsOf(ops),
  );
  assert.deepEqual(peer.faults, []);
});

test("[V3-31] own ops and those of others are told to each peer as they become durable", async (t) => {
  const node = await founder(t, { open: true });
  const [one, two] = [await join3({ url: node.url }), await join3({ url: node.url })];
  const op = new Author(node.mesh).write([["new", "one", {}]]);
  one.sendPage([op]);
  await two.acknowledged(op);
  await node.write([[["note", "one", "own"]]]);
  const own = opsOf(node).at(-1) as MadeOp;
  for (const peer of [one, two]) {
    await peer.acknowledged(own);
    await peer.got([own.id]);
    assert.deepEqual(wireFrontierOf(opsOf(node)), new Map(peer.stated));
    assert.deepEqual(peer.faults, []);
  }
});

test("[V3-27] a node sends no more than the credit and one frame", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(noise(300) as never);
  const peer = await join3({ url: node.url, credit: 2 ** 40 });
  const all = peer.creditTaken;
  const poor = await hail3({ url: node.url, credit: 1 });
  while (poor.has.size < 301) {
    const { creditTaken, creditGiven } = poor;
    assert.ok(creditTaken < creditGiven + largestPage(poor));
    await poor.peer.roundTrip();
    poor.give(100_000);
    await poor.peer.roundTrip();
  }
  await poor.frame("ready");
  assert.deepEqual(poor.faults, []);
  assert.ok(poor.creditTaken < 1.2 * all, "nothing came twice");
});

test("[V3-29] a node gives back the credit of what it took", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await join3({ url: node.url });
  const author = new Author(node.mesh);
  const [hello] = peer.all("hello");
  assert.equal(hello?.credit, 2_097_152);
  let sent = 0;
  for (let round = 0; round < 60; round += 1) {
    const ops = noise(8).map((changes) => author.write(changes));
    const before = peer.bytesOut;
    peer.sendPage(ops, { isPacked: true });
    sent += peer.bytesOut - before;
    await peer.acknowledged(ops[7] as MadeOp);
  }
  await peer.peer.roundTrip();
  const given = peer.all("credit").map(({ bytes }) => bytes);
  assert.ok(given.every((bytes) => bytes >= 262_144));
  const back = given.reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(sent > 2_097_152 && sent - back < 262_144, `${back} of ${sent} bytes came back`);
  assert.equal(peer.peer.end, null);
});

test("[V3-17] [V3-18] [V3-19] a fork: locators bring both branches to both sides", async (t) => {
  const node = await founder(t, { open: true });
  const author = new Author(node.mesh);
  const common = author.writeMany(9, "common");
  const other = author.fork();
  const [left, right] = [author.writeMany(5, "left"), other.writeMany(5, "right")];
  const first = await join3({ url: node.url });
  first.sendPage([...common, ...left]);
  await first.acknowledged(left[4] as MadeOp);
  const root = opsOf(node).slice(0, 1);
  const peer = await hail3({ url: node.url, ops: [...root, ...common, ...right] });
  await peer.frame("hello");
  peer.state();
  const { author: key, heads } = await peer.frame("locator");
  assert.equal(key, author.key.id);
  const chain = [...common, ...left];
  assert.deepEqual(
    heads.map(({ seq }) => seq),
    [14, 13, 11, 7, 1],
  );
  assert.ok(heads.every((head) => chain.some((op) => op.id === head.id)));
  peer.send({ type: "locator", author: key, heads: [...common, ...right].reverse().map(headOf) });
  await peer.got(idsOf(left));
  // The seventh is the last op that both are known to have.
  peer.sendPage([...common.slice(7), ...right]);
  await until(() => node.status().ops === 20, "the node has both");
  await peer.acknowledged(right[4] as MadeOp);
  assert.equal(node.status().forks.length, 1);
  assert.equal(peer.has.size, 20);
  for (const { id } of left) assert.equal(peer.peer.copies.get(id), 1);
  for (const { id } of common) assert.equal(peer.peer.copies.get(id), undefined);
  await first.got(idsOf(right));
  assert.deepEqual([...peer.faults, ...first.faults], []);
});

test("[V3-16] a peer that lost a tail gets exactly that", async (t) => {
  const node = await founder(t, { open: true });
  const author = new Author(node.mesh);
  const first = await join3({ url: node.url });
  const ops = author.writeMany(20, "i");
  first.sendPage(ops);
  await first.acknowledged(ops[19] as MadeOp);
  const kept = [...opsOf(node).slice(0, 1), ...ops.slice(0, 12)];
  const peer = await join3({ url: node.url, ops: kept });
  assert.deepEqual([...peer.peer.ops.keys()], idsOf(ops.slice(12)));
  assert.equal(peer.all("outlook")[0]?.ops, 8);
  assert.deepEqual(peer.faults, []);
});

test("[V3-16] a node that lost its own tail states that, and gets it back", async (t) => {
  const [dir, old] = [tempDir(t), tempDir(t)];
  foundMesh({ dir, name: "e2e" });
  const node = await reopen(t, dir, { settings: { open: true } });
  await node.write(notes("i", 3));
  const before = opsOf(node);
  await node.close();
  cpSync(dir, old, { recursive: true });
  const again = await reopen(t, dir, { settings: { open: true } });
  await again.write(notes("i", 4));
  const all = opsOf(again);
  await again.close();
  const restored = await reopen(t, old, { settings: { open: true } });
  const peer = await hail3({ url: restored.url, ops: all });
  const { digest } = await peer.frame("hello");
  assert.equal(digest, wireFrontierDigest(wireFrontierOf(before)));
  peer.state();
  await until(() => peer.stated.size === 1, "the node stated what it has");
  assert.deepEqual(peer.stated.get(restored.id), [headOf(before.at(-1) as MadeOp)]);
  peer.sendPage(all.slice(before.length));
  await until(() => restored.status().ops === all.length, "it has all again");
  assert.equal(restored.status().forks.length, 0);
});

test("[V3-25] a delta that was cut goes on where it was", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(noise(200) as never);
  const first = await hail3({ url: node.url, credit: 500_000 });
  await until(() => first.creditTaken >= first.creditGiven, "the credit is used up");
  first.peer.cut();
  const kept = [...first.has.values()];
  assert.ok(kept.length > 20 && kept.length < 201, `${kept.length} ops came before the cut`);
  const second = await join3({ url: node.url, ops: kept });
  assert.equal(second.has.size, 201);
  assert.equal(second.peer.ops.size, 201 - kept.length);
  assert.equal(second.all("outlook")[0]?.ops, 201 - kept.length);
  assert.deepEqual([...first.faults, ...second.faults], []);
});

test("[V3-13] [V3-15] a contradiction is asked about; ask is answered once in 5 s", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await join3({ url: node.url, ops: opsOf(node) });
  const entries = [{ author: node.id, heads: [{ seq: 7, id: "ab".repeat(32) }] }];
  const lie = { isWhole: false, hasMore: false, digest: "cd".repeat(32), entries };
  peer.send({ type: "frontier", ...lie });
  await peer.frame("ask");
  for (let at = 0; at < 5; at += 1) peer.send({ type: "ask" });
  await peer.frame("frontier");
  await peer.peer.roundTrip();
  assert.equal(peer.all("frontier").length, 1);
  assert.equal(peer.peer.end, null);
  assert.deepEqual(peer.faults, []);
});

test("[V3-42] a beat is no op: nothing is kept, and nothing is stated", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await join3({ url: node.url, ops: opsOf(node) });
  for (const bytes of [0, 1, 4_096]) peer.send({ type: "beat", bytes: randomBytes(bytes) });
  await peer.peer.roundTrip();
  assert.equal(node.status().ops, 1);
  assert.deepEqual(
    peer.frames.map(({ type }) => type).filter((type) => type !== "beat"),
    ["hello", "ready"],
  );
  assert.equal(peer.peer.end, null);
});

test("[AUTH-7] peers of versions 1, 2 and 3 and two nodes all come to the same", async (t) => {
  const hub = await founder(t, { open: true });
  const other = await member(t, hub);
  other.addRendezvous(hub.url);
  await hub.write(notes("hub", 5));
  const one = await connect({ url: hub.url, version: 1 });
  const [two, three] = [await greet({ url: hub.url }), await join3({ url: hub.url })];
  const authors = [1, 2, 3].map(() => new Author(hub.mesh));
  const [first, second, third] = authors.map((author, at) => author.writeMany(30, `by-${at}`));
  one.sendBulk(first ?? []);
  for (const op of second ?? []) two.sendLive(op);
  three.sendPage(third ?? []);
  await other.write(notes("other", 5));
  await converged([hub, other], 101);
  const all = opsOf(hub);
  await three.got(idsOf(all));
  for (const peer of [one, two]) {
    const own = peer === one ? first : second;
    const expected = all.filter(({ id }) => own?.some((op) => op.id === id) !== true);
    for (const { id } of expected) await peer.gotOp(id);
    const ops = [...peer.ops.values(), ...(own ?? [])];
    assert.equal(wireStateDigest(ops), hub.digest().state);
  }
  assert.equal(wireStateDigest(three.has.values()), hub.digest().state);
  assert.deepEqual([...one.faults, ...two.faults, ...three.faults], []);
});
