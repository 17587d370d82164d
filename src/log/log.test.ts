/** Clock, delta, forks and the place of the next op. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { opDepsMax } from "../base/limits.ts";
import type { Op } from "../op/op.ts";
import { TestNode, author, chain, forge, idsOf, signed } from "./testing/forge.ts";

const [a, b, c] = [author(1), author(2), author(3)] as const;

function nodeWith(ops: readonly Op[]): TestNode {
  const node = new TestNode();
  node.receive(ops.map(signed));
  assert.equal(node.log.length, ops.length);
  return node;
}

function missingIds(node: TestNode, clock: readonly (readonly [string, number])[]): string[] {
  const { log } = node;
  return log.missing(new Map(clock), log.length).map((index) => log.at(index).id);
}

test("[LOG-18] the clock counts each author's ops up to a point of arrival", () => {
  const node = nodeWith([...chain({ author: a, length: 3 }), ...chain({ author: b, length: 2 })]);
  assert.deepEqual([...node.log.clock(5)], Object.entries({ [a]: 3, [b]: 2 }));
  assert.deepEqual([...node.log.clock(4)], Object.entries({ [a]: 3, [b]: 1 }));
  assert.deepEqual([...node.log.clock(2)], Object.entries({ [a]: 2 }));
  assert.equal(node.log.clock(0).size, 0);
});

test("[LOG-16] [LOG-18] [LOG-20] a forked author is not in the clock, and all of it is missing", () => {
  const ops = chain({ author: a, length: 3 });
  const branch = forge({ author: a, prev: ops[0] as Op, body: '[["del","i"]]' });
  const node = nodeWith([...ops, ...chain({ author: b, length: 2 })]);
  const { forks } = node.receive([signed(branch)]);
  assert.deepEqual(
    forks.map((fork) => [fork.author, fork.seq, fork.entries.length]),
    [[a, 2, 2]],
  );
  assert.deepEqual([...node.log.clock(9)], [[b, 2]]);
  const clock = [
    [a, 4],
    [b, 2],
  ] as const;
  assert.deepEqual(missingIds(node, clock).sort(), idsOf([...ops, branch]));
  assert.equal(node.log.forkedAuthors, 1);
  assert.equal(node.log.countOf(a), 4);
  assert.deepEqual(node.log.indicesOf(a, 6), [0, 1, 2, 5]);
});

test("[LOG-16] two first ops are a fork, and three branches are one fork with three proofs", () => {
  const ops = [1, 2, 3].map((n) => forge({ author: a, body: `[["note","i","${n}"]]` }));
  const node = nodeWith(ops);
  const [fork, ...others] = node.log.forks();
  assert.equal(others.length, 0);
  assert.deepEqual(fork?.entries.map(({ id }) => id).sort(), idsOf(ops));
});

test("[LOG-19] what a peer misses comes in causal order, whatever its clock claims", () => {
  const a1 = forge({ author: a });
  const b1 = forge({ author: b, deps: [a1] });
  const a2 = forge({ author: a, prev: a1, deps: [b1] });
  const c1 = forge({ author: c, deps: [a2] });
  const node = nodeWith([a1, b1, a2, c1]);
  assert.deepEqual(missingIds(node, []), [a1.id, b1.id, a2.id, c1.id]);
  assert.deepEqual(missingIds(node, [[a, 1]]), [b1.id, a2.id, c1.id]);
  const all = [a, b, c].map((who) => [who, 1e15] as const);
  assert.deepEqual(missingIds(node, all), []);
  const inherited = [["constructor", 5] as const, ["__proto__", 5] as const];
  assert.equal(missingIds(node, inherited).length, 4);
  assert.deepEqual(node.log.missing(new Map(), 2), [0, 1]);
});

test("[LOG-22] the next op names the heads of others only, ascending, and is accepted", () => {
  const a1 = forge({ author: a });
  const b1 = forge({ author: b, deps: [a1] });
  const c1 = forge({ author: c });
  const node = nodeWith([a1, b1, c1]);
  const forA = node.log.next(a);
  assert.deepEqual(forA.deps, idsOf([b1, c1]));
  assert.deepEqual([forA.seq, forA.prev, forA.lamport], [2, a1.id, 3]);
  const forC = node.log.next(c);
  assert.deepEqual([forC.seq, forC.prev, forC.deps, forC.lamport], [2, c1.id, [b1.id], 3]);
  const fresh = node.log.next(author(9));
  assert.deepEqual([fresh.seq, fresh.lamport, fresh.deps], [1, 3, idsOf([b1, c1])]);
  const op = forge({ author: a, twist: forA });
  assert.equal(node.receive([signed(op)]).applied.length, 1);
  assert.deepEqual(node.log.next(author(9)).deps, [op.id]);
});

test("[LOG-22] of more than 64 heads the next op names those with the greatest lamport", () => {
  const low = Array.from({ length: 40 }, (_, at) => forge({ author: author(at + 10) }));
  const high = Array.from({ length: 50 }, (_, at) => chain({ author: author(at + 60), length: 2 }));
  const node = nodeWith([...low, ...high.flat()]);
  const { deps, lamport } = node.log.next(a);
  assert.equal(deps.length, opDepsMax);
  assert.deepEqual(deps, [...deps].sort());
  assert.equal(lamport, 3);
  const heads = high.map((ops) => (ops[1] as Op).id);
  assert.ok(heads.every((id) => deps.includes(id)));
  const op = forge({ author: a, twist: { deps, lamport } });
  assert.equal(node.receive([signed(op)]).applied.length, 1);
});

test("[LOG-22] an empty log gives the first op", () => {
  const next = new TestNode().log.next(a);
  assert.deepEqual(next, { seq: 1, prev: "00".repeat(32), lamport: 1, deps: [] });
});

test("[LOG-23] an author with a forked chain goes on from the head with the greatest lamport", () => {
  const ops = chain({ author: a, length: 3 });
  const short = forge({ author: a, prev: ops[0] as Op, body: '[["del","i"]]' });
  for (const order of [
    [...ops, short],
    [ops[0] as Op, short, ...ops.slice(1)],
  ]) {
    const next = nodeWith(order).log.next(a);
    assert.deepEqual([next.prev, next.seq, next.lamport], [ops[2]?.id, 4, 4]);
    assert.deepEqual(next.deps, [], "own branches are no deps");
  }
});
