/** How far a peer is behind, and which ops its heads stand for: from its own words only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op } from "../op/op.ts";
import type { Heads } from "./frontier.ts";
import { isCovered, lagBehind, missingAt } from "./missing.ts";
import { author, chain, forge, run, strangeId, TestNode } from "./testing/forge.ts";

const [alice, bob] = [author(1), author(2)];

function headsOf(...tops: readonly Pick<Op, "author" | "seq" | "id">[]): Heads {
  const heads = new Map<Op["author"], { seq: number; id: Op["id"] }[]>();
  for (const { author: who, seq, id } of tops) {
    heads.set(who, [...(heads.get(who) ?? []), { seq, id }]);
  }
  return heads;
}

function at(ops: readonly Op[], index: number): Op {
  const op = ops.at(index);
  assert(op !== undefined);
  return op;
}

test("what a peer lacks is counted as it would be sent, up to what is durable here", () => {
  const node = new TestNode();
  const [first, second] = [chain({ author: alice, length: 5 }), chain({ author: bob, length: 3 })];
  node.receive(run(first));
  node.receive(run(second));
  const exact = (there: number, here: number): object => ({ there, here, isExact: true });
  assert.deepEqual(lagBehind(node.log, new Map(), 8), exact(8, 0));
  assert.deepEqual(lagBehind(node.log, headsOf(at(first, 2)), 8), exact(5, 0));
  assert.deepEqual(lagBehind(node.log, headsOf(at(first, 4), at(second, 2)), 8), exact(0, 0));
  // Two of bob's ops are on their way to the disk.
  assert.deepEqual(lagBehind(node.log, headsOf(at(first, 4)), 6), exact(1, 0));
  assert.deepEqual(lagBehind(node.log, headsOf(at(first, 4), at(second, 2)), 6), exact(0, 2));
  const heads = headsOf(at(first, 1));
  assert.equal(lagBehind(node.log, heads, 8).there, missingAt(node.log, heads, 8).indices.length);
});

test("what a peer has beyond this log is known from the numbers of its heads", () => {
  const node = new TestNode();
  const ops = chain({ author: alice, length: 5 });
  node.receive(run(ops.slice(0, 2)));
  const ahead = headsOf(at(ops, 4), { author: bob, seq: 7, id: strangeId(1) });
  assert.deepEqual(lagBehind(node.log, ahead, 2), { there: 0, here: 10, isExact: true });
  const branch = headsOf({ author: alice, seq: 2, id: strangeId(2) });
  assert.deepEqual(lagBehind(node.log, branch, 2), { there: 0, here: 1, isExact: false });
});

test("heads stand for what is under them, and those that are not known for nothing", () => {
  const node = new TestNode();
  const ops = chain({ author: alice, length: 4 });
  node.receive(run(ops));
  const entry = node.log.at(1);
  assert(isCovered(node.log, headsOf(at(ops, 1)), entry));
  assert(isCovered(node.log, headsOf(at(ops, 3)), entry));
  assert(!isCovered(node.log, headsOf(at(ops, 0)), entry));
  assert(!isCovered(node.log, headsOf({ author: alice, seq: 9, id: strangeId(1) }), entry));
  assert(!isCovered(node.log, headsOf({ ...at(ops, 3), author: bob }), entry));
  const wrong = headsOf({ author: alice, seq: 9, id: at(ops, 0).id });
  assert(!isCovered(node.log, wrong, entry), "the number that comes with a head proves nothing");
});

test("of a forked author, heads stand for their own branch", () => {
  const node = new TestNode();
  const ops = chain({ author: alice, length: 3 });
  const branch = forge({ author: alice, prev: at(ops, 0), body: '[["note","item","branch"]]' });
  node.receive(run(ops));
  node.receive(run([branch]));
  const [root, left, right] = [node.log.at(0), node.log.at(1), node.log.at(3)];
  const one = headsOf(branch);
  assert.deepEqual(
    [root, left, right].map((entry) => isCovered(node.log, one, entry)),
    [true, false, true],
  );
  assert.equal(lagBehind(node.log, one, 4).there, 2);
  assert.equal(lagBehind(node.log, headsOf(branch, at(ops, 2)), 4).there, 0);
});
