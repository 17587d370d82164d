/** Pages that are kept as they came, and which are not: what is passed on has been verified. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { zstd } from "../adapters/zstd.ts";
import { keptPageOpsMin } from "../base/limits.ts";
import { drained } from "../base/testing/drained.ts";
import {
  author,
  badlySigned,
  chain,
  fakeCrypto,
  forge,
  signed,
  testCodec,
  unsigned,
} from "../log/testing/forge.ts";
import type { Op, ReceivedOp } from "../op/op.ts";
import { opMessage } from "../op/signature.ts";
import { decodePage } from "../page/page.ts";
import { ModelPeer } from "./testing/model-peer.ts";
import { pageOf, PagingPeer } from "./testing/paging-peer.ts";
import { TestNode } from "./testing/test-node.ts";

const many = keptPageOpsMin + 44;
const ops = chain({ author: author(5), length: many });
const more = chain({ author: author(7), length: many });

/** Every 200th op and the last one signed: as few as a page needs. */
function sparsely(list: readonly Op[]): readonly ReceivedOp[] {
  return list.map((op, at) => {
    return at % 200 === 199 || at === list.length - 1 ? signed(op) : unsigned(op);
  });
}

interface Told {
  readonly node: TestNode;
  readonly reader: PagingPeer;
}

/** A node that got this page from a peer, and a second peer that reads all of it. */
function passOn(page: Uint8Array): Told {
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new PagingPeer(node).stream();
  peer.send(page);
  node.commit();
  const reader = new PagingPeer(node, { number: 3 }).stream({ credit: 2 ** 40 });
  reader.readAll();
  return { node, reader };
}

function assertVerified(reader: PagingPeer): void {
  for (const { bytes } of reader.all("page")) {
    const content = decodePage(testCodec, bytes, zstd);
    assert.ok(content.ok);
    for (const { op, sig } of content.value.ops) {
      const message = opMessage(op.id);
      const isRight = sig === null || fakeCrypto.verify({ key: op.author, message, sig });
      assert.ok(isRight, `[LOG-15] a wrong signature of op ${op.seq} was passed on`);
    }
  }
}

test("a page of many ops that is applied as it is goes to others byte for byte", () => {
  const page = pageOf(sparsely(ops));
  const { node, reader } = passOn(page);
  assert.equal(node.pages.size, 1);
  assert.deepEqual(
    reader.all("page").map(({ bytes }) => Buffer.from(bytes).toString("hex")),
    [Buffer.from(page).toString("hex")],
  );
  assertVerified(reader);
});

test("[V3-39] [LOG-15] a page with a signature that nobody verified is not kept", () => {
  for (const wrong of [17, 100, 198]) {
    const spoiled = sparsely(ops).map((each, at) => (at === wrong ? badlySigned(each.op) : each));
    const { node, reader } = passOn(pageOf(spoiled));
    assert.equal(node.pages.size, 0);
    assert.equal(reader.ids.length, many, "its ops are right, since later ones vouch for them");
    assertVerified(reader);
  }
});

test("a page of which an op was known, refused or waits is not kept", () => {
  const wrong = forge({ author: author(6), twist: { lamport: 9 } });
  const gap = chain({ author: author(7), length: 2 }).slice(1);
  for (const odd of [wrong, ...gap]) {
    const { node, reader } = passOn(pageOf([...sparsely(ops), signed(odd)]));
    assert.equal(node.pages.size, 0);
    assert.equal(reader.ids.length, many);
    assertVerified(reader);
  }
  const node = new TestNode({ trust: { isOpen: true } });
  const peer = new PagingPeer(node).stream();
  peer.send(pageOf(ops.slice(0, 1).map(signed)));
  peer.send(pageOf(sparsely(ops)));
  node.commit();
  assert.equal(node.pages.size, 0);
  assert.equal(node.replica.log.length, many);
});

test("[V3-39] [LOG-15] of an author that forks in a page all signatures go out, and are right", () => {
  const trunk = chain({ author: author(5), length: 3 });
  const branch = (note: string): readonly Op[] =>
    chain({ author: author(5), length: 3, prev: trunk[2] ?? null, note });
  const both = [...trunk, ...branch("left"), ...branch("right")];
  const { reader } = passOn(pageOf(both.map(signed)));
  const [page] = reader.frames.filter(({ type }) => type === "page");
  assert.equal(page?.ops.length, 9);
  assert.ok(page.ops.filter(({ isSigned }) => isSigned).length >= 2);
  assertVerified(reader);
});

test("a page that was taken apart before has the same effects", () => {
  const unsound = forge({ author: author(6), twist: { lamport: 9 } });
  const nodes = [false, true].map((isSliced) => {
    const node = new TestNode({ trust: { isOpen: true } });
    const peer = new PagingPeer(node).stream();
    const frames = [pageOf(sparsely(ops)), pageOf([...sparsely(more), signed(unsound)])];
    for (const data of frames) {
      const slices = isSliced ? node.replica.slices(peer.conn, data) : null;
      const content = slices === null ? null : drained(slices);
      assert.equal(content !== null, isSliced);
      const frame = { kind: "frame", conn: peer.conn, data, isBinary: true } as const;
      node.step({ ...frame, ...(content && { content }) });
      node.commit();
    }
    return node;
  });
  const [whole, sliced] = nodes.map((node) => ({
    ids: node.ops.map(({ bytes }) => Buffer.from(bytes).toString("hex")),
    pages: [...node.pages.keys()],
    refused: node.replica.rejections.latest().map(({ id, code }) => ({ id, code })),
  }));
  assert.deepEqual(sliced, whole);
  assert.equal(whole?.ids.length, 2 * many);
  assert.equal(whole.refused.length, 1);
});

test("nobody has a page taken apart who may not send one now", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const page = pageOf(sparsely(ops));
  const stranger = new PagingPeer(node);
  assert.equal(node.replica.slices(stranger.conn, page), null);
  const hailing = new PagingPeer(node, { number: 3 });
  hailing.sayHello();
  node.commit();
  assert.equal(node.replica.slices(hailing.conn, page), null);
  const second = new ModelPeer(node, { number: 4 }).goLive();
  assert.equal(node.replica.slices(second.conn, page), null);
  const peer = new PagingPeer(node, { number: 5 }).stream();
  assert.notEqual(node.replica.slices(peer.conn, page), null);
  assert.equal(node.replica.slices(peer.conn, pageOf(ops.slice(0, 9).map(signed))), null);
  peer.send("no frame");
  assert.equal(node.replica.slices(peer.conn, page), null);
});
