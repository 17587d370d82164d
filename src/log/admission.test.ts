/** Runs, waiting and refusal: what a node does with the ops of a frame. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../base/assert.ts";
import { permutations } from "../crdt/testing/permutations.ts";
import type { Op } from "../op/op.ts";
import {
  TestNode,
  author,
  badlySigned,
  chain,
  codesOf,
  forge,
  idsOf,
  run,
  signed,
  strangeId,
  unsigned,
} from "./testing/forge.ts";

const [a, b, c] = [author(1), author(2), author(3)] as const;

test("[LOG-11] every order of delivery of a small set with a fork applies the same ops", () => {
  const a1 = forge({ author: a });
  const b1 = forge({ author: b, deps: [a1] });
  const a2 = forge({ author: a, prev: a1, deps: [b1] });
  const fork = forge({ author: a, prev: a1, body: '[["del","i"]]' });
  const c1 = forge({ author: c, deps: [a2, b1] });
  const b2 = forge({ author: b, prev: b1, deps: [fork, c1] });
  const ops = [a1, b1, a2, fork, c1, b2];
  for (const order of permutations(ops)) {
    const node = new TestNode();
    for (const op of order) node.receive([signed(op)]);
    assert.deepEqual(node.applied, idsOf(ops));
    assert.equal(node.waiting, 0);
    assert.ok(node.log.isForked(a));
    const together = new TestNode();
    together.receive(order.map(signed));
    assert.deepEqual(together.applied, idsOf(ops));
  }
});

test("[LOG-11] an op that arrives before its predecessor waits and is then applied", () => {
  const [first, second] = chain({ author: a, length: 2 }) as [Op, Op];
  const node = new TestNode();
  assert.deepEqual(node.receive([signed(second)]).waiting, [second]);
  assert.equal(node.log.length, 0);
  assert.equal(node.log.clock(9).size, 0);
  const { applied } = node.receive([signed(first)]);
  assert.deepEqual(
    applied.map(({ entry }) => entry.id),
    [first.id, second.id],
  );
});

test("[LOG-11] what another source left waiting is not said to wait of a later batch", () => {
  const [first, second] = chain({ author: a, length: 2 }) as [Op, Op];
  const node = new TestNode();
  // It waits for `second` first, and for an op that never comes after that.
  const never = [1, 2, 3, 4, 5, 6, 7, 8].map(strangeId).find((id) => id > second.id);
  const deps = [second.id, present(never, "a greater id")];
  const stuck = forge({ author: b, twist: { deps, lamport: 3 } });
  node.receive([signed(stuck)], 1);
  const { applied, waiting } = node.receive([signed(first), signed(second)], 2);
  assert.equal(applied.length, 2);
  assert.equal(node.waiting, 1);
  assert.deepEqual(waiting, []);
});

test("[LOG-7] [LOG-24] a run of 256 ops costs one verification, signed inside or not", () => {
  const ops = chain({ author: a, length: 256 });
  for (const batch of [run(ops), ops.map(signed)]) {
    const node = new TestNode();
    node.receive(batch);
    assert.equal(node.log.length, 256);
    assert.equal(node.admission.verifications, 1);
    assert.ok(node.log.at(255).isSigned);
  }
});

test("[LOG-8] a run of 257 ops is refused as a whole, and comes in with one more signature", () => {
  const ops = chain({ author: a, length: 257 });
  const node = new TestNode();
  const outcome = node.receive(run(ops));
  assert.equal(node.log.length, 0);
  assert.equal(outcome.refused.length, 257);
  assert.ok(codesOf(outcome).every((code) => code === "op/run-too-long"));
  node.receive(ops.map((op, at) => (at === 9 || at === 256 ? signed(op) : unsigned(op))));
  assert.equal(node.log.length, 257);
});

test("[LOG-8] a run of more than 256 KiB is refused, one of exactly 256 KiB is not", () => {
  for (const [extra, expected] of [
    [0, 4],
    [1, 0],
  ] as const) {
    const ops: Op[] = [];
    for (let at = 0; at < 4; at += 1) {
      const draft = { author: a, prev: ops.at(-1) ?? null };
      const body = (length: number): string => JSON.stringify([["note", "i", "x".repeat(length)]]);
      const rest = 65_536 - forge({ ...draft, body: body(65_000) }).bytes.length;
      ops.push(forge({ ...draft, body: body(65_000 + rest + (at === 3 ? extra : 0)) }));
    }
    const node = new TestNode();
    node.receive(run(ops));
    assert.equal(node.log.length, expected);
  }
});

test("[LOG-10] an unsigned op without a voucher is refused, and does not wait", () => {
  const [first, second] = chain({ author: a, length: 2 }) as [Op, Op];
  const node = new TestNode();
  assert.deepEqual(codesOf(node.receive([unsigned(first)])), ["op/unsigned"]);
  assert.equal(node.waiting, 0);
  node.receive([signed(second)]);
  assert.equal(node.log.length, 0);
  node.receive([signed(first)]);
  assert.equal(node.log.length, 2);
});

test("[LOG-9] a bad signature counts as none, so that a later op vouches", () => {
  const [first, second] = chain({ author: a, length: 2 }) as [Op, Op];
  const node = new TestNode();
  assert.deepEqual(codesOf(node.receive([badlySigned(first)])), ["op/signature-invalid"]);
  const { applied, refused } = node.receive([badlySigned(first), signed(second)]);
  assert.equal(applied.length, 2);
  assert.deepEqual(refused, []);
  assert.equal(applied[0]?.verified.sig, null);
});

test("[LOG-26] an op with its own signature is applied although a longer run waits", () => {
  const other = forge({ author: b });
  const first = forge({ author: a });
  const second = forge({ author: a, prev: first, deps: [other] });
  const node = new TestNode();
  node.receive([unsigned(first), signed(second)]);
  assert.deepEqual([node.log.length, node.waiting], [0, 2]);
  node.receive([signed(first)], 2);
  assert.equal(node.log.length, 1);
  node.receive([signed(other)], 3);
  assert.deepEqual([node.log.length, node.waiting], [3, 0]);
});

test("[LOG-11] a signed op that waits is joined by the unsigned ops before it when they come", () => {
  const ops = chain({ author: a, length: 3 });
  const node = new TestNode();
  node.receive(run(ops.slice(2)));
  node.receive(run(ops.slice(1)));
  assert.equal(node.waiting, 2);
  node.receive(run(ops));
  assert.deepEqual(node.applied, idsOf(ops));
  assert.equal(node.waiting, 0);
});

test("[LOG-6] an invalid fork behind an unsigned op does not cost a valid one its voucher", () => {
  const first = forge({ author: a });
  const bad = forge({ author: a, prev: first, twist: { lamport: 9 } });
  const good = forge({ author: a, prev: first });
  const node = new TestNode();
  node.receive([unsigned(first), signed(bad), signed(good)]);
  assert.deepEqual(node.applied, idsOf([first, good]));
});

test("[LOG-13] an invalid op at place k keeps the prefix and refuses the rest; nothing waits", () => {
  for (let k = 1; k <= 20; k += 1) {
    const good = chain({ author: a, length: k - 1 });
    const prev = good.at(-1) ?? null;
    const bad = forge({ author: a, prev, twist: { lamport: 99 } });
    const ops = [...good, bad, ...chain({ author: a, length: 20 - k, prev: bad })];
    for (const batches of [
      [ops.map(signed)],
      ops.map((op) => [signed(op)]),
      ops.toReversed().map((op) => [signed(op)]),
      [...good.map((op) => [signed(op)]), run(ops.slice(k - 1))],
    ]) {
      const node = new TestNode();
      const refused = batches.flatMap((batch) => node.receive(batch).refused);
      assert.deepEqual(node.applied, idsOf(good), `k = ${k}`);
      assert.equal(node.waiting, 0);
      assert.equal(refused.length, 21 - k);
      assert.equal(refused.find(({ id }) => id === bad.id)?.code, "op/lamport-mismatch");
      const again = node.receive(ops.slice(k - 1).map(signed));
      assert.deepEqual([again.refused.length, node.waiting], [21 - k, 0]);
    }
  }
});

test("[LOG-7] a run with an invalid op is refused as a whole", () => {
  const good = chain({ author: a, length: 3 });
  const bad = forge({ author: a, prev: good[2] as Op, twist: { lamport: 99 } });
  const node = new TestNode();
  assert.equal(node.receive(run([...good, bad])).refused.length, 4);
  assert.equal(node.log.length, 0);
  node.receive(run(good));
  assert.equal(node.log.length, 3);
});

test("[LOG-14] what waits for an op that does not decode is refused when that is known", () => {
  const lost = strangeId(1);
  const twist = { seq: 2, prev: lost, lamport: 5 };
  const waiting = forge({ author: a, twist });
  const next = forge({ author: a, prev: waiting });
  const naming = forge({ author: b, deps: [next] });
  const node = new TestNode();
  node.receive([signed(naming)]);
  node.receive([signed(waiting), signed(next)]);
  assert.equal(node.waiting, 3);
  assert.equal(node.admission.rejectUndecodable(lost).length, 3);
  assert.deepEqual([node.waiting, node.log.length], [0, 0]);
});

test("[LOG-12] ops that are applied, or wait, are not verified again", () => {
  const [first, second, third] = chain({ author: a, length: 3 }) as [Op, Op, Op];
  const node = new TestNode();
  node.receive([signed(first)]);
  node.receive([signed(third)]);
  const before = node.admission.verifications;
  assert.equal(node.receive([signed(first), signed(first)]).known.length, 2);
  assert.deepEqual(node.receive([signed(third)]).waiting, [third]);
  assert.equal(node.admission.verifications, before);
  node.receive([signed(second)]);
  assert.equal(node.log.length, 3);
});

test("[LOG-6] a signature vouches for its own author's chain only", () => {
  const mine = forge({ author: a });
  const theirs = forge({ author: b, prev: mine });
  const node = new TestNode();
  const outcome = node.receive([unsigned(mine), signed(theirs)]);
  assert.equal(node.log.length, 0);
  assert.ok(codesOf(outcome).includes("op/unsigned"));
  node.receive([signed(mine)]);
  assert.deepEqual([node.log.length, node.waiting], [1, 0]);
});

test("[LOG-27] runs that wait for nothing but each other go together, whatever came last", () => {
  const outside = forge({ author: author(4) });
  const first = forge({ author: a });
  const theirs = forge({ author: b, deps: [first, outside] });
  const last = forge({ author: a, prev: first, deps: [theirs] });
  const frames = [[signed(outside)], [signed(theirs)], [unsigned(first), signed(last)]];
  for (const order of permutations(frames)) {
    const node = new TestNode();
    for (const frame of order) node.receive(frame);
    assert.equal(node.log.length, 4);
    assert.equal(node.waiting, 0);
  }
});
