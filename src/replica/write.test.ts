/** Ops that the node writes itself, and ops that a file brings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import { bodyBytesMax, rejectionsKept } from "../base/limits.ts";
import {
  author,
  badlySigned,
  chain,
  fakeCrypto,
  forge,
  run,
  signed,
  strangeId,
  unsigned,
} from "../log/testing/forge.ts";
import { readFields } from "../op/fields.ts";
import type { Op, ReceivedOp } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { opMessage } from "../op/signature.ts";
import { bulkOf, ModelPeer, opJson } from "./testing/model-peer.ts";
import { readSent } from "./testing/sent-ops.ts";
import { TestNode } from "./testing/test-node.ts";

function note(text = "n"): readonly unknown[] {
  return ["note", "item", text];
}

function notes(count: number, text?: string): readonly (readonly unknown[])[][] {
  return Array.from({ length: count }, () => [note(text)]);
}

/** The ops that were persisted and not yet committed, with their signatures. */
function persisted(node: TestNode): readonly ReceivedOp[] {
  node.step({ kind: "flush" });
  return node.batch?.ops ?? [];
}

test("a clock that shows a year before 1970 does not spoil what is written", () => {
  const node = new TestNode();
  node.time.wall = -1;
  node.write([[note()]]);
  const [written] = persisted(node);
  assert.equal(written?.op.time, 0);
  const decoded = readFields(written.op.bytes);
  assert.ok(decoded.ok && decoded.value.time === 0);
});

test("each op of a write follows the one before, and the caller hears of them when durable", () => {
  const node = new TestNode();
  const request = node.write([[note("a")], [note("b")], []], "alice");
  assert.deepEqual(node.told("wrote"), []);
  const ops = persisted(node).map(({ op }) => op);
  assert.deepEqual(
    ops.map(({ seq, lamport, prev }) => [seq, lamport, prev]),
    [
      [1, 1, noOp],
      [2, 2, ops[0]?.id],
      [3, 3, ops[1]?.id],
    ],
  );
  for (const op of ops)
    assert.deepEqual([op.actor, op.time, op.author], ["alice", node.time.wall, node.id]);
  node.commit();
  assert.deepEqual(node.told("wrote"), [{ kind: "wrote", request, ids: ops.map((op) => op.id) }]);
  assert.deepEqual(node.told("applied"), [{ kind: "applied", count: 3, items: new Set(["item"]) }]);
});

test("[LOG-22] an op names the heads of others as deps, and its lamport is above them all", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  const [five, six] = [
    chain({ author: author(5), length: 4 }),
    chain({ author: author(6), length: 2 }),
  ];
  const seven = forge({ author: author(7), deps: [six[1] as Op] });
  peer.send(bulkOf([...five, ...six, seven].map(signed)));
  node.write([[note()], [note()]]);
  const [first, second] = persisted(node)
    .slice(-2)
    .map(({ op }) => op);
  assert.deepEqual(first?.deps, [five[3]?.id, seven.id].sort());
  assert.equal(first.lamport, 5);
  assert.deepEqual([second?.deps, second?.lamport], [[], 6]);
});

test("[LOG-21] what is kept together is signed at its end, and each 256th op before", () => {
  const node = new TestNode();
  node.write(notes(300));
  node.write(notes(300));
  const ops = persisted(node);
  assert.equal(ops.length, 600);
  const signed = ops.filter(({ sig }) => sig !== null);
  assert.deepEqual(
    signed.map(({ op }) => op.seq),
    [256, 512, 600],
  );
  for (const { op, sig } of signed) {
    assert.ok(sig !== null);
    assert.ok(fakeCrypto.verify({ key: op.author, message: opMessage(op.id), sig }));
  }
  node.commit();
  assert.deepEqual(node.told("wrote").length, 2);
});

test("[LOG-21] a run of large own ops is signed before it has more than 256 KiB", () => {
  const node = new TestNode();
  node.write(notes(9, "x".repeat(60_000)));
  const signed = persisted(node).filter(({ sig }) => sig !== null);
  assert.deepEqual(
    signed.map(({ op }) => op.seq),
    [4, 8, 9],
  );
});

test("[LOG-21] [SYN-5] an author signs each op that it streams, in versions 1 and 2", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peers = [1, 2].map((version) => new ModelPeer(node, { number: version + 1, version }));
  for (const [at, peer] of peers.entries()) {
    if (at === 1) peer.goLive();
    else peer.sayHello();
    peer.readAll();
  }
  node.write(notes(3));
  node.write(notes(100));
  node.commit();
  for (const peer of peers) {
    peer.readAll();
    assert.equal(peer.ids.length, 103);
    const ops = peer.frames.flatMap((frame) => frame.ops);
    assert.ok(ops.every(({ isSigned }) => isSigned));
  }
});

test("a write that is too large or invalid is refused with its code, and nothing changes", () => {
  const node = new TestNode();
  node.write([[note("before")]]);
  node.commit();
  const before = node.digest;
  const rows: readonly (readonly [
    ops: readonly (readonly unknown[])[],
    actor: string,
    code: string,
  ])[] = [
    [[[note("x".repeat(bodyBytesMax))]], "", "write/too-large"],
    [[[note()], [note("ü".repeat(bodyBytesMax / 2))]], "", "write/too-large"],
    [[[["set", "no item", "title", "x"]]], "", "write/invalid"],
    [[[note()], [["set", "item", "stage", "lost"]]], "", "write/invalid"],
    [[[note("\ud800")]], "", "write/invalid"],
    [[[note()]], "x".repeat(129), "write/invalid"],
    [[[note()]], "\ud800", "write/invalid"],
    [[[["mesh", "00".repeat(32), "again"]]], "", "write/invalid"],
  ];
  for (const [ops, actor, code] of rows) {
    node.notices.length = 0;
    const request = node.write(ops, actor);
    const [refused] = node.told("write-refused");
    assert.deepEqual([refused?.request, refused?.code], [request, code]);
    assert.equal(node.batch, null);
    assert.deepEqual(node.digest, before);
  }
  node.write([[note("after")]]);
  node.commit();
  assert.equal(node.replica.log.length, 2);
});

test("a write of no ops is answered, too", () => {
  const node = new TestNode();
  const request = node.write([]);
  node.commit();
  assert.deepEqual(node.told("wrote"), [{ kind: "wrote", request, ids: [] }]);
});

test("[LOG-23] a node whose own log is forked goes on from its highest head", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  node.write([[note("own 1")]]);
  node.commit();
  peer.readAll();
  // The same key in another place: another first op, and two that follow it.
  const other = chain({ author: node.id, length: 3, note: "other" });
  peer.send(bulkOf(run(other)));
  node.write([[note("own again")]]);
  const last = persisted(node).at(-1)?.op;
  assert.deepEqual([last?.prev, last?.seq, last?.lamport], [other[2]?.id, 4, 4]);
  const [fork] = node.told("fork");
  assert.deepEqual([fork?.fork.author, fork?.fork.seq, fork?.fork.entries.length], [node.id, 1, 2]);
});

function importInto(node: TestNode, lines: readonly object[]): void {
  const request = node.nextRequest();
  node.step({ kind: "import", request, lines: lines as readonly JsonObject[] });
  node.commit();
}

test("an import says of each line what became of it", () => {
  const node = new TestNode();
  const [first, second, third] = chain({ author: author(5), length: 3 }) as [Op, Op, Op];
  importInto(node, [opJson(signed(first))]);
  const orphan = forge({ author: author(6), twist: { seq: 2, prev: strangeId(1), lamport: 2 } });
  importInto(node, [
    { nonsense: true },
    opJson(signed(first)),
    opJson(signed(second)),
    { ...opJson(signed(third)), body: "{}" },
    opJson(unsigned(third)),
    opJson(signed(orphan)),
  ]);
  const outcome = node.told("imported").at(-1);
  assert.deepEqual([outcome?.applied, outcome?.known, outcome?.waiting], [1, 1, 1]);
  assert.deepEqual(
    outcome?.refused.map(({ line, code }) => [line, code]),
    [
      [0, "op/json-invalid"],
      [3, "op/body-not-array"],
      [null, "op/unsigned"],
    ],
  );
  assert.equal(node.replica.rejections.total, 3);
});

test("an import of which nothing is new is answered, too, and changes nothing", () => {
  const node = new TestNode();
  const lines = run(chain({ author: author(5), length: 3 })).map(opJson);
  importInto(node, lines);
  const before = node.digest;
  importInto(node, lines);
  const outcomes = node.told("imported").map(({ applied, known }) => [applied, known]);
  assert.deepEqual(outcomes, [
    [3, 0],
    [0, 3],
  ]);
  assert.deepEqual(node.digest, before);
});

test("what a file brings goes out to every peer", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  const ops = chain({ author: author(5), length: 3 });
  importInto(node, run(ops).map(opJson));
  peer.readAll();
  assert.deepEqual(
    peer.ids,
    ops.map((op) => op.id),
  );
});

test("[PEER-7] [SYN-10] refused ops are counted by code, named with their peer, and kept to 100", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new ModelPeer(node).goLive();
  const good = forge({ author: author(6) });
  const bad = chain({ author: author(5), length: 1 }).map(badlySigned);
  peer.send(bulkOf([...bad, signed(good)]));
  peer.sendJson({ type: "bulk", ops: Array.from({ length: 150 }, () => ({})) });
  assert.equal(peer.closedWith, null);
  assert.ok(node.replica.log.find(good.id), "the rest of the frame is considered");
  const { rejections } = node.replica;
  assert.equal(rejections.total, 151);
  assert.deepEqual(
    [...rejections.byCode()],
    [
      ["op/signature-invalid", 1],
      ["op/json-invalid", 150],
    ],
  );
  assert.equal(rejections.latest().length, rejectionsKept);
  const [told] = node.told("rejected");
  const { wall } = node.time;
  assert.deepEqual(told?.rejections, [
    {
      id: bad[0]?.op.id,
      author: author(5),
      code: "op/signature-invalid",
      from: author(2),
      at: wall,
    },
  ]);
});

test("[LOG-12] [LOG-15] a signature that is wrong is never passed on", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const [from, to] = [new ModelPeer(node).goLive(), new ModelPeer(node, { number: 3 }).goLive()];
  const [first, second] = chain({ author: author(5), length: 2 }) as [Op, Op];
  from.send(bulkOf([badlySigned(first), signed(second)]));
  node.commit();
  to.readAll();
  const sent = to.frames.at(-1);
  assert.deepEqual(
    sent?.ops.map(({ op }) => op.id),
    [first.id, second.id],
  );
  assert.equal(sent.ops[0]?.isSigned, false);
  assert.ok(readSent(bulkOf([signed(first)])).ops[0]?.isSigned);
});
