/** What every store must do with pages: those that it is given, and those that it makes itself. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { present } from "../../base/assert.ts";
import { sealedFromOps } from "../../base/limits.ts";
import type { Span } from "../../log/spans.ts";
import {
  author,
  chain,
  run,
  seal,
  testCodec,
  testMesh,
  TestNode,
} from "../../log/testing/forge.ts";
import type { Op, ReceivedOp, VerifiedOp } from "../../op/op.ts";
import { decodePage, encodePage, pageOpsFrom } from "../../page/page.ts";
import type { Fact, KeptPage, Store } from "../../replica/store.ts";
import { zstd } from "../zstd.ts";
import type { MakePlace } from "./store-contract.ts";
import { assertHolds, opsOf, plain, range, storedOp, withCode } from "./store-contract.ts";
import { drained } from "../../base/testing/drained.ts";

export const meshFacts: readonly Fact[] = [["mesh", testMesh]];

/** Real ops, `count` of each of three authors by turns, in bursts; all are signed. */
export function realOps(input: { readonly count: number; readonly note?: string }): VerifiedOp[] {
  const { count, note = "real" } = input;
  const chains = [1, 2, 3].map((number) => {
    return chain({ author: author(number), length: count, note, bodyBytes: 60 });
  });
  const ops: VerifiedOp[] = [];
  for (let from = 0; from < count; from += 7) {
    for (const each of chains) ops.push(...each.slice(from, from + 7).map(verified));
  }
  return ops;
}

function verified(op: Op): VerifiedOp {
  return { op, sig: seal(op) } as VerifiedOp;
}

/** A page of these ops, as a peer sends it. */
export function pageOf(ops: readonly VerifiedOp[], offset: number): KeptPage {
  const entries = ops.map(({ op, sig }) => ({ bytes: op.bytes, id: op.id, sig }));
  return { offset, count: ops.length, frame: encodePage(entries, zstd) };
}

/** The ops as the store holds them after it has left out signatures. */
function without(ops: readonly VerifiedOp[], bare: readonly number[]): VerifiedOp[] {
  const left = new Set(bare);
  return ops.map((each, at) => {
    return left.has(at) ? ({ op: each.op, sig: null } as VerifiedOp) : each;
  });
}

/** The log of a stranger takes all that the store holds, and needs nothing but that. */
function assertVouched(store: Store, count: number): void {
  const received = opsOf(store).map(({ bytes, sig }): ReceivedOp => {
    const decoded = testCodec.decode(bytes);
    assert(decoded.ok);
    return { op: decoded.value, sig };
  });
  const node = new TestNode();
  node.receive(received);
  assert.equal(node.applied.length, count);
}

function sealAll(store: Store): { readonly spans: Span[]; readonly bare: number[] } {
  const spans: Span[] = [];
  const bare: number[] = [];
  for (let sealed = drained(store.seal()); sealed !== null; sealed = drained(store.seal())) {
    spans.push({ first: sealed.first, count: sealed.count });
    bare.push(...sealed.bare);
  }
  return { spans, bare };
}

/** Registers the suite. */
export function pageContract(name: string, place: MakePlace): void {
  describe(`pages in a store: ${name}`, () => {
    givenPages(place);
    sealedPages(place);
    sealingAmidOthers(place);
    unsealable(place);
  });
}

function givenPages(place: MakePlace): void {
  test("pages of a commit come back as they are, among the ops around them", (context) => {
    const { open } = place(context);
    const store = open();
    const ops = realOps({ count: 70 });
    const first = ops.slice(0, 100);
    const pages = [pageOf(first.slice(10, 60), 10), pageOf(first.slice(60, 61), 60)];
    store.commit({ ops: first, facts: meshFacts, pages });
    const rest = ops.slice(100);
    store.commit({ ops: rest, facts: [], pages: [pageOf(rest.slice(100), 100)] });
    const spans = [
      { first: 10, count: 50 },
      { first: 60, count: 1 },
      { first: 200, count: ops.length - 200 },
    ];
    for (const each of [store, null]) {
      if (each === null) store.close();
      const held = each ?? open();
      assert.deepEqual(held.pages(), spans);
      assertHolds(held, { ops, facts: meshFacts });
      for (const [at, { offset, frame }] of pages.entries()) {
        assert.deepEqual(Buffer.from(held.readPage(offset)), Buffer.from(frame), String(at));
      }
      for (const no of [0, 11, 61, 199, 211, -1, 0.5]) {
        assert.throws(() => held.readPage(no), withCode("store/failed"), String(no));
      }
      const mixed = [9, 10, 59, 60, 61, 62, 200, 209, 5, 59, 59];
      const expected = mixed.map((index) => storedOp(ops[index]));
      assert.deepEqual(plain(held.read(mixed)), plain(expected));
    }
  });

  test("reads go over more pages than are kept unpacked", (context) => {
    const store = place(context).open();
    const ops = realOps({ count: 100 });
    const pages = range(0, 30).map((at) => pageOf(ops.slice(10 * at, 10 * at + 10), 10 * at));
    store.commit({ ops, facts: meshFacts, pages });
    const indices = range(0, 600).map((n) => (n * 37) % ops.length);
    const expected = indices.map((index) => storedOp(ops[index]));
    assert.deepEqual(plain(store.read(indices)), plain(expected));
    assert.deepEqual(plain(store.read(range(0, 300))), plain(ops.map(storedOp)));
  });
}

function sealedPages(place: MakePlace): void {
  test("what comes as a page while no page can be made of the rest changes what is left", (context) => {
    const store = place(context).open();
    const stuck = run(chain({ author: author(1), length: sealedFromOps }));
    const unsigned = stuck.map(({ op }) => ({ op, sig: null }) as VerifiedOp);
    store.commit({ ops: unsigned, facts: meshFacts });
    const steps = store.seal();
    steps.next();
    const ops = realOps({ count: 100 });
    store.commit({ ops, facts: [], pages: [pageOf(ops, 0)] });
    assert.equal(drained(steps), null);
    assert.equal(store.looseOps, 0);
    store.commit({ ops: ops.slice(0, 10), facts: [] });
    assert.equal(store.looseOps, 10);
    assert.equal(drained(store.seal()), null);
    store.close();
  });

  test("the oldest ops become a page once many have gathered", (context) => {
    const { open } = place(context);
    const store = open();
    const ops = realOps({ count: 1_100 });
    store.commit({ ops: ops.slice(0, sealedFromOps - 1), facts: meshFacts });
    assert.equal(drained(store.seal()), null);
    store.commit({ ops: ops.slice(sealedFromOps - 1), facts: [] });
    const { spans, bare } = sealAll(store);
    assert.equal(spans[0]?.first, 0);
    assert.ok(spans.every(({ first, count }) => count <= pageOpsFrom(first)));
    assert.ok(spans.some(({ count }) => count > 900) && bare.length > 900);
    const held = without(ops, bare);
    assert.deepEqual(store.pages(), spans);
    assertHolds(store, { ops: held, facts: meshFacts });
    assertVouched(store, ops.length);
    for (const { first, count } of spans) {
      const content = decodePage(testCodec, store.readPage(first), zstd);
      assert(content.ok);
      assert.deepEqual(
        content.value.ops.map(({ op }) => op.id),
        ops.slice(first, first + count).map(({ op }) => op.id),
      );
    }
    store.close();
    assertHolds(open(), { ops: held, facts: meshFacts });
  });
}

function sealingAmidOthers(place: MakePlace): void {
  test("what is sealed while a scan goes on does not disturb it", (context) => {
    const store = place(context).open();
    const ops = realOps({ count: 700 });
    store.commit({ ops: ops.slice(0, 300), facts: meshFacts });
    const scan = store.ops()[Symbol.iterator]();
    store.commit({ ops: ops.slice(300), facts: [] });
    const seen = range(0, 100).map(() => {
      const next = scan.next();
      assert(next.done !== true && "bytes" in next.value);
      return next.value;
    });
    assert.notEqual(drained(store.seal()), null);
    for (let next = scan.next(); next.done !== true; next = scan.next()) {
      assert("bytes" in next.value);
      seen.push(next.value);
    }
    const bytes = (list: readonly { readonly bytes: Uint8Array }[]): string[] =>
      list.map((each) => Buffer.from(each.bytes).toString("hex"));
    assert.deepEqual(bytes(seen), bytes(ops.slice(0, 300).map(({ op }) => op)));
  });

  test("sealed and given pages lie side by side, and later ops follow", (context) => {
    const { open } = place(context);
    const store = open();
    const ops = realOps({ count: 1_000 });
    store.commit({ ops: ops.slice(0, 400), facts: meshFacts });
    const given = ops.slice(400, 500);
    store.commit({ ops: given, facts: [], pages: [pageOf(given, 0)] });
    store.commit({ ops: ops.slice(500), facts: [] });
    const { spans, bare } = sealAll(store);
    const covered = spans.flatMap(({ first, count }) => range(first, first + count));
    assert.deepEqual(covered.slice(0, 401), [...range(0, 400), 500]);
    const held = without(ops, bare);
    assertHolds(store, { ops: held, facts: meshFacts });
    const more = realOps({ count: 10, note: "more" });
    store.commit({ ops: more, facts: [] });
    store.close();
    assertHolds(open(), { ops: [...held, ...more], facts: meshFacts });
  });
}

function unsealable(place: MakePlace): void {
  test("without a mesh nothing is sealed", (context) => {
    const store = place(context).open();
    store.commit({ ops: realOps({ count: 900 }), facts: [] });
    assert.equal(drained(store.seal()), null);
  });

  test("a page ends where verified signatures vouch for all; claims do not count", (context) => {
    const store = place(context).open();
    const ops = chain({ author: author(1), length: 2_400 });
    const isSigned = (at: number): boolean => at % 250 === 249;
    const given = ops.map((op, at): VerifiedOp => {
      const claim = isSigned(at) ? null : seal(op);
      return { op, sig: isSigned(at) ? seal(op) : null, ...(claim && { claim }) } as VerifiedOp;
    });
    store.commit({ ops: given, facts: meshFacts });
    const sealed = drained(store.seal());
    assert(sealed !== null);
    assert.deepEqual([sealed.first, sealed.count], [0, 250]);
    assert.deepEqual(sealed.bare, range(0, 249));
    assertHolds(store, { ops: without(given, sealed.bare), facts: meshFacts });
  });

  test("where runs end too late for a short page, a long one is made", (context) => {
    const store = place(context).open();
    const runs = [1, 2, 3, 4].map((no) => run(chain({ author: author(no), length: 200 })));
    const woven = range(0, 800).map((at) => present(runs[at % 4]?.[at >> 2], "an op of a run"));
    const ops = woven.map(({ op, sig }) => ({ op, sig }) as VerifiedOp);
    const more = realOps({ count: 500, note: "more" });
    store.commit({ ops: [...ops, ...more], facts: meshFacts });
    const sealed = drained(store.seal());
    assert(sealed !== null && sealed.count >= 800);
    assertVouched(store, 800 + more.length);
  });

  test("ops that nothing vouches for in reach stay as they are, and later ones do not", (context) => {
    const store = place(context).open();
    const long = run(chain({ author: author(1), length: 1_200 })).map(
      ({ op, sig }) => ({ op, sig }) as VerifiedOp,
    );
    const fine = realOps({ count: 1_100, note: "fine" }).filter(({ op }) => {
      return op.author !== author(1);
    });
    store.commit({ ops: [...long, ...fine], facts: meshFacts });
    assert.equal(drained(store.seal()), null);
    const spans: Span[] = [];
    for (let round = 0; round < 10; round += 1) {
      const sealed = drained(store.seal());
      if (sealed !== null) spans.push({ first: sealed.first, count: sealed.count });
    }
    assert.deepEqual(store.pages(), spans);
    assert.ok(spans.every(({ first, count }) => first >= 1_000 && count > 100));
    assertHolds(store, {
      ops: without([...long, ...fine], bareOf(store, [...long, ...fine])),
      facts: meshFacts,
    });
  });
}

/** Which ops have lost the signature that they had. */
function bareOf(store: Store, ops: readonly VerifiedOp[]): readonly number[] {
  const held = opsOf(store);
  return range(0, ops.length).filter((at) => held[at]?.sig === null && ops[at]?.sig !== null);
}
