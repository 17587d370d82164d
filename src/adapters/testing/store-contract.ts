/**
 * What every store must do: one suite of tests, run for the one in SQLite and the one in memory.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { utf8 } from "../../base/bytes.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Op, VerifiedOp } from "../../op/op.ts";
import { asSignature } from "../../op/op.ts";
import type { Commit, Fact, Store, StoredOp } from "../../replica/store.ts";
import { drained } from "../../base/testing/drained.ts";

/** A place for one store, empty at first. What it holds survives `close`. */
export interface StorePlace {
  readonly open: () => Store;
  /** Opens it with room for some 500 KB. */
  readonly openSmall: () => Store;
}

/** Registers the suite. `place` makes a new place and cleans it up after the test. */
export function storeContract(name: string, place: (context: TestContext) => StorePlace): void {
  describe(`store contract: ${name}`, () => {
    readingContract(place);
    factsContract(place);
    fullContract(place);
    closedContract(place);
  });
}

export type MakePlace = (context: TestContext) => StorePlace;

function readingContract(place: MakePlace): void {
  test("ops come back in the order of their commits, byte for byte", (context) => {
    const store = place(context).open();
    const ops = testOps({ seed: "order", count: 1_234 });
    for (const [from, end] of [
      [0, 1],
      [1, 11],
      [11, 300],
      [300, 1_234],
    ] as const)
      store.commit({ ops: ops.slice(from, end), facts: [] });
    assertHolds(store, { ops });
    store.close();
  });

  test("read gives the ops asked for, in the order asked for, repeated ones too", (context) => {
    const store = place(context).open();
    const ops = testOps({ seed: "read", count: 700 });
    store.commit({ ops, facts: [] });
    const wanted = [[], [0], [699], [5, 5, 5], [3, 2, 1], [10, 11, 12, 650, 651, 4], range(0, 700)];
    wanted.push(
      range(100, 650),
      range(0, 700).reverse(),
      range(0, 700).map((n) => (n * 37) % 700),
    );
    for (const indices of wanted) {
      const expected = indices.map((index) => storedOp(ops[index]));
      assert.deepEqual(plain(store.read(indices)), plain(expected));
    }
    for (const indices of [[700], [-1], [0.5], [Number.NaN], [2 ** 60], [698, 699, 700]])
      assert.throws(() => store.read(indices), withCode("store/failed"), String(indices));
    store.close();
  });

  test("the largest ops, empty ones and thousands at once are kept", (context) => {
    const { open } = place(context);
    const store = open();
    const ops = [0, 1, 70_000, 69_999, 8_192, 2].map((size, n) => testOp(`big ${n}`, { size }));
    ops.push(...testOps({ seed: "many", count: 5_003 }));
    store.commit({ ops, facts: [] });
    store.close();
    assertHolds(open(), { ops });
  });

  test("ops committed during a scan do not disturb it", (context) => {
    const store = place(context).open();
    const ops = testOps({ seed: "scan", count: 600 });
    store.commit({ ops: ops.slice(0, 500), facts: [] });
    const seen: StoredOp[] = [];
    for (const op of store.ops()) {
      assert("bytes" in op);
      if (seen.length === 250) store.commit({ ops: ops.slice(500), facts: [["late", "yes"]] });
      seen.push(op);
    }
    assert.deepEqual(plain(seen), plain(ops.slice(0, 500).map(storedOp)));
    assertHolds(store, { ops, facts: [["late", "yes"]] });
  });
}

function factsContract(place: MakePlace): void {
  test("facts are written, replaced and removed, alone and beside ops", (context) => {
    const { open } = place(context);
    const store = open();
    assertHolds(store, {});
    store.commit({
      ops: [],
      facts: [
        ["a", "1"],
        ["b", "2"],
        ["c", ""],
        ["", "empty key"],
      ],
    });
    const ops = testOps({ seed: "facts", count: 3 });
    store.commit({
      ops,
      facts: [
        ["a", null],
        ["b", "two"],
        ["none", null],
        ["é\u{1f6f7}", "日本\n"],
      ],
    });
    store.commit({
      ops: [],
      facts: [
        ["d", "1"],
        ["d", null],
        ["e", null],
        ["e", "last"],
      ],
    });
    store.commit({ ops: [], facts: [] });
    const facts: Fact[] = [
      ["b", "two"],
      ["c", ""],
      ["", "empty key"],
      ["é\u{1f6f7}", "日本\n"],
      ["e", "last"],
    ];
    assertHolds(store, { ops, facts });
    store.close();
    assertHolds(open(), { ops, facts });
  });

  test("the facts handed out are a copy of their own", (context) => {
    const store = place(context).open();
    store.commit({ ops: [], facts: [["a", "1"]] });
    const before = store.facts();
    store.commit({ ops: [], facts: [["a", "2"]] });
    assert.equal(before.get("a"), "1");
    assert.equal(store.facts().get("a"), "2");
  });
}

function fullContract(place: MakePlace): void {
  test("a commit that finds no space leaves nothing, and a later one works", (context) => {
    const { open, openSmall } = place(context);
    const store = openSmall();
    const kept: VerifiedOp[] = [];
    const facts: Fact[] = [];
    for (let round = 0; round < 100; round += 1) {
      const ops = testOps({ seed: `full ${round}`, count: 40 });
      const fact: Fact = [`round ${round}`, "x".repeat(100)];
      try {
        store.commit({ ops, facts: [fact] });
      } catch (error) {
        assert(withCode("store/full")(error));
        break;
      }
      kept.push(...ops);
      facts.push(fact);
    }
    assert(kept.length >= 400 && kept.length < 4_000, `${kept.length} ops fit`);
    assertHolds(store, { ops: kept, facts });
    const big = testOps({ seed: "too big", count: 20, size: 60_000 });
    for (let round = 0; round < 3; round += 1)
      assert.throws(() => {
        store.commit({ ops: big, facts: [["big", "1"]] });
      }, withCode("store/full"));
    store.commit({ ops: [], facts: [["round 0", null]] });
    facts.shift();
    assertHolds(store, { ops: kept, facts });
    store.close();
    const reopened = open();
    assertHolds(reopened, { ops: kept, facts });
    reopened.commit({ ops: big, facts: [] });
    assertHolds(reopened, { ops: [...kept, ...big], facts });
  });
}

function closedContract(place: MakePlace): void {
  test("a closed store refuses everything but to be closed again", (context) => {
    const { open } = place(context);
    const store = open();
    const ops = testOps({ seed: "closed", count: 600 });
    store.commit({ ops, facts: [["a", "1"]] });
    const scan = store.ops()[Symbol.iterator]();
    for (let n = 0; n < 300; n += 1) scan.next();
    store.close();
    store.close();
    const calls = [
      () => store.ops(),
      () => store.facts(),
      () => store.read([0]),
      () => store.read([]),
      () => store.pages(),
      () => store.readPage(0),
      () => drained(store.seal()),
      () => {
        store.commit({ ops: [], facts: [] });
      },
      () => {
        store.commit({ ops: [testOp("late")], facts: [] });
      },
      () => {
        for (let n = 0; n < 600; n += 1) scan.next();
      },
    ];
    for (const call of calls) assert.throws(call, withCode("store/closed"), String(call));
    assertHolds(open(), { ops, facts: [["a", "1"]] });
  });

  test("a store reopened again and again holds the same and goes on", (context) => {
    const { open } = place(context);
    const ops: VerifiedOp[] = [];
    for (let round = 0; round < 8; round += 1) {
      const store = open();
      assertHolds(store, { ops, facts: round === 0 ? [] : [["round", String(round - 1)]] });
      const more = testOps({ seed: `again ${round}`, count: round * 7 });
      store.commit({ ops: more, facts: [["round", String(round)]] });
      ops.push(...more);
      store.close();
    }
  });
}

/** Asserts that the store holds exactly this. */
export function assertHolds(store: Store, { ops = [], facts = [] }: Partial<Commit>): void {
  const expected = plain(ops.map(storedOp));
  assert.deepEqual(plain(opsOf(store)), expected);
  assert.deepEqual(plain(store.read(range(0, ops.length))), expected);
  assert.deepEqual(new Map(store.facts()), new Map(facts as [string, string][]));
}

/** All ops of a store, those in pages too. */
export function opsOf(store: Store): StoredOp[] {
  const ops: StoredOp[] = [];
  for (const kept of store.ops()) {
    if ("bytes" in kept) ops.push(kept);
    else ops.push(...store.read(range(kept.first, kept.first + kept.count)));
  }
  return ops;
}

/** A check for `assert.throws`: the error is ours and has this code. */
export function withCode(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert(error instanceof TowlineError, `no TowlineError: ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  };
}

/** Deterministic stand-ins for ops of a few hundred bytes: a store looks at their bytes only. */
export function testOps(draw: { seed: string; count: number; size?: number }): VerifiedOp[] {
  const { seed, count, size } = draw;
  return range(0, count).map((n) => testOp(`${seed} ${n}`, size === undefined ? {} : { size }));
}

/** Every fifth or so is signed, every fifth has a claim. */
export function testOp(seed: string, { size }: { readonly size?: number } = {}): VerifiedOp {
  const random = hash("sha512", utf8(seed), "buffer");
  const bytes = new Uint8Array(size ?? 250 + (random[0] ?? 0));
  for (let at = 0; at < bytes.length; at += random.length)
    bytes.set(random.subarray(0, bytes.length - at), at);
  const kind = (random[1] ?? 0) % 5;
  const signature = asSignature(new Uint8Array(random).reverse());
  const sig = kind === 0 ? signature : null;
  return { op: { bytes } as Op, sig, ...(kind === 1 && { claim: signature }) } as VerifiedOp;
}

export function storedOp(verified: VerifiedOp | undefined): StoredOp {
  assert(verified !== undefined);
  const { op, sig, claim } = verified;
  return { bytes: op.bytes, sig, ...(claim && { claim }) };
}

/** Ops as texts, whatever class their bytes have: quick to compare and to show. */
export function plain(ops: Iterable<StoredOp>): string[] {
  const texts: string[] = [];
  for (const op of ops) {
    assert(op.bytes instanceof Uint8Array);
    assert(op.claim === undefined || op.claim instanceof Uint8Array);
    const [bytes, sig, claim] = [op.bytes, op.sig ?? [], op.claim ?? []].map((part) =>
      Buffer.from(part).toString("latin1"),
    );
    texts.push(JSON.stringify([bytes, sig, claim]));
  }
  return texts;
}

export function range(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, at) => from + at);
}
