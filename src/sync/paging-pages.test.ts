/** Version 3, pages and signs of life: which are taken, and what becomes of the ops in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../base/bytes.ts";
import {
  author,
  badlySigned,
  chain,
  fakeCrypto,
  forge,
  run,
  signed,
  unsigned,
} from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { frontierOf, load, pageOf, PagingPeer } from "../replica/testing/paging-peer.ts";
import { TestNode } from "../replica/testing/test-node.ts";
import { beatFrame } from "./frames-3.ts";

function openNode(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

const mine = chain({ author: author(5), length: 6 });
const hello = { frontier: frontierOf(mine.slice(-1)) };

/** A node with six ops of author 5. */
function nodeWithOps(): TestNode {
  const node = openNode();
  load(node, run(mine));
  return node;
}

test("[V3-36] a page that is none closes with 4400, and nothing of it is applied", () => {
  const bad = [Uint8Array.of(3), Uint8Array.of(3, 0, 0, 0), Uint8Array.of(3, 9, 1, 1, 1)];
  const cut = pageOf(run(mine)).slice(0, -1);
  for (const page of [...bad, cut]) {
    const node = openNode();
    const peer = new PagingPeer(node).stream();
    peer.send(page);
    assert.equal(peer.closedWith, 4400);
    assert.equal(node.replica.log.length, 0);
  }
});

test("[V3-37] [V3-41] ops of a page are judged one by one, known ones are ignored", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).stream();
  const lamport = { lamport: 9 };
  const wrong = forge({ author: author(6), twist: lamport });
  const above = forge({ author: author(6), prev: wrong });
  const good = chain({ author: author(7), length: 1 });
  peer.send(pageOf([...mine.map(signed), ...[wrong, above, ...good].map(signed)]));
  node.commit();
  assert.equal(peer.closedWith, null);
  assert.deepEqual(
    [...node.replica.log.ids()],
    [...mine, ...good].map(({ id }) => id),
  );
  const refused = node.told("rejected").flatMap(({ rejections }) => rejections);
  assert.deepEqual(
    refused.map(({ id, code }) => [id, code]),
    [
      [wrong.id, "op/lamport-mismatch"],
      [above.id, "op/ancestor-refused"],
    ],
  );
});

test("[V3-38] ops of a run need not stand side by side; one that nothing vouches for is refused", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  const [one, two] = [
    chain({ author: author(6), length: 2 }),
    chain({ author: author(7), length: 2 }),
  ];
  const [a, b, c, d] = [one[0], two[0], one[1], two[1]] as [Op, Op, Op, Op];
  peer.send(pageOf([unsigned(a), unsigned(b), signed(c), signed(d)]));
  node.commit();
  assert.equal(node.replica.log.length, 4);
  const bare = chain({ author: author(8), length: 2 });
  peer.send(pageOf([signed(bare[0] as Op), unsigned(bare[1] as Op)]));
  peer.send(pageOf(chain({ author: author(9), length: 1 }).map(badlySigned)));
  node.commit();
  assert.equal(node.replica.log.length, 5);
  const refused = node.told("rejected").flatMap(({ rejections }) => rejections);
  assert.deepEqual(
    refused.map(({ code }) => code),
    ["op/unsigned", "op/signature-invalid"],
  );
});

test("[V3-41] a page is taken before any frontier was stated", () => {
  const node = openNode();
  const peer = new PagingPeer(node).hail(hello);
  peer.send(pageOf(run(mine)));
  node.commit();
  assert.equal(node.replica.log.length, 6);
  peer.readAll();
  assert.deepEqual(peer.types.slice(1), ["hello", "frontier"], "and it is acknowledged");
});

test("[V3-42] a beat of up to 4 KiB is taken, and never enters the log nor the frontier", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).stream(hello);
  const digest = node.replica.frontier.digest(fakeCrypto);
  peer.send(beatFrame(new Uint8Array(0)));
  peer.send(beatFrame(new Uint8Array(4_096)));
  node.commit();
  assert.equal(peer.closedWith, null);
  assert.equal(node.ops.length, 6);
  assert.equal(node.replica.frontier.digest(fakeCrypto), digest);
  peer.send(beatFrame(new Uint8Array(4_097)));
  assert.equal(peer.closedWith, 4400);
});

test("[V3-1] an empty frame closes with 4400, an unknown tag is ignored wherever it comes", () => {
  const node = openNode();
  const peer = new PagingPeer(node);
  peer.sayHello();
  for (const tag of [0, 10, 123, 255]) peer.send(Uint8Array.of(tag, 1, 2, 3));
  peer.send(Uint8Array.of(1, ...(fromHex("ee".repeat(32)) ?? []), 1));
  for (const tag of [0, 10, 123, 255]) peer.send(Uint8Array.of(tag));
  assert.equal(peer.closedWith, null);
  peer.send(new Uint8Array(0));
  assert.equal(peer.closedWith, 4400);
});
