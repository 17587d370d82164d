/** Whatever a peer sends, and in whatever order events come: the core neither throws nor leaks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  author,
  badlySigned,
  chain,
  forge,
  run,
  signed,
  strangeId,
  testMesh,
  unsigned,
} from "../log/testing/forge.ts";
import type { Op, ReceivedOp } from "../op/op.ts";
import type { ConnId } from "./events.ts";
import { freshNonce } from "./testing/fake-crypto.ts";
import { bulkOf, liveOf, ModelPeer, opJson } from "./testing/model-peer.ts";
import { TestNode } from "./testing/test-node.ts";

const ops: readonly Op[] = [
  ...chain({ author: author(5), length: 4, note: "a" }),
  ...chain({ author: author(5), length: 3, note: "b" }),
  ...chain({ author: author(6), length: 4 }),
  forge({ author: author(7), twist: { seq: 2, prev: strangeId(1), lamport: 2 } }),
  forge({ author: author(8), twist: { lamport: 7 } }),
];

const receivedOp: fc.Arbitrary<ReceivedOp> = fc
  .tuple(fc.constantFrom(...ops), fc.constantFrom(signed, unsigned, badlySigned))
  .map(([op, how]) => how(op));

/** Members that an op may have instead of its own. */
const twistedOp = fc
  .tuple(
    receivedOp,
    fc.constantFrom("author", "seq", "prev", "deps", "body", "sig"),
    fc.jsonValue(),
  )
  .map(([op, key, value]) => ({ ...opJson(op), [key]: value }));

const text = (json: object): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
const hex = fc.constantFrom(author(1), author(2), author(5), "zz", "");

const textFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.array(receivedOp, { maxLength: 6 }).map((batch) => new TextEncoder().encode(bulkOf(batch))),
  fc.array(twistedOp, { maxLength: 3 }).map((batch) => text({ type: "bulk", ops: batch })),
  fc
    .dictionary(hex, fc.integer({ min: -1, max: 9 }))
    .map((clock) => text({ type: "clock", clock })),
  fc.constant(text({ type: "ready" })),
  fc.constant(text({ type: "unknown" })),
  fc
    .record({ node: hex, versions: fc.array(fc.integer({ min: 0, max: 4 })) })
    .map((rest) => text({ type: "challenge", nonce: author(9), mesh: testMesh, ...rest })),
  fc.constant(text({ type: "welcome", mesh: testMesh, sig: "ab".repeat(64) })),
  fc.json().map((json) => new TextEncoder().encode(json)),
  fc.uint8Array({ maxLength: 40 }),
);

const conn = fc.integer({ min: 1, max: 6 }).map((number) => number as ConnId);

type Act = (node: TestNode, peers: ModelPeer[]) => void;

/** One thing that may happen to a node; frames come from peers in any phase, and from nowhere. */
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(conn, textFrame, fc.boolean()).map(([to, data, isBinary]): Act => {
      return (node) => node.step({ kind: "frame", conn: to, data, isBinary });
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(conn, receivedOp).map(([to, op]): Act => {
      return (node) => node.receive(to, liveOf(op));
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Act>((node, peers) => void peers.push(new ModelPeer(node))),
  },
  {
    weight: 3,
    arbitrary: fc.nat(5).map((pick): Act => (_node, peers) => {
      const peer = peers[pick];
      if (peer !== undefined && peer.closedWith === null && peer.types.length === 0) {
        if ((peer.node.outbox.get(peer.conn) ?? []).length === 1) peer.sayHello();
      }
    }),
  },
  {
    weight: 3,
    arbitrary: conn.map(
      (to): Act =>
        (node) =>
          void node.take(to),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Act>((node) => node.commit()) },
  { weight: 2, arbitrary: fc.constant<Act>((node) => node.read()) },
  { weight: 2, arbitrary: fc.constant<Act>((node) => void node.write([[["note", "i", "x"]]])) },
  {
    weight: 1,
    arbitrary: fc.nat(40_000).map(
      (ms): Act =>
        (node) =>
          node.pass(ms),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Act>((node) => void node.dial()) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(conn, fc.constantFrom("closed", "pong", "written", "loaded", "hang-up"))
      .map(([to, kind]): Act => (node) => {
        if (kind === "written") node.step({ kind, conn: to, frames: 2 });
        else if (kind === "loaded") node.step({ kind, conn: to, ops: [] });
        else if (kind === "hang-up") node.step({ kind, conn: to, code: 1000 });
        else node.step({ kind: kind === "pong" ? "pong" : "closed", conn: to });
      }),
  },
);

test("[PEER-9] [PEER-3] no sequence of events makes the core throw or send too early", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const node = new TestNode({ trust: { isOpen: true } });
      node.isReadingAtOnce = false;
      const peers: ModelPeer[] = [];
      for (const each of acts) each(node, peers);
      node.commit();
      assert.deepEqual(new Set(node.replica.log.ids()), node.durableIds);
      const { digest } = node;
      node.restart();
      assert.deepEqual(node.digest, digest);
    }),
    { numRuns: 400 },
  );
});

test("a frame for a connection that is gone, or never was, has no effect", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  for (const kind of ["pong", "closed"] as const) node.step({ kind, conn: 77 as ConnId });
  node.receive(77 as ConnId, bulkOf(run(chain({ author: author(5), length: 2 }))));
  node.step({ kind: "written", conn: 77 as ConnId, frames: 1 });
  node.step({ kind: "loaded", conn: 77 as ConnId, ops: [] });
  assert.deepEqual([node.notices, node.batch, node.closings], [[], null, []]);
});

test("[SYN-10] [LOG-13] a frame of which every op is refused leaves the state as it was", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  node.write([[["new", "item", { title: "x" }]]]);
  node.commit();
  const before = node.digest;
  const bad = [
    badlySigned(forge({ author: author(5) })),
    unsigned(forge({ author: author(6) })),
    signed(forge({ author: author(7), twist: { lamport: 9 } })),
  ];
  peer.send(bulkOf(bad));
  assert.equal(node.batch, null);
  assert.deepEqual([node.digest, node.replica.rejections.total], [before, 3]);
});

test("[PEER-9] a peer that breaks the protocol is closed, and its neighbours are not", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const [good, bad] = [new ModelPeer(node).goLive(), new ModelPeer(node, { number: 3 }).goLive()];
  bad.sendJson({ type: "auth", nonce: freshNonce() });
  node.write([[["note", "i", "x"]]]);
  node.commit();
  good.readAll();
  assert.deepEqual([bad.closedWith, good.closedWith, good.ids.length], [4400, null, 1]);
});

test("[ID-7] an op of another mesh has another id, so that its signature does not verify", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  // The bytes do not name the mesh: what a node of another one signed is a signature over another
  // id.
  peer.send(bulkOf([{ op: ops[0] as Op, sig: badlySigned(ops[0] as Op).sig }]));
  assert.deepEqual([...node.replica.rejections.byCode()], [["op/signature-invalid", 1]]);
});
