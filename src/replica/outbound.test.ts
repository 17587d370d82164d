/** What goes to one peer: paging, the window, live frames behind bulk, and slow consumers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bulkFrameBytes,
  bulkWindowBytes,
  frameBytesMax,
  liveBurstOps,
  liveFramesMax,
  slowPeerMs,
} from "../base/limits.ts";
import { author, chain, run, signed } from "../log/testing/forge.ts";
import type { Op, ReceivedOp } from "../op/op.ts";
import { bulkOf, ModelPeer } from "./testing/model-peer.ts";
import { TestNode } from "./testing/test-node.ts";

function openNode(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

/** Gives the node these ops, as a file would. */
function load(node: TestNode, ops: readonly ReceivedOp[]): void {
  const { ops: lines } = JSON.parse(bulkOf(ops)) as { ops: never[] };
  node.step({ kind: "import", request: node.nextRequest(), lines });
  node.commit();
}

/** The same without the commit, under one signature. */
function importRun(node: TestNode, ops: readonly Op[]): void {
  const { ops: lines } = JSON.parse(bulkOf(run(ops))) as { ops: never[] };
  node.step({ kind: "import", request: node.nextRequest(), lines });
}

/** A peer that has said hello and sent an empty clock, and has read nothing since. */
function greedy(node: TestNode, version = 2): ModelPeer {
  const peer = new ModelPeer(node, { version });
  peer.sayHello();
  if (version === 2) peer.sendJson({ type: "clock", clock: {} });
  return peer;
}

function bytesWaiting(node: TestNode, peer: ModelPeer): number {
  const frames = node.outbox.get(peer.conn) ?? [];
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

function note(text = "n"): readonly unknown[] {
  return ["note", "item", text];
}

test("[PEER-5] [SYN-3] a long delta is read as the peer drains, and never much over the window", () => {
  const node = openNode();
  const ops = chain({ author: author(5), length: 2_000, bodyBytes: 1_000 });
  for (let at = 0; at < ops.length; at += 200) load(node, run(ops.slice(at, at + 200)));
  const peer = greedy(node);
  let widest = 0;
  do widest = Math.max(widest, bytesWaiting(node, peer));
  while (peer.read());
  assert.ok(widest <= bulkWindowBytes + 4 * bulkFrameBytes, `${widest} bytes waited at once`);
  assert.equal(peer.ids.length, 2_000);
  assert.deepEqual(peer.repeats, []);
  assert.equal(peer.types.at(-1), "ready");
  assert.equal(peer.types.filter((type) => type === "ready").length, 1);
});

test("[LOG-7] [SYN-6] a run is never split over frames, and no frame exceeds 1 MiB", () => {
  const node = openNode();
  // 250 KiB a run, and text that JSON writes twice as long.
  for (const number of [4, 5, 6]) {
    const text = '"'.repeat(6_000);
    const prev = chain({ author: author(number), length: 1 });
    const ops = chain({ author: author(number), length: 19, prev: prev[0] ?? null, note: text });
    load(node, run([...prev, ...ops]));
  }
  const peer = greedy(node);
  peer.readAll();
  assert.equal(peer.ids.length, 60);
  const bulks = peer.frames.filter(({ type }) => type === "bulk");
  assert.equal(bulks.length, 3);
  for (const { ops } of bulks) assert.equal(ops.at(-1)?.isSigned, true);
  const sizes = bulks.map(({ json }) => Buffer.byteLength(JSON.stringify(json)));
  assert.ok(
    sizes.every((size) => size <= frameBytesMax),
    String(sizes),
  );
});

test("[SYN-3] [ONE-1] an empty delta is a ready, an empty dump an empty bulk", () => {
  const peer = greedy(openNode());
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "clock", "ready"]);
  const old = greedy(openNode(), 1);
  old.readAll();
  assert.deepEqual(old.types, ["welcome", "bulk"]);
  assert.deepEqual(old.frames.at(-1)?.ops, []);
});

test("[SYN-4] ops applied after the delta are held back until the peer's ready, then in order", () => {
  const node = openNode();
  node.write([[note("before")]]);
  node.commit();
  const peer = greedy(node);
  peer.readAll();
  for (const text of ["1", "2", "3"]) {
    node.write([[note(text)]]);
    node.commit();
  }
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "clock", "bulk", "ready"]);
  peer.sendJson({ type: "ready" });
  peer.readAll();
  // They are of several commits, and so may come as one bulk.
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
  node.write([[note("4")]]);
  node.commit();
  peer.readAll();
  assert.equal(peer.types.at(-1), "live");
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
});

test("[SYN-5] [SYN-6] a signed op goes out live, a run without inner signatures as bulk", () => {
  const node = openNode();
  const peer = new ModelPeer(node).goLive();
  const before = peer.types.length;
  node.write([[note("one")]]);
  node.commit();
  load(node, run(chain({ author: author(5), length: 3 })));
  peer.readAll();
  assert.deepEqual(peer.types.slice(before), ["live", "bulk"]);
  assert.deepEqual(
    peer.frames.at(-1)?.ops.map(({ isSigned }) => isSigned),
    [false, false, true],
  );
});

test("[PEER-6] a burst of thousands of ops never drops a peer that drains, nor loses any", () => {
  const node = openNode();
  const peer = new ModelPeer(node).goLive();
  for (let round = 0; round < 12; round += 1) {
    for (let at = 0; at < 300; at += 1) node.write([[note(`${round} ${at}`)]]);
    node.commit();
    assert.ok(peer.read(), "it reads one frame of each burst at once, the rest later");
    node.pass(slowPeerMs - 1);
    node.step({ kind: "pong", conn: peer.conn });
  }
  peer.readAll();
  assert.equal(peer.closedWith, null);
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
  assert.deepEqual(peer.repeats, []);
});

test("[PEER-4] a peer that lets its queue fill is closed with 4499 at the limit, not before", () => {
  const node = openNode();
  const peer = new ModelPeer(node).goLive();
  let written = 0;
  for (; written < liveFramesMax + 200; written += 1) {
    node.write([[note()]]);
    node.commit();
  }
  const waiting = node.outbox.get(peer.conn)?.length ?? 0;
  assert.ok(waiting >= liveFramesMax && waiting <= liveFramesMax + liveBurstOps, String(waiting));
  node.pass(slowPeerMs - 1);
  assert.equal(peer.closedWith, null);
  node.pass(1);
  assert.equal(peer.closedWith, 4499);
});

test("[PEER-4] progress of a full queue, however small, gives the peer its time again", () => {
  const node = openNode();
  const peer = new ModelPeer(node).goLive();
  for (let at = 0; at < liveFramesMax + 50; at += 1) {
    node.write([[note()]]);
    node.commit();
  }
  for (let round = 0; round < 5; round += 1) {
    node.pass(slowPeerMs - 1);
    assert.equal(peer.closedWith, null);
    assert.ok(peer.read());
    node.write(Array.from({ length: liveFramesMax }, () => [note()]));
    node.commit();
  }
  node.pass(slowPeerMs);
  assert.equal(peer.closedWith, 4499);
});

test("[PEER-4] a few frames that nobody takes drop no peer before the keepalive does", () => {
  const node = openNode();
  const peer = new ModelPeer(node).goLive();
  node.write([[note()]]);
  node.commit();
  node.pass(4 * slowPeerMs);
  assert.equal(peer.closedWith, null);
});

test("[PEER-9] [PEER-4] a stalled peer costs another one nothing", () => {
  const node = openNode();
  const [stalled, healthy] = [
    new ModelPeer(node).goLive(),
    new ModelPeer(node, { number: 3 }).goLive(),
  ];
  for (let at = 0; at < 2 * liveFramesMax; at += 1) {
    node.write([[note()]]);
    node.commit();
    healthy.readAll();
  }
  node.pass(slowPeerMs);
  assert.deepEqual([stalled.closedWith, healthy.closedWith], [4499, null]);
  assert.deepEqual(healthy.ids, [...node.replica.log.ids()]);
});

/** A step of a run in which one node serves one peer, in any interleaving. */
const action = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "read" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "commit" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "load" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      ops: fc.integer({ min: 1, max: 70 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "ready" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      ops: fc.integer({ min: 1, max: 256 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "clock" as const }) },
);

test("[PEER-6] [PEER-3] [LOG-19] nothing is lost, reordered or early, whatever the interleaving", () => {
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 5, maxLength: 40 }),
      fc.constantFrom(1, 2),
      fc.integer({ min: 0, max: 400 }),
      (actions, version, before) => {
        const node = openNode();
        if (before > 0) node.write(Array.from({ length: before }, () => [note()]));
        node.commit();
        node.isReadingAtOnce = false;
        const peer = greedy(node, version);
        let isReady = false;
        let asked = 0;
        let foreign = 10;
        for (const each of actions) {
          if (each.kind === "read") peer.read();
          else if (each.kind === "commit") node.commit();
          else if (each.kind === "load") node.read();
          else if (each.kind === "write")
            node.write(Array.from({ length: each.ops }, () => [note()]));
          else if (each.kind === "ready" && !isReady) {
            isReady = true;
            peer.sendJson({ type: "ready" });
          } else if (each.kind === "clock") {
            asked += 1;
            peer.sendJson({ type: "clock", clock: {} });
          } else if (each.kind === "run") {
            foreign += 1;
            importRun(node, chain({ author: author(foreign), length: each.ops }));
          }
        }
        if (!isReady) peer.sendJson({ type: "ready" });
        for (let rest = 0; rest < 2_000; rest += 1) {
          node.commit();
          node.read();
          if (!peer.read() && node.batch === null && node.loads.length === 0) break;
        }
        assert.equal(peer.closedWith, null);
        assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
        if (asked === 0 || version === 1) assert.deepEqual(peer.repeats, []);
      },
    ),
    { numRuns: 50 },
  );
});

test("[PEER-3] a signed op from one peer goes on to another only when it is on disk", () => {
  const node = openNode();
  const [from, to] = [new ModelPeer(node).goLive(), new ModelPeer(node, { number: 3 }).goLive()];
  const ops = chain({ author: author(5), length: 2 });
  from.send(bulkOf(ops.map(signed)));
  to.readAll();
  assert.deepEqual(to.ids, []);
  node.commit();
  to.readAll();
  assert.deepEqual(
    to.ids,
    ops.map((op) => op.id),
  );
});
