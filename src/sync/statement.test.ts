/** A peer's word counts when it is whole: half a statement is none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Frontier } from "../log/frontier.ts";
import { author, chain, fakeCrypto, run, TestNode } from "../log/testing/forge.ts";
import type { FrontierFrame } from "./frames-3.ts";
import { PeerFrontier } from "./peer-frontier.ts";

const [alice, bob] = [author(1), author(2)];

function twoAuthors(): {
  readonly node: TestNode;
  readonly entries: FrontierFrame["entries"];
  readonly digest: string;
} {
  const node = new TestNode();
  node.receive(run(chain({ author: alice, length: 2 })));
  node.receive(run(chain({ author: bob, length: 2 })));
  const entries = [1, 3].map((index) => {
    const { author: who, seq, id } = node.log.at(index);
    return [who, [{ seq, id }]] as const;
  });
  return { node, entries, digest: new Frontier(entries).digest(fakeCrypto) };
}

test("until a statement is whole, the one before holds", () => {
  const { node, entries, digest } = twoAuthors();
  const peer = new PeerFrontier(node.log, fakeCrypto);
  const frame = { type: "frontier", isWhole: true, digest } as const;
  assert.equal(peer.take({ ...frame, hasMore: false, entries }), "consistent");
  assert.deepEqual([peer.isSettled, peer.has(node.log.at(3))], [true, true]);
  assert.equal(peer.take({ ...frame, hasMore: true, entries: entries.slice(0, 1) }), "more");
  assert.equal(peer.isSettled, false, "nobody knows what it will say");
  assert(peer.has(node.log.at(3)), "it has not said that it lacks it");
  const empty = new Frontier(entries.slice(0, 1)).digest(fakeCrypto);
  assert.equal(peer.take({ ...frame, digest: empty, hasMore: false, entries: [] }), "consistent");
  assert.deepEqual([peer.isSettled, peer.has(node.log.at(3))], [true, false], "its new word");
});

test("a peer whose digest is of something else is not settled", () => {
  const { node, entries, digest } = twoAuthors();
  const peer = new PeerFrontier(node.log, fakeCrypto);
  const frame = { type: "frontier", isWhole: true, hasMore: false, digest } as const;
  assert.equal(peer.take({ ...frame, entries: entries.slice(0, 1) }), "mismatch");
  assert.deepEqual([peer.isKnown, peer.isSettled], [true, false]);
  assert.equal(peer.take({ ...frame, isWhole: false, entries: entries.slice(1) }), "consistent");
  assert.equal(peer.isSettled, true);
});
