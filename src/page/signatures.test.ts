/** The signatures of a page: few, and enough for the log that takes the page in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import { author, chain, seal, TestNode } from "../log/testing/forge.ts";
import type { Op, ReceivedOp } from "../op/op.ts";
import { chooseSignatures } from "./signatures.ts";

function choose(ops: readonly Op[], isSigned: (n: number) => boolean): readonly boolean[] | null {
  return chooseSignatures(
    ops.map(({ id, author, prev, bytes }, n) => {
      return { id, author, prev, size: bytes.length, isSigned: isSigned(n) };
    }),
  );
}

function counted(chosen: readonly boolean[] | null): number {
  assert.ok(chosen !== null);
  return chosen.filter((isChosen) => isChosen).length;
}

/** A log that knows nothing takes the ops with the chosen signatures only. */
function areTaken(ops: readonly Op[], chosen: readonly boolean[]): boolean {
  const sent: ReceivedOp[] = ops.map((op, n) => ({
    op,
    sig: chosen[n] === true ? seal(op) : null,
  }));
  const node = new TestNode();
  node.receive(sent);
  return node.applied.length === ops.length;
}

test("a chain that is signed throughout keeps one signature for each run", () => {
  const ops = chain({ author: author(1), length: 2 * runOpsMax + 1 });
  const chosen = choose(ops, () => true);
  assert.equal(counted(chosen), 3);
  assert.ok(chosen !== null && areTaken(ops, chosen));
  assert.equal(counted(choose(ops.slice(0, runOpsMax), () => true)), 1);
});

test("runs are bounded in bytes, too", () => {
  const ops = chain({ author: author(1), length: 12, bodyBytes: 60_000 });
  const chosen = choose(ops, () => true);
  const fit = Math.floor(runBytesMax / (ops[0]?.bytes.length ?? 1));
  assert.equal(counted(chosen), Math.ceil(12 / fit));
  assert.ok(chosen !== null && areTaken(ops, chosen));
});

test("without a signature at the end, or in a run, there is no choice", () => {
  const ops = chain({ author: author(1), length: runOpsMax + 1 });
  assert.equal(
    choose(ops, (n) => n < runOpsMax),
    null,
  );
  assert.equal(
    choose(ops, (n) => n === runOpsMax),
    null,
  );
  assert.deepEqual(
    choose([], () => true),
    [],
  );
  const two = [...ops, ...chain({ author: author(2), length: 1 })];
  assert.equal(
    choose(two, (n) => n % 100 === 0 || n === runOpsMax),
    null,
  );
});

test("of a forked author every signature is kept, and each branch needs one", () => {
  const trunk = chain({ author: author(1), length: 3 });
  const prev = trunk.at(-1) ?? null;
  const left = chain({ author: author(1), length: 2, prev, note: "left" });
  const right = chain({ author: author(1), length: 2, prev, note: "right" });
  const ops = [...trunk, ...left, ...right];
  const chosen = choose(ops, (n) => n >= 4);
  assert.deepEqual(chosen, [false, false, false, false, true, true, true]);
  assert.ok(areTaken(ops, chosen));
  assert.equal(
    choose(ops, (n) => n >= 5),
    null,
  );
});

test("what is chosen is enough for a log, and what is refused is not", () => {
  const drawn = fc.array(fc.record({ author: fc.nat(2), isSigned: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  });
  let refused = 0;
  fc.assert(
    fc.property(drawn, (list) => {
      const ops: Op[] = [];
      const heads = new Map<number, Op>();
      for (const each of list) {
        const prev = heads.get(each.author) ?? null;
        const made = chain({ author: author(each.author + 1), length: 1, prev });
        for (const op of made) heads.set(each.author, op);
        ops.push(...made);
      }
      const isSigned = (n: number): boolean => list[n]?.isSigned === true;
      const chosen = choose(ops, isSigned);
      if (chosen === null) {
        refused += 1;
        assert.ok(
          !areTaken(
            ops,
            ops.map((_, n) => isSigned(n)),
          ),
        );
      } else {
        assert.ok(chosen.every((isChosen, n) => !isChosen || isSigned(n)));
        assert.equal(counted(chosen), heads.size);
        assert.ok(areTaken(ops, chosen));
      }
    }),
    { seed: 20_261_202, numRuns: 300 },
  );
  assert.ok(refused > 50);
});
