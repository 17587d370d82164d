/** One session with a peer that is played by hand: clocks, what waits, and the deadlines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { author, chain, forge, signed } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { bulkOf, liveOf, ModelPeer } from "./testing/model-peer.ts";
import { TestNode } from "./testing/test-node.ts";

function note(text = "n"): readonly unknown[] {
  return ["note", "item", text];
}

function open(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

test("[SYN-7] [SYN-15] a bulk is taken while live, and a second ready changes nothing", () => {
  const node = open();
  const peer = new ModelPeer(node).goLive();
  peer.send(bulkOf(chain({ author: author(5), length: 3 }).map(signed)));
  peer.sendJson({ type: "ready" });
  peer.sendJson({ type: "ready" });
  node.write([[note()]]);
  node.commit();
  peer.know([...node.replica.log.ids()]);
  peer.readAll();
  assert.equal(peer.ids.length, 1);
  assert.equal(node.told("live").length, 1);
});

test("[SYN-1] [SYN-2] [LOG-18] each side sends its clock at once, without forked authors", () => {
  const node = open();
  const feeder = new ModelPeer(node).goLive();
  feeder.send(bulkOf(chain({ author: author(5), length: 3 }).map(signed)));
  feeder.send(bulkOf([signed(forge({ author: author(6), body: '[["note","i","a"]]' }))]));
  feeder.send(bulkOf([signed(forge({ author: author(6), body: '[["note","i","b"]]' }))]));
  node.commit();
  const peer = new ModelPeer(node, { number: 3 });
  peer.sayHello();
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "clock"]);
  assert.deepEqual(peer.frames[1]?.json["clock"], { [author(5)]: 3 });
});

test("[PEER-3] a clock does not count what is not yet on disk", () => {
  const node = open();
  node.write([[note()]]);
  const peer = new ModelPeer(node);
  peer.sayHello();
  peer.readAll();
  assert.deepEqual(peer.frames[1]?.json["clock"], {});
});

test("[SYN-16] a clock that claims more than there is means that nothing is missing", () => {
  const node = open();
  node.write([[note()]]);
  node.commit();
  const peer = new ModelPeer(node);
  peer.sayHello();
  peer.sendJson({ type: "clock", clock: { [node.id]: 1e300, [author(9)]: 7 } });
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "clock", "ready"]);
});

test("[SYN-14] a later clock is answered with bulks and no ready, one at a time", () => {
  const node = open();
  node.write(Array.from({ length: 1_000 }, () => [note("x".repeat(1_000))]));
  node.commit();
  const peer = new ModelPeer(node).goLive();
  assert.equal(peer.ids.length, 1_000);
  const readies = peer.types.filter((type) => type === "ready").length;
  peer.repeats.length = 0;
  for (let times = 0; times < 50; times += 1) peer.sendJson({ type: "clock", clock: {} });
  peer.readAll();
  // The first is answered, and of those that came meanwhile the last one.
  assert.equal(peer.repeats.length, 2_000);
  peer.sendJson({ type: "clock", clock: { [node.id]: 999 } });
  peer.readAll();
  assert.equal(peer.repeats.length, 2_001);
  assert.equal(peer.types.filter((type) => type === "ready").length, readies);
});

/** The clocks that the peer got since the last call. */
function clocksOf(peer: ModelPeer): readonly unknown[] {
  peer.readAll();
  const clocks = peer.frames
    .filter(({ type }) => type === "clock")
    .map(({ json }) => json["clock"]);
  peer.frames.length = 0;
  return clocks;
}

test("[SYN-13] [LOG-11] while an op waits the clock is sent again: at 0, 10, 30, 70 s", () => {
  const node = open();
  const peer = new ModelPeer(node).goLive();
  const [first, second] = chain({ author: author(5), length: 2 }) as [Op, Op];
  peer.send(bulkOf([signed(forge({ author: author(6) }))]));
  node.commit();
  clocksOf(peer);
  peer.send(liveOf(signed(second)));
  assert.deepEqual(clocksOf(peer), [{ [author(6)]: 1 }], "the waiting op's author is left out");
  const gaps = [10_000, 20_000, 40_000];
  for (const gap of gaps) {
    passAlive(node, peer, gap - 1);
    assert.deepEqual(clocksOf(peer), []);
    passAlive(node, peer, 1);
    assert.deepEqual(clocksOf(peer), [{}], "later clocks ask for everything");
  }
  peer.send(liveOf(signed(first)));
  node.commit();
  passAlive(node, peer, 200_000);
  assert.deepEqual(clocksOf(peer), [], "nothing waits any more");
  assert.equal(node.replica.log.length, 3);
});

function passAlive(node: TestNode, peer: ModelPeer, ms: number): void {
  for (let rest = ms; rest > 0; rest -= 10_000) {
    node.step({ kind: "pong", conn: peer.conn });
    node.pass(Math.min(rest, 10_000));
  }
}

test("[SYN-13] many waiting ops, and new ones, make no more clocks than one", () => {
  const node = open();
  const peer = new ModelPeer(node).goLive();
  clocksOf(peer);
  for (let number = 5; number < 50; number += 1) {
    const ops = chain({ author: author(number), length: 2 });
    peer.send(liveOf(signed(ops[1] as Op)));
    node.pass(100);
  }
  assert.equal(clocksOf(peer).length, 1);
});

test("[SYN-13] an op that waited only before the peer's ready asks for nothing", () => {
  const node = open();
  const peer = new ModelPeer(node);
  peer.sayHello();
  peer.sendJson({ type: "clock", clock: {} });
  const [first, second] = chain({ author: author(5), length: 2 }) as [Op, Op];
  peer.send(bulkOf([signed(second)]));
  peer.send(bulkOf([signed(first)]));
  node.commit();
  peer.sendJson({ type: "ready" });
  passAlive(node, peer, 60_000);
  assert.equal(clocksOf(peer).length, 1, "the first clock, and no other");
});

test("[AUTH-1] a handshake that takes 10 s ends with 4408, whatever was sent", () => {
  const node = open();
  const [silent, noisy] = [node.accept(), node.accept()];
  node.pass(9_999);
  node.receive(noisy, '{"type":"hm"}');
  assert.deepEqual([node.closedWith(silent), node.closedWith(noisy)], [null, null]);
  node.pass(1);
  assert.deepEqual([node.closedWith(silent), node.closedWith(noisy)], [4408, 4408]);
  assert.equal(node.replica.deadline(), Infinity);
});

test("[CON-8] a ping goes out every 30 s, and a peer is dropped after 60 s without a pong", () => {
  const node = open();
  const [alive, dead] = [new ModelPeer(node).goLive(), new ModelPeer(node, { number: 3 }).goLive()];
  node.pass(29_999);
  assert.equal(node.pings.length, 0);
  node.pass(1);
  assert.deepEqual(node.pings, [alive.conn, dead.conn]);
  node.step({ kind: "pong", conn: alive.conn });
  node.pass(29_999);
  assert.equal(dead.closedWith, null);
  node.pass(1);
  assert.deepEqual([alive.closedWith, dead.closedWith], [null, 1001]);
  assert.equal(node.pings.filter((conn) => conn === alive.conn).length, 2);
});

test("hanging up closes with the code that was asked for, once", () => {
  const node = open();
  const peer = new ModelPeer(node).goLive();
  node.step({ kind: "hang-up", conn: peer.conn, code: 4403 });
  node.step({ kind: "hang-up", conn: peer.conn, code: 1000 });
  assert.deepEqual(
    node.closings.map(({ code }) => code),
    [4403],
  );
});
