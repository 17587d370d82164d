/** Pieces of a list of ops: bounded, each op in them vouched for, all of them in the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import { Log } from "../log/log.ts";
import type { Entry } from "../log/log.ts";
import { author, forge, seal } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { chooseSignatures } from "../page/signatures.ts";
import type { Bounds } from "./vouched.ts";
import { Unvouched, vouchedPiece } from "./vouched.ts";

/** An author and whether its next op is signed. */
type Step = readonly [author: number, isSigned: boolean];

/** A log of ops by these authors, in this order; the last op of each is signed. */
function logOf(steps: readonly Step[], bodyBytes = 2): Log {
  const log = new Log();
  const last = new Map<number, Op>();
  const lastStep = new Map(steps.map(([number], at) => [number, at]));
  for (const [at, [number, isSigned]] of steps.entries()) {
    const body = JSON.stringify([["note", "i", `${at}`.padEnd(bodyBytes, ".")]]);
    const op = forge({ author: author(number), prev: last.get(number) ?? null, body });
    last.set(number, op);
    const isLast = lastStep.get(number) === at;
    log.append({ op, sig: isSigned || isLast ? seal(op) : null, source: 1 });
  }
  return log;
}

/** All pieces of a whole log, one after the other, as an outbound takes them. */
function piecesOf(log: Log, bounds: Bounds): readonly (readonly number[])[] {
  const list = Array.from({ length: log.length }, (_, at) => at);
  const pieces: (readonly number[])[] = [];
  for (let from = 0; from < list.length;) {
    const piece = vouchedPiece(log, list, { from, bounds });
    assert.deepEqual(piece, list.slice(from, from + piece.length), "a piece is next in the list");
    assert.ok(piece.length > 0);
    pieces.push(piece);
    from += piece.length;
  }
  assert.deepEqual(
    pieces.flat().toSorted((left, right) => left - right),
    Array.from({ length: log.length }, (_, at) => at),
  );
  return pieces;
}

const entriesOf = (log: Log, piece: readonly number[]): readonly Entry[] =>
  piece.map((index) => log.at(index));

/** Each unsigned op is followed in its piece, along its chain, by a signed one, in a short run. */
function assertVouched(log: Log, piece: readonly number[]): void {
  const signable = entriesOf(log, piece).map(({ id, author: of, prev, size, isSigned }) => {
    return { id, author: of, prev: prev?.id ?? noOp, size, isSigned };
  });
  assert.ok(chooseSignatures(signable) !== null, "a piece with an op that nothing vouches for");
}

const bounds: Bounds = { ops: 10, bytes: 100_000, opsHard: 20, bytesHard: 200_000 };

test("[V3-38] pieces end where every op has one that vouches for it, within the bounds", () => {
  const steps = Array.from({ length: 40 }, (_, at): Step => [1 + (at % 2), at % 6 >= 4]);
  const log = logOf(steps);
  for (const piece of piecesOf(log, bounds)) {
    assertVouched(log, piece);
    assert.ok(piece.length <= bounds.ops);
  }
});

test("[V3-40] runs that are interwoven beyond the hard bound are brought forward", () => {
  // Three runs of twelve, dealt out in turn: nothing can be cut before op number 34.
  const steps = Array.from({ length: 36 }, (_, at): Step => [1 + (at % 3), false]);
  const log = logOf(steps);
  const pieces = piecesOf(log, bounds);
  assert.deepEqual(
    pieces[0],
    Array.from({ length: 12 }, (_, at) => 3 * at),
  );
  for (const piece of pieces) {
    assertVouched(log, piece);
    assert.ok(piece.length <= bounds.opsHard);
  }
});

test("[V3-40] runs whose bytes are beyond the hard bound are brought forward", () => {
  const steps = Array.from({ length: 60 }, (_, at): Step => [1 + (at % 2), false]);
  const log = logOf(steps, 2_000);
  const tight: Bounds = { ops: 1_000, bytes: 20_000, opsHard: 1_000, bytesHard: 70_000 };
  const pieces = piecesOf(log, tight);
  assert.equal(pieces.length, 2);
  for (const piece of pieces) {
    assertVouched(log, piece);
    const bytes = entriesOf(log, piece).reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes <= tight.bytesHard);
  }
});

test("a run as long as may be fits a piece, behind whatever stands before it", () => {
  const before = Array.from({ length: 9 }, (): Step => [2, true]);
  const run = Array.from({ length: runOpsMax }, (): Step => [1, false]);
  const log = logOf([...before, ...run]);
  const pages: Bounds = { ops: 10, bytes: runBytesMax, opsHard: runOpsMax, bytesHard: runBytesMax };
  const pieces = piecesOf(log, pages);
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [9, runOpsMax],
  );
});

test("one op that is larger than a piece may be goes alone", () => {
  const log = logOf(
    Array.from({ length: 4 }, (): Step => [1, true]),
    5_000,
  );
  const tiny: Bounds = { ops: 10, bytes: 1_000, opsHard: 10, bytesHard: 2_000 };
  assert.deepEqual(piecesOf(log, tiny), [[0], [1], [2], [3]]);
});

test("[V3-38] [V3-40] whatever is signed and interwoven, pieces are vouched for and bounded", () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean());
  const world = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 120 }),
    signed: fc.integer({ min: 0, max: 10 }),
    dice: fc.array(fc.nat(10), { minLength: 120, maxLength: 120 }),
  });
  fc.assert(
    fc.property(world, ({ steps, signed, dice }) => {
      const rare = steps.map(([of], at): Step => [of, (dice[at] ?? 0) < signed]);
      const log = logOf(rare);
      // A run always fits: that is what the hard bound promises.
      const longest = longestRun(log);
      const hard = Math.max(20, longest);
      for (const piece of piecesOf(log, { ...bounds, opsHard: hard })) {
        assertVouched(log, piece);
        assert.ok(piece.length <= hard);
      }
    }),
    { numRuns: 300 },
  );
});

/** The most ops that one signature vouches for. */
function longestRun(log: Log): number {
  const open = new Map<string, number>();
  let longest = 0;
  for (let index = 0; index < log.length; index += 1) {
    const { author: of, isSigned } = log.at(index);
    const length = (open.get(of) ?? 0) + 1;
    longest = Math.max(longest, length);
    open.set(of, isSigned ? 0 : length);
  }
  return longest;
}

test("a frame may end only where nothing is open", () => {
  const log = logOf([
    [1, false],
    [2, true],
    [1, true],
    [2, true],
  ]);
  const unvouched = new Unvouched();
  const ends = [0, 1, 2, 3].map((index) => {
    const entry = log.at(index);
    return unvouched.take(entry, entry.isSigned);
  });
  assert.deepEqual(ends, [false, false, true, true]);
});

test("[V3-38] the rest of a run joins a list that ends inside it, or has gaps in it", () => {
  const log = logOf([
    [1, true],
    [2, true],
    [1, true],
    [2, false],
    [1, false],
    [1, true],
    [2, true],
  ]);
  // Made when op 2 had a signature of its own; sealing has since left it out.
  const list = [0, 1, 2];
  log.at(2).isSigned = false;
  assert.deepEqual(vouchedPiece(log, list, { from: 0, bounds }), [0, 1, 2, 4, 5]);
  assert.deepEqual(list, [0, 1, 2, 4, 5], "they count as sent with this list");
  // The peer has the vouchers already, or one op in the middle.
  assert.deepEqual(vouchedPiece(log, [3, 4], { from: 0, bounds }), [3, 4, 5, 6]);
  log.at(5).isSigned = false;
  assert.deepEqual(vouchedPiece(log, [2, 5], { from: 0, bounds }), [2, 4, 5]);
});

test("[V3-40] a run that is brought forward is whole, whatever the list has of it", () => {
  // Two runs of 25, dealt out in turn; the list has every second op of the first.
  const log = logOf(Array.from({ length: 50 }, (_, at): Step => [1 + (at % 2), false]));
  const list = Array.from({ length: 50 }, (_, at) => at).filter((at) => at % 4 !== 2);
  const piece = vouchedPiece(log, list, { from: 0, bounds });
  assert.deepEqual(
    piece,
    Array.from({ length: 25 }, (_, at) => 2 * at),
  );
  assert.equal(new Set(list).size, list.length, "nothing is sent twice");
});
