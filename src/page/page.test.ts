/** Pages: every list of ops comes back byte for byte, and no bytes make the decoder throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { zstd } from "../adapters/zstd.ts";
import { toHex } from "../base/bytes.ts";
import { pageOpsMax, pageRawBytesMax, sliceBytesMax } from "../base/limits.ts";
import { author, chain, flipped, forge, seal, testCodec } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import type { Compression } from "./compression.ts";
import { beginPage, decodePage, encodePage, pageSizeOf } from "./page.ts";
import type { PageContent, PageEntry } from "./page.ts";
import { drawnPage } from "./testing/draw.ts";

/** Pages stay as they are laid out, so that tests can spoil them. */
const none: Compression = { compress: (bytes) => bytes, decompress: () => null };

/** Two of these make a slice. */
const largeBody = JSON.stringify([["note", "i", "x".repeat(sliceBytesMax / 2)]]);

const runs = { seed: 20_261_201, numRuns: 500 };

function entry(op: Op): PageEntry {
  return { bytes: op.bytes, id: op.id, sig: seal(op) };
}

function decoded(frame: Uint8Array, isTrusted = false): PageContent {
  const content = decodePage(testCodec, frame, zstd, { isTrusted });
  assert.ok(content.ok, content.ok ? "" : content.error);
  return content.value;
}

function assertSame({ ops, refused }: PageContent, entries: readonly PageEntry[]): void {
  assert.deepEqual(refused, []);
  assert.equal(ops.length, entries.length);
  for (const [n, { op, sig }] of ops.entries()) {
    const sent = entries[n];
    assert.ok(sent !== undefined);
    const direct = testCodec.decode(sent.bytes);
    assert.ok(direct.ok);
    assert.equal(toHex(op.bytes), toHex(sent.bytes));
    assert.deepEqual({ ...op, bytes: null }, { ...direct.value, bytes: null });
    assert.deepEqual(sig === null ? null : toHex(sig), sent.sig === null ? null : toHex(sent.sig));
  }
}

/** Whatever the bytes: no throw, and what is accepted is what its bytes say. */
function check(frame: Uint8Array): boolean {
  const content = decodePage(testCodec, frame, zstd);
  if (!content.ok) return false;
  assert.equal(content.value.ops.length + content.value.refused.length, pageSizeOf(frame)?.ops);
  for (const { op } of content.value.ops) {
    const direct = testCodec.decode(op.bytes);
    assert.ok(direct.ok);
    assert.equal(op.id, direct.value.id);
    assert.deepEqual({ ...op }, { ...direct.value });
  }
  for (const { id } of content.value.refused) assert.match(id, /^[0-9a-f]{64}$/u);
  return true;
}

test("any ops come back byte for byte, compressed or not, trusted or not", () => {
  fc.assert(
    fc.property(drawnPage, (entries) => {
      for (const compression of [zstd, none]) {
        const frame = encodePage(entries, compression);
        assert.equal(pageSizeOf(frame)?.ops, entries.length);
        assertSame(decoded(frame), entries);
        assertSame(decoded(frame, true), entries);
      }
    }),
    runs,
  );
});

test("a page that is taken in slices comes to the same, whatever is wrong with it", () => {
  const ops = [1, 2, 3].flatMap((no) => chain({ author: author(no), length: 100 }));
  const long = forge({ author: author(4), body: largeBody });
  const entries = [...ops, long, ...chain({ author: author(5), length: 20 })].map(entry);
  const frame = encodePage(entries, none);
  const slicesOf = (bytes: Uint8Array): { readonly slices: number; readonly content: unknown } => {
    const opening = beginPage(testCodec, bytes, zstd);
    if (!opening.ok) return { slices: 0, content: opening };
    let slices = 1;
    while (!opening.value.advance()) slices += 1;
    return { slices, content: { ok: true, value: opening.value.finish() } };
  };
  assert.deepEqual(slicesOf(frame), { slices: 3, content: decodePage(testCodec, frame, zstd) });
  fc.assert(
    fc.property(fc.nat(8 * frame.length - 1), (bit) => {
      const spoiled = flipped(frame, bit);
      assert.deepEqual(slicesOf(spoiled).content, decodePage(testCodec, spoiled, zstd));
    }),
    { seed: 20_261_126, numRuns: 150 },
  );
});

test("large bodies make slices shorter", () => {
  const ops = [1, 2, 3, 4, 5, 6, 7, 8].map((no) => forge({ author: author(no), body: largeBody }));
  const opening = beginPage(testCodec, encodePage(ops.map(entry), zstd), zstd);
  assert.ok(opening.ok);
  let slices = 1;
  while (!opening.value.advance()) slices += 1;
  assert.equal(slices, 4);
  assert.equal(opening.value.finish().ops.length, 8);
});

test("a thousand small ops take a few bytes each", () => {
  const ops = Array.from({ length: 20 }, (_, n) => chain({ author: author(n + 1), length: 50 }));
  const entries = ops.flat().map((op) => ({ bytes: op.bytes, id: op.id, sig: null }));
  const frame = encodePage(entries, zstd);
  assertSame(decoded(frame), entries);
  assert.ok(frame.length < 5_000, `${String(frame.length)} bytes`);
});

test("no truncation of a page decodes, and no single flipped bit throws", () => {
  const [first, second] = [forge({ author: author(1) }), forge({ author: author(2) })];
  const third = forge({
    author: author(1),
    prev: first,
    deps: [second],
    body: '[["note","i","ü"]]',
  });
  const entries = [entry(first), entry(second), entry(third)];
  for (const frame of [encodePage(entries, none), encodePage(entries.slice(2), none)]) {
    for (let length = 0; length < frame.length; length += 1) {
      assert.equal(check(frame.subarray(0, length)), false);
    }
    for (let bit = 0; bit < 8 * frame.length; bit += 1) check(flipped(frame, bit));
  }
});

test("mutated and random pages never throw", () => {
  const edit = fc.record({
    at: fc.nat(),
    drop: fc.nat(8),
    insert: fc.uint8Array({ maxLength: 8 }),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  let accepted = 0;
  fc.assert(
    fc.property(drawnPage, edits, fc.boolean(), (entries, list, isShortened) => {
      let bytes = [...encodePage(entries, none)];
      for (const { at, drop, insert } of list) {
        const same = isShortened ? drop : insert.length;
        bytes = bytes.toSpliced(at % (bytes.length + 1), same, ...insert);
      }
      if (check(Uint8Array.from(bytes))) accepted += 1;
    }),
    { ...runs, numRuns: 2_000 },
  );
  assert.ok(accepted > 100, "the mutations reach what comes after the form");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(4), (rest, count) => {
      check(Uint8Array.from([3, 0, count, rest.length, ...rest]));
      check(rest);
    }),
    runs,
  );
});

function malformed(frame: Uint8Array | readonly number[]): string {
  const content = decodePage(testCodec, Uint8Array.from(frame), zstd);
  assert.ok(!content.ok, "the page decodes");
  return content.error;
}

test("a page of no ops, of too many, and one that is too long are refused by their heads", () => {
  const uvar1001 = [0xe9, 0x07];
  const uvarTooLong = [0x81, 0x80, 0x80, 0x02];
  assert.match(malformed([]), /no page/u);
  assert.match(malformed([2, 0, 1, 0]), /no page/u);
  assert.match(malformed([3, 2, 1, 0]), /encoding/u);
  assert.match(malformed([3, 0, 0, 0]), /no ops or too many/u);
  assert.match(malformed([3, 0, ...uvar1001, 0]), /no ops or too many/u);
  assert.match(malformed([3, 0, 1, ...uvarTooLong]), /too long/u);
  assert.match(malformed([3, 0, 0x81, 0x00, 0]), /one form/u);
  assert.equal(pageSizeOf(Uint8Array.from([3, 0, ...uvar1001, 0])), null);
  const full = Uint8Array.from([3, 0, 0xe8, 0x07, 0x85, 0x01]);
  assert.deepEqual(pageSizeOf(full), { ops: pageOpsMax, bytes: 133 });
});

test("a payload that is longer or shorter than its head says is refused, a bomb among them", () => {
  const bomb = zstdCompressSync(new Uint8Array(8 * pageRawBytesMax));
  assert.match(malformed([3, 1, 1, 0x80, 0x80, 0x40, ...bomb]), /what its head says/u);
  const entries = chain({ author: author(1), length: 100 }).map(entry);
  const frame = [...encodePage(entries, none)];
  const long = frame.toSpliced(3, 1, (frame[3] ?? 0) + 1);
  assert.match(malformed(long), /what its head says/u);
  const packed = zstdCompressSync(Uint8Array.from(frame.slice(5)));
  assert.match(malformed([3, 1, 100, ...frame.slice(3, 5), ...packed.subarray(2)]), /head/u);
  assert.match(malformed([3, 1, 100, (frame[3] ?? 0) - 1, frame[4] ?? 0, ...packed]), /head/u);
  check(Uint8Array.from([3, 1, 100, ...frame.slice(3, 5), ...packed]));
  decoded(Uint8Array.from([3, 1, 100, ...frame.slice(3, 5), ...packed]));
});

/** The codes with which a page refuses ops of these bodies, given as bytes; "" for a good one. */
function verdicts(bodies: readonly string[]): readonly string[] {
  const fillers = bodies.map(({ length }) => `[["k","${".".repeat(length - 10)}"]]`);
  const ops = fillers.map((body, n) => forge({ author: author(n + 1), body }));
  const honest = Buffer.from(encodePage(ops.map(entry), none)).toString("latin1");
  const spoiled = honest.replace(fillers.join(""), bodies.join(""));
  const { ops: good, refused } = decoded(Uint8Array.from(Buffer.from(spoiled, "latin1")));
  assert.equal(good.length + refused.length, bodies.length);
  return bodies.map((_, n) => refused.find((each) => each.author === author(n + 1))?.code ?? "");
}

test("an op that breaks a rule is refused by itself, its neighbours are not", () => {
  const note = (text: string): string => `[["note","i","${text}"]]`;
  const cases: readonly (readonly [string, string])[] = [
    [note("as it should be"), ""],
    ['[["set","i","title",{"a":[1,2.5,null]}]]', ""],
    [note("\xc3\xa9"), ""],
    [note("\\u0061"), "op/body-not-canonical"],
    ['[["note", "i","text"]]', "op/body-not-canonical"],
    ['[["set","i","title",{"a":1,"a":1}]]', "op/body-not-canonical"],
    [note("\\ud800"), "op/body-surrogate"],
    [note('","'), "op/change-malformed"],
    [note('x"x'), "op/body-json"],
    [note("\x80\x80"), "op/body-utf8"],
    ['"no array at all"', "op/body-not-array"],
    [`[["note","i",${"[".repeat(31)}${"]".repeat(31)}]]`, "op/body-depth"],
    [`[["set","i","title",${"[".repeat(30)}${"]".repeat(30)}]]`, ""],
    [`[["mesh","${"0".repeat(64)}","name"]]`, "op/mesh-change"],
  ];
  for (const [body, code] of cases) {
    for (const neighbour of [note("plain"), note("\xc3\xa9")]) {
      const found = verdicts([neighbour, body, neighbour]);
      assert.deepEqual(found, ["", code, ""], body);
    }
  }
});

test("no body lends its neighbour a bracket or a quote", () => {
  const bad = "op/body-json";
  assert.deepEqual(verdicts(['[["later","a"]', '["later","b"]]']), [bad, bad]);
  assert.deepEqual(verdicts(['[["later","', '"],["later"]]']), [bad, bad]);
  assert.deepEqual(verdicts(['[["later",1', '"again"]]  ', "[[]],[[1]]"]), [bad, bad, bad]);
  assert.deepEqual(verdicts(['[["later"],"\\', '"],["later"]]']), [bad, bad]);
});

test("an op that two authors or one weak key would have is refused under its own id", () => {
  const [first, second] = [forge({ author: author(1) }), forge({ author: author(2) })];
  const frame = Buffer.from(encodePage([entry(first), entry(second)], none));
  const weak = Buffer.alloc(32, 0xff);
  const spoiled = Buffer.from(frame);
  spoiled.set(weak, frame.indexOf(Buffer.from(author(2), "hex")));
  const { ops, refused } = decoded(new Uint8Array(spoiled));
  assert.deepEqual(
    ops.map(({ op }) => op.id),
    [first.id],
  );
  const bytes = Buffer.from(second.bytes);
  bytes.set(weak, 1);
  const id = testCodec.idOf(bytes);
  assert.deepEqual(refused, [{ id, author: weak.toString("hex"), code: "op/author-key" }]);
});
