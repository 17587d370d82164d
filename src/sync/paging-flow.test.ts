/** Version 3 over time: credit, acknowledgements, slow peers and cuts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  creditBytes,
  creditStepBytes,
  frameBytesMax,
  liveFramesMax,
  slowPeerMs,
} from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import { author, chain, fakeCrypto, run, signed } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { load, pageOf, PagingPeer } from "../replica/testing/paging-peer.ts";
import { TestNode, TestTime } from "../replica/testing/test-node.ts";
import { settle, Wire } from "../replica/testing/wire.ts";
import { creditFrame } from "./frames-3.ts";

function openNode(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

/** Text that does not compress below a half. */
function noise(seed: number, bytes: number): string {
  let text = "";
  for (let at = 0; text.length < bytes; at += 1) {
    text += fakeCrypto.sha256(Uint8Array.of(seed, at, at >> 8));
  }
  return text.slice(0, bytes);
}

/** A node with 200 ops of 11 KB in 20 chains, which make several pages. */
function bigNode(): { readonly node: TestNode; readonly ops: readonly Op[] } {
  const node = openNode();
  const ops: Op[] = [];
  for (let number = 1; number <= 20; number += 1) {
    const more = chain({ author: author(number), length: 10, note: noise(number, 11_000) });
    load(node, run(more));
    ops.push(...more);
  }
  return { node, ops };
}

const pageBytes = (peer: PagingPeer): readonly number[] =>
  peer.all("page").map(({ bytes }) => bytes.length);
const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

test("[V3-27] pages go out only while there is credit, and the last may overdraw it", () => {
  const { node, ops } = bigNode();
  const peer = new PagingPeer(node).hail({ credit: 0 });
  peer.readAll();
  assert.deepEqual(pageBytes(peer), []);
  assert.equal(peer.types.at(-1), "outlook");
  let given = 0;
  while (peer.ids.length < ops.length) {
    const before = pageBytes(peer).length;
    peer.send(creditFrame(100));
    given += 100;
    peer.readAll();
    const sent = pageBytes(peer);
    const spent = sum(sent);
    assert.ok(spent - (sent.at(-1) ?? 0) < given, "a page went out without any credit left");
    assert.ok(sent.length - before <= 1);
    assert.ok(sent.length > before || spent >= given, "there was credit, and no page came");
  }
  assert.equal(peer.types.at(-1), "ready");
  assert.deepEqual(peer.repeats, []);
});

test("[V3-27] what streams needs credit as well, all else needs none", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream({ credit: 1 });
  const write = (): void => {
    node.write([[["note", "item", "more"]]]);
    node.commit();
    peer.readAll();
  };
  for (let at = 0; at < 5; at += 1) write();
  assert.equal(peer.ids.length, 1);
  assert.equal(peer.all("frontier").length, 5);
  peer.send(creditFrame(10_000));
  peer.readAll();
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
});

test("[V3-28] pages beyond the credit close with 4429, one frame beyond it does not", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  const text = noise(1, 60_000);
  const page = pageOf(chain({ author: author(5), length: 1, note: text }).map(signed));
  let sent = 0;
  // Nothing is committed, so nothing is given back.
  for (; peer.closedWith === null && sent < 2 * creditBytes; sent += page.length) peer.send(page);
  assert.equal(peer.closedWith, 4429);
  assert.ok(sent > creditBytes + frameBytesMax, "a frame too much is borne");
  assert.ok(sent <= creditBytes + frameBytesMax + page.length, "more is not");
});

test("[V3-29] the node gives back what came, in steps, once it is durable", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  const given = (): number => {
    peer.readAll();
    return sum(peer.all("credit").map(({ bytes }) => bytes));
  };
  let taken = 0;
  for (let number = 1; number <= 40; number += 1) {
    const ops = chain({ author: author(number), length: 1, note: noise(number, 40_000) });
    const page = pageOf(run(ops));
    const before = given();
    peer.send(page);
    assert.equal(given(), before, "not before the commit");
    node.commit();
    taken += page.length;
    assert.ok(given() <= taken && taken - given() < creditStepBytes);
  }
  const steps = peer.all("credit").map(({ bytes }) => bytes);
  assert.ok(steps.length > 1 && steps.every((bytes) => bytes >= creditStepBytes));
});

test("[V3-29] pages of what is known already are given back at once", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  const ops = run(chain({ author: author(5), length: 4, note: noise(1, 60_000) }));
  peer.send(pageOf(ops));
  node.commit();
  for (let at = 0; at < 200; at += 1) peer.send(pageOf(ops));
  assert.equal(peer.closedWith, null);
});

test("[V3-30] who gives no credit for 10 s while ops wait is closed with 4499, not before", () => {
  const { node } = bigNode();
  const peer = new PagingPeer(node).hail({ credit: 1 });
  peer.readAll();
  node.pass(slowPeerMs - 1);
  assert.equal(peer.closedWith, null);
  peer.send(creditFrame(1));
  peer.readAll();
  node.pass(slowPeerMs - 1);
  assert.equal(peer.closedWith, null, "any credit gives it its time again");
  node.pass(1);
  assert.equal(peer.closedWith, 4499);
});

test("[V3-30] that other frames are read hides no lack of credit", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream({ credit: 1 });
  for (let second = 0; second < 12 && peer.closedWith === null; second += 1) {
    node.write([[["note", "item", String(second)]]]);
    node.commit();
    peer.readAll();
    node.pass(1_000);
  }
  assert.equal(peer.closedWith, 4499);
});

test("[V3-30] a peer without credit for whom nothing waits is not slow", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream({ credit: 0 });
  node.pass(4 * slowPeerMs);
  assert.equal(peer.closedWith, null);
  node.write([[["note", "item", "first"]]]);
  node.commit();
  peer.readAll();
  node.pass(slowPeerMs - 1);
  assert.equal(peer.closedWith, null, "the time counts from when something waits");
});

test("[V3-31] ops are acknowledged once they are durable, by the heads of their authors alone", () => {
  const node = openNode();
  load(node, run(chain({ author: author(9), length: 1 })));
  const peer = new PagingPeer(node).stream();
  const before = peer.all("frontier").length;
  const ops = chain({ author: author(5), length: 4 });
  peer.send(pageOf(run(ops)));
  peer.readAll();
  assert.equal(peer.all("frontier").length, before, "applied is not yet durable");
  node.commit();
  peer.readAll();
  const { isWhole, entries, digest } = peer.stated;
  const [{ seq, id }] = ops.slice(-1) as [Op];
  assert.equal(isWhole, false);
  assert.deepEqual(entries, [[author(5), [{ seq, id }]]]);
  assert.equal(digest, node.replica.frontier.digest(fakeCrypto));
});

test("[V3-31] a commit without ops is nothing to tell", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  peer.readAll();
  const told = (): number => peer.types.filter((type) => type !== "beat").length;
  const before = told();
  node.step({ kind: "learn", request: node.nextRequest(), facts: [["fact", "value"]] });
  node.commit();
  peer.readAll();
  assert.equal(told(), before);
});

test("[V3-32] a slow reader is told later, of all authors at once", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream({ credit: 1_000_000 });
  for (let number = 1; number <= liveFramesMax; number += 1) {
    load(node, run(chain({ author: author(1 + (number % 150)), length: 1, note: String(number) })));
  }
  const waiting = node.outbox.get(peer.conn)?.length ?? 0;
  assert.ok(waiting <= liveFramesMax, `${waiting} frames wait`);
  const before = peer.all("frontier").length;
  peer.readAll();
  const told = peer.all("frontier").slice(before);
  assert.ok(told.length < liveFramesMax / 2 + 2, `${told.length} statements`);
  const stated = new Frontier();
  for (const { entries } of told) for (const [of, heads] of entries) stated.set(of, heads);
  assert.equal(stated.digest(fakeCrypto), node.replica.frontier.digest(fakeCrypto));
});

test("[V3-34] a long delta to a slow peer is no divergence", () => {
  const { node } = bigNode();
  const peer = new PagingPeer(node).stream({ credit: 1 });
  for (let second = 0; second < 60; second += 1) {
    peer.send(creditFrame(1));
    node.pass(1_000);
    node.step({ kind: "pong", conn: peer.conn });
    peer.read();
  }
  assert.equal(peer.closedWith, null);
  assert.equal(node.replica.divergences, 0);
});

test("[V3-25] after a cut in the middle only what was not durable is sent again", () => {
  const { node: host, ops } = bigNode();
  const time = host.time;
  const guest = new TestNode({ number: 2, time, trust: { isOpen: true } });
  const first = new Wire(guest, host);
  while (guest.ops.length < ops.length / 2) {
    first.deliver("to-listener");
    first.deliver("to-dialler");
    guest.commit();
  }
  const kept = guest.ops.length;
  first.cut();
  const again = new Wire(guest, host);
  settle([host, guest], [again]);
  assert.deepEqual(guest.digest, host.digest);
  assert.ok(kept >= ops.length / 2 && kept < ops.length);
  const repeated = host.replica.sessions().get(again.listener.conn);
  assert.equal(repeated?.peerFrontier?.digest, host.replica.frontier.digest(fakeCrypto));
});

test("[V3-25] what a cut left out comes in as many ops as were missing", () => {
  const { node, ops } = bigNode();
  const kept = ops.slice(0, 150);
  const frontier = new Frontier();
  for (const { author: of, seq, id } of kept) frontier.set(of, [{ seq, id }]);
  const peer = new PagingPeer(node);
  peer.know(kept.map(({ id }) => id));
  peer.hail({ frontier });
  peer.state(frontier);
  peer.readAll();
  assert.deepEqual(
    peer.ids,
    ops.slice(150).map(({ id }) => id),
  );
});

test("nodes of versions 1, 2 and 3 on one hub come together", () => {
  const time = new TestTime();
  const make = (number: number, versions: readonly number[]): TestNode =>
    new TestNode({ number, time, versions, trust: { isOpen: true } });
  const hub = make(1, [1, 2, 3]);
  const nodes = [hub, make(2, [1]), make(3, [2]), make(4, [3]), make(5, [1, 2, 3])];
  for (const node of nodes) node.write([[["new", `of-${node.id.slice(0, 8)}`, {}]]]);
  const wires = nodes.slice(1).map((node) => new Wire(node, hub));
  settle(nodes, wires);
  for (const node of nodes) node.write([[["note", "item", node.id]]]);
  settle(nodes, wires);
  for (const node of nodes) {
    assert.equal(node.replica.log.length, 10);
    assert.deepEqual(node.digest, hub.digest);
  }
});
