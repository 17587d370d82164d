/** The bounds of what waits. [LOG-25] */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  circleRunsMax,
  pendingAgeMs,
  pendingBytesMax,
  pendingOpsMax,
  pendingTotalBytesMax,
} from "../base/limits.ts";
import type { Op } from "../op/op.ts";
import { TestNode, author, chain, forge, idsOf, run, signed, unsigned } from "./testing/forge.ts";

/** Ops of one author without the first of them, so that all of them wait. */
function headless(number: number, length: number, bodyBytes = 64): { first: Op; rest: Op[] } {
  const [first, ...rest] = chain({ author: author(number), length: length + 1, bodyBytes });
  return { first: first as Op, rest };
}

test("[LOG-25] one source has 1,000 ops waiting at most, and other sources keep their room", () => {
  const node = new TestNode();
  const { first, rest } = headless(1, pendingOpsMax + 50);
  for (const op of rest) node.receive([signed(op)], 7);
  assert.equal(node.admission.pending.opsFrom(7), pendingOpsMax);
  assert.equal(node.admission.pending.dropped, 50);
  const other = headless(2, 1);
  node.receive(other.rest.map(signed), 8);
  assert.equal(node.admission.pending.opsFrom(8), 1);
  node.receive([signed(first)], 8);
  assert.equal(node.log.length, 1 + pendingOpsMax);
  node.receive(rest.map(signed), 8);
  assert.equal(node.log.length, 1 + rest.length, "what was dropped comes again");
});

test("[LOG-25] one source has 4 MiB waiting at most", () => {
  const node = new TestNode();
  const { rest } = headless(1, 80, 60_000);
  for (const op of rest) node.receive([signed(op)], 7);
  assert.ok(node.admission.pending.bytes <= pendingBytesMax);
  assert.ok(node.admission.pending.bytes > pendingBytesMax - 61_000);
  assert.equal(node.admission.pending.ops + node.admission.pending.dropped, 80);
});

test("[LOG-25] in all 16 MiB wait at most, and the biggest source yields", () => {
  const node = new TestNode();
  const small = headless(9, 1, 60_000);
  node.receive(small.rest.map(signed), 9);
  for (let source = 1; source <= 5; source += 1) {
    const { rest } = headless(source, 69, 60_000);
    for (const op of rest) node.receive([signed(op)], source);
    assert.ok(node.admission.pending.bytes <= pendingTotalBytesMax);
  }
  assert.equal(node.admission.pending.opsFrom(9), 1, "the small one stays");
  assert.ok(node.admission.pending.opsFrom(5) > 0);
});

test("[LOG-25] an op that lies in two runs is not lost to expiry or eviction", () => {
  const node = new TestNode();
  const other = forge({ author: author(2) });
  const first = forge({ author: author(1), deps: [other] });
  const second = forge({ author: author(1), prev: first });
  node.receive(run([first, second]), 1);
  node.now = 5;
  node.receive([signed(first)], 2);
  assert.equal(node.waiting, 2);
  node.now = pendingAgeMs;
  node.receive([], 3);
  assert.deepEqual([node.waiting, node.admission.pending.oldestSince], [1, 5]);
  node.now = pendingAgeMs + 5;
  node.receive([], 3);
  assert.deepEqual([node.waiting, node.admission.pending.bytes], [0, 0]);
  node.receive([signed(other), ...run([first, second])], 1);
  assert.equal(node.log.length, 3);
});

test("[LOG-25] what waited for ten minutes is dropped, and may come again", () => {
  const node = new TestNode();
  const { first, rest } = headless(1, 3);
  node.receive(run(rest));
  assert.equal(node.admission.pending.oldestSince, 0);
  node.now = pendingAgeMs - 1;
  node.receive([]);
  assert.equal(node.waiting, 3);
  node.now = pendingAgeMs;
  node.receive([]);
  assert.deepEqual([node.waiting, node.admission.pending.dropped], [0, 3]);
  assert.equal(node.admission.pending.oldestSince, null);
  node.receive([signed(first)]);
  node.receive(run(rest));
  assert.deepEqual(node.applied, idsOf([first, ...rest]));
});

test("[LOG-27] runs that name each other and wait for something else go when that comes", () => {
  const cause = forge({ author: author(3) });
  const first = forge({ author: author(1), deps: [cause] });
  const second = forge({ author: author(1), prev: first });
  const other = forge({ author: author(2) });
  const third = forge({ author: author(1), prev: second, deps: [other] });
  const last = forge({ author: author(2), prev: other, deps: [third] });
  const knot = [unsigned(second), unsigned(other), signed(third), signed(last)];
  for (const frames of [
    [[signed(first)], knot, [signed(cause)]],
    [knot, [signed(first)], [signed(cause)]],
    [knot, [signed(cause)], [signed(first)]],
    [[signed(cause)], knot, [signed(first)]],
  ]) {
    const node = new TestNode();
    for (const frame of frames) node.receive(frame);
    assert.equal(node.log.length, 6);
    assert.equal(node.admission.pending.ops, 0);
  }
});

test("[LOG-27] however much waits before runs that name each other, they go when it goes", () => {
  const before = chain({ author: author(9), length: circleRunsMax + 100 });
  const [head, tail] = [before[0] as Op, before.at(-1) as Op];
  let first = forge({ author: author(1), deps: [tail] });
  // The other one then waits for an op of this run, not for what lies outside.
  for (let n = 0; first.id > tail.id; n += 1) {
    const body = JSON.stringify([["note", "item", String(n)]]);
    first = forge({ author: author(1), deps: [tail], body });
  }
  const other = forge({ author: author(2), deps: [first, tail] });
  const last = forge({ author: author(1), prev: first, deps: [other] });
  const node = new TestNode();
  node.receive(before.slice(1).map(signed), 1);
  node.receive([unsigned(first), signed(last)], 2);
  node.receive([unsigned(first), signed(other)], 2);
  node.receive([signed(head)], 3);
  assert.deepEqual([node.log.length, node.waiting], [before.length + 3, 0]);
});

test("[LOG-25] what waits is not looked through anew for each op that joins it", (context) => {
  const node = new TestNode();
  const { rest } = headless(1, pendingOpsMax / 2);
  node.receive(rest.map(signed), 1);
  const looks = context.mock.method(node.admission.pending, "runsWith").mock;
  const tail = rest.at(-1) as Op;
  const joining = Array.from({ length: 100 }, (_, n) =>
    forge({ author: author(2), deps: [tail], body: JSON.stringify([["note", "item", String(n)]]) }),
  );
  node.receive(joining.map(signed), 2);
  assert.equal(node.waiting, rest.length + joining.length);
  assert.ok(looks.callCount() < 10 * joining.length, `${looks.callCount()} looks`);
});
