/** Frames with several runs: how many signatures they cost, and where a run is too long. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op, ReceivedOp } from "../op/op.ts";
import { author, badlySigned, chain, codesOf, forge, signed, TestNode } from "./testing/forge.ts";

const [a, b] = [author(1), author(2)] as const;

/** The ops with a signature at these places and none elsewhere. */
function signedAt(ops: readonly Op[], places: readonly number[]): ReceivedOp[] {
  return ops.map((op, at) => (places.includes(at) ? signed(op) : { op, sig: null }));
}

/** Each op of one author depends on the latest of the other. */
function interwoven(length: number): Op[] {
  const ops: Op[] = [];
  for (let n = 0; n < length; n += 1) {
    const [before, own] = [ops.at(-1), ops.at(-2) ?? null];
    const deps = before === undefined ? [] : [before];
    ops.push(forge({ author: n % 2 === 0 ? a : b, prev: own, deps }));
  }
  return ops;
}

test("[LOG-7] [LOG-8] a chain of three runs in one frame costs three verifications", () => {
  const node = new TestNode();
  node.receive(signedAt(chain({ author: a, length: 600 }), [199, 399, 599]));
  assert.equal(node.log.length, 600);
  assert.equal(node.admission.verifications, 3);
});

test("[LOG-24] of a chain that is signed throughout, each 256th signature is checked", () => {
  const node = new TestNode();
  node.receive(chain({ author: a, length: 600 }).map(signed));
  assert.equal(node.log.length, 600);
  assert.equal(node.admission.verifications, 3);
});

test("[LOG-8] one op too many between two signatures, and what follows the first is refused", () => {
  const node = new TestNode();
  const outcome = node.receive(signedAt(chain({ author: a, length: 600 }), [99, 356, 599]));
  assert.equal(node.log.length, 100);
  assert.ok(codesOf(outcome).includes("op/run-too-long"));
});

test("[LOG-7] runs of two authors that depend on each other take one signature each", () => {
  const node = new TestNode();
  node.receive(signedAt(interwoven(500), [498, 499]));
  assert.equal(node.log.length, 500);
  assert.equal(node.admission.verifications, 2);
});

test("[LOG-9] a bad signature inside a window takes its run away, and no more", () => {
  const node = new TestNode();
  const ops = chain({ author: a, length: 400 });
  const others = chain({ author: b, length: 10 });
  const frame = signedAt(ops, [149, 299]);
  frame[399] = badlySigned(ops[399] as Op);
  node.receive([...others.map(signed), ...frame]);
  assert.equal(node.log.countOf(a), 300);
  assert.equal(node.log.countOf(b), 10);
});
