/** Version 3, what is said and answered: hellos, statements, answers, locators, pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../base/assert.ts";
import { creditBytes, repeatMs } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Head } from "../log/frontier.ts";
import { author, chain, fakeCrypto, run, signed, strangeId } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { frontierOf, load, pageOf, PagingPeer } from "../replica/testing/paging-peer.ts";
import { TestNode } from "../replica/testing/test-node.ts";
import { sessionOf } from "../replica/testing/wire.ts";
import { askFrame, locatorFrame, outlookFrame, pagingReadyFrame } from "./frames-3.ts";

function openNode(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

const headOf = ({ seq, id }: Op): Head => ({ seq, id });
const lastOf = (ops: readonly Op[]): Op => present(ops.at(-1), "there are ops");
const afterWelcome = (peer: PagingPeer): readonly string[] => peer.types.slice(1);
const mine = chain({ author: author(5), length: 6 });

/** A node with six ops of author 5. */
function nodeWithOps(): TestNode {
  const node = openNode();
  load(node, run(mine));
  return node;
}

test("[V3-5] each side says hello at once: the digest of what is durable, and its credit", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node);
  // Applied, but not on disk yet.
  node.write([[["note", "item", "later"]]]);
  peer.sayHello();
  peer.readAll();
  const digest = frontierOf([lastOf(mine)]).digest(fakeCrypto);
  assert.deepEqual(peer.all("hello"), [{ type: "hello", digest, credit: creditBytes }]);
  assert.deepEqual(afterWelcome(peer), ["hello"]);
});

test("[V3-8] equal hellos: no frontier, no page, ready at once", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).hail({ frontier: frontierOf([lastOf(mine)]) });
  peer.readAll();
  assert.deepEqual(afterWelcome(peer), ["hello", "ready"]);
  const empty = new PagingPeer(openNode()).hail();
  empty.readAll();
  assert.deepEqual(afterWelcome(empty), ["hello", "ready"]);
});

test("[V3-9] who said hello with nothing states nothing, and is answered at once", () => {
  const node = nodeWithOps();
  const joining = new PagingPeer(node).hail();
  joining.readAll();
  assert.deepEqual(afterWelcome(joining), ["hello", "frontier", "outlook", "page", "ready"]);
  assert.deepEqual(joining.ids, [...node.replica.log.ids()]);
  const fresh = openNode();
  const full = new PagingPeer(fresh).hail({ frontier: frontierOf([lastOf(mine)]) });
  full.readAll();
  assert.deepEqual(afterWelcome(full), ["hello"], "it waits for the statement");
  full.state(frontierOf([lastOf(mine)]));
  full.readAll();
  assert.deepEqual(afterWelcome(full), ["hello", "ready"]);
});

test("[V3-9] [V3-10] two that differ both state the whole of what they have", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).hail({ frontier: frontierOf(mine.slice(0, 2).slice(-1)) });
  peer.readAll();
  const { isWhole, hasMore, digest, entries } = peer.stated;
  assert.deepEqual([isWhole, hasMore], [true, false]);
  assert.equal(digest, frontierOf([lastOf(mine)]).digest(fakeCrypto));
  assert.deepEqual(entries, [[author(5), [headOf(lastOf(mine))]]]);
});

test("[V3-16] [V3-21] [V3-22] the answer is what the peer lacks, announced, and then ready", () => {
  const node = nodeWithOps();
  const known = mine.slice(0, 4);
  const peer = new PagingPeer(node).hail({ frontier: frontierOf(known.slice(-1)) });
  peer.know(known.map(({ id }) => id));
  peer.state(frontierOf(known.slice(-1)));
  peer.readAll();
  assert.deepEqual(afterWelcome(peer), ["hello", "frontier", "outlook", "page", "ready"]);
  assert.deepEqual(
    peer.ids,
    mine.slice(4).map(({ id }) => id),
  );
  assert.deepEqual(peer.all("outlook"), [{ type: "outlook", ops: 2 }]);
  // A later statement is answered without either.
  peer.state(frontierOf(mine.slice(0, 3).slice(-1)));
  peer.readAll();
  assert.deepEqual(afterWelcome(peer).slice(5), ["page"]);
  assert.deepEqual(
    peer.repeats,
    mine.slice(4).map(({ id }) => id),
  );
});

test("[V3-22] [V3-4] how much has come of what was announced is known, until ready", () => {
  const node = openNode();
  const peer = new PagingPeer(node).hail({ frontier: frontierOf([lastOf(mine)]) });
  const session = sessionOf({ node, conn: peer.conn });
  assert.equal(session.incoming, null);
  peer.send(outlookFrame(6));
  assert.deepEqual(session.incoming, { ops: 0, of: 6 });
  peer.send(pageOf(run(mine.slice(0, 4))));
  assert.deepEqual(session.incoming, { ops: 4, of: 6 });
  peer.send(pagingReadyFrame);
  assert.equal(session.incoming, null);
  peer.send(outlookFrame(9));
  assert.equal(session.incoming, null, "an outlook after ready is ignored");
});

test("[V3-23] nothing is held back until the peer's ready, nor sent to where it came from", () => {
  const node = openNode();
  const peer = new PagingPeer(node).hail();
  peer.readAll();
  node.write([[["note", "item", "early"]]]);
  node.commit();
  peer.readAll();
  assert.deepEqual(afterWelcome(peer), ["hello", "ready", "frontier", "page"]);
  peer.send(pageOf(run(mine)));
  node.commit();
  peer.readAll();
  assert.deepEqual(peer.ids, [node.replica.log.at(0).id]);
});

test("[V3-23] ops of several commits go out in the order of the log, each once", () => {
  const node = openNode();
  const peer = new PagingPeer(node).stream();
  for (let at = 0; at < 5; at += 1) {
    load(node, run(chain({ author: author(5 + at), length: 3 })));
    node.write([[["note", "item", String(at)]]]);
    node.commit();
  }
  peer.readAll();
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
  assert.deepEqual(peer.repeats, []);
});

test("[V3-13] a statement whose digest is another one is counted, told, asked for, answered", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).stream({ frontier: frontierOf([lastOf(mine)]) });
  peer.stateOf([[author(7), [{ seq: 1, id: strangeId(1) }]]], "ee".repeat(32));
  peer.readAll();
  assert.equal(peer.types.at(-1), "ask");
  assert.equal(node.replica.divergences, 1);
  assert.deepEqual(node.told("diverged"), [{ kind: "diverged", conn: peer.conn }]);
  assert.equal(peer.closedWith, null);
  // It has all of this again, since whole statements replace what was said.
  peer.state(frontierOf([lastOf(mine)]));
  peer.readAll();
  assert.equal(node.replica.divergences, 1);
});

test("[V3-15] ask is answered with all that is durable, at most once in 5 s", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).stream({ frontier: frontierOf([lastOf(mine)]) });
  const statements = (): number => peer.all("frontier").length;
  assert.equal(statements(), 0);
  for (let at = 0; at < 20; at += 1) peer.send(askFrame);
  peer.readAll();
  assert.equal(statements(), 1);
  assert.deepEqual(peer.stated.entries, [[author(5), [headOf(lastOf(mine))]]]);
  node.pass(repeatMs - 1);
  peer.send(askFrame);
  peer.readAll();
  assert.equal(statements(), 1);
  node.pass(1);
  peer.send(askFrame);
  peer.readAll();
  assert.equal(statements(), 2);
});

/** A node with the left of two branches, and a peer that has said that it has the right one. */
function forked(): {
  readonly node: TestNode;
  readonly peer: PagingPeer;
  readonly trunk: readonly Op[];
  readonly left: readonly Op[];
  readonly right: readonly Op[];
} {
  const trunk = chain({ author: author(5), length: 4 });
  const branch = (note: string): Op[] =>
    chain({ author: author(5), length: 3, prev: lastOf(trunk), note });
  const [left, right] = [branch("left"), branch("right")];
  const node = openNode();
  load(node, run([...trunk, ...left]));
  const peer = new PagingPeer(node).hail({ frontier: frontierOf([lastOf(right)]) });
  peer.know([...trunk, ...right].map(({ id }) => id));
  peer.state(frontierOf([lastOf(right)]));
  peer.readAll();
  return { node, peer, trunk, left, right };
}

test("[V3-17] [V3-18] a head that is not known, at our height, is answered with a locator", () => {
  const { peer, trunk, left } = forked();
  assert.deepEqual(afterWelcome(peer), ["hello", "frontier", "locator", "ready"]);
  const named = [left[2], left[1], trunk[3], trunk[0]].map((op) => headOf(op as Op));
  assert.deepEqual(peer.all("locator"), [{ type: "locator", author: author(5), heads: named }]);
});

test("[V3-19] a locator is answered with the other branch, and both sides have both", () => {
  const { node, peer, trunk, left, right } = forked();
  peer.send(
    locatorFrame(
      author(5),
      [right[2], right[1], trunk[3], trunk[0]].map((op) => headOf(op as Op)),
    ),
  );
  peer.readAll();
  assert.deepEqual(
    peer.ids,
    left.map(({ id }) => id),
  );
  peer.send(pageOf(right.map(signed)));
  node.commit();
  assert.equal(node.replica.log.length, 10);
  assert.equal(node.replica.log.forks().length, 1);
  peer.readAll();
  const heads = [left, right].map((ops) => headOf(lastOf(ops)));
  assert.deepEqual(peer.stated.entries, [[author(5), heads]]);
  assert.deepEqual(peer.repeats, []);
});

test("[V3-19] a locator of an author of whom there is nothing is ignored", () => {
  const { peer } = forked();
  const before = peer.types.length;
  peer.send(locatorFrame(author(6), [{ seq: 1, id: strangeId(1) }]));
  peer.readAll();
  assert.equal(peer.types.length, before);
});

test("[V3-20] one author is located at most once in 5 s, however often it is asked about", () => {
  const { node, peer, right } = forked();
  const locators = (): number => peer.all("locator").length;
  assert.equal(locators(), 1);
  const ask = (): void => {
    peer.send(locatorFrame(author(5), [headOf(lastOf(right))]));
    peer.state(frontierOf([lastOf(right)]));
    peer.readAll();
  };
  for (let at = 0; at < 10; at += 1) ask();
  assert.equal(locators(), 1);
  node.pass(repeatMs);
  ask();
  assert.equal(locators(), 2);
});

test("[V3-24] whoever asks again and again fills no memory, and gets the last answer", () => {
  const node = openNode();
  const many = chain({ author: author(5), length: 2_000 });
  for (let at = 0; at < many.length; at += 200) load(node, run(many.slice(at, at + 200)));
  const peer = new PagingPeer(node).hail({ credit: 1 });
  for (let at = 0; at < 500; at += 1) {
    peer.send(locatorFrame(author(5), []));
    peer.state(new Frontier());
  }
  const { queuedOps } = sessionOf({ node, conn: peer.conn });
  assert.ok(queuedOps <= 2_000, `${queuedOps} ops wait`);
  const tail = many.slice(-3);
  peer.send(locatorFrame(author(5), [headOf(tail[0] as Op)]));
  peer.state(frontierOf([tail[1] as Op]));
  peer.send(Uint8Array.of(5, 255, 255, 255, 1));
  peer.readAll();
  assert.deepEqual(
    peer.ids,
    many.map(({ id }) => id),
  );
  assert.deepEqual(
    peer.repeats.toSorted(),
    [tail[2], tail[1], tail[2]].map((op) => (op as Op).id).toSorted(),
  );
});

test("[V3-26] while an op of the peer waits the whole frontier is stated, at once and rarely", () => {
  const node = nodeWithOps();
  const peer = new PagingPeer(node).stream({ frontier: frontierOf([lastOf(mine)]) });
  const gap = chain({ author: author(6), length: 3 });
  peer.send(pageOf([signed(lastOf(gap))]));
  peer.readAll();
  assert.equal(node.replica.admission.pending.has(lastOf(gap).id), true);
  assert.equal(peer.stated.isWhole, true);
  const count = peer.all("frontier").length;
  node.pass(9_999);
  peer.readAll();
  assert.equal(peer.all("frontier").length, count);
  node.pass(1);
  peer.readAll();
  assert.ok(peer.all("frontier").length > count);
  peer.send(pageOf(run(gap.slice(0, 2))));
  node.commit();
  assert.equal(node.replica.log.length, 9);
});
