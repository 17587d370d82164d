/** Integers, hex and UTF-8: one value, one spelling. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareText,
  fromHex,
  isHex,
  readUvar,
  textOf,
  toHex,
  utf8,
  uvarLength,
  uvarMax,
  writeUvar,
} from "./bytes.ts";

function written(value: number): Uint8Array {
  const bytes = new Uint8Array(uvarLength(value));
  assert.equal(writeUvar(bytes, 0, value), bytes.length);
  return bytes;
}

/** Where an uvar grows by a byte, and its neighbours. */
const edges = [0, 1, uvarMax - 1, uvarMax];
for (let length = 1; length <= 7; length += 1) {
  const edge = 2 ** (7 * length);
  edges.push(edge - 1, edge, edge + 1);
}

test("[OP-2] an uvar of each length is read as it was written", () => {
  for (const value of edges) {
    const bytes = written(value);
    assert.deepEqual(readUvar(bytes, 0), { ok: true, value: { value, end: bytes.length } });
    const inside = Uint8Array.of(0xff, ...bytes, 0xff);
    assert.deepEqual(readUvar(inside, 1), { ok: true, value: { value, end: bytes.length + 1 } });
  }
  assert.equal(written(uvarMax).length, 8);
  assert.equal(toHex(written(300)), "ac02");
});

test("[OP-2] an uvar with needless bytes, a missing end or a value above 2^53-1 is refused", () => {
  for (const value of edges) {
    const bytes = written(value);
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(readUvar(bytes.subarray(0, length), 0).ok, false);
    }
    const padded = Uint8Array.of(...bytes, 0);
    padded[bytes.length - 1] = (padded[bytes.length - 1] ?? 0) + 128;
    assert.equal(readUvar(padded, 0).ok, false, `${value} with a needless byte`);
  }
  const tooBig = ["8080808080808010", "ffffffffffffff1f", "ffffffffffffff7f", "ff".repeat(20)];
  for (const hex of tooBig) {
    const bytes = fromHex(hex);
    assert.ok(bytes !== null);
    assert.deepEqual(readUvar(bytes, 0), { ok: false, error: "too-big" });
  }
});

test("[OP-1] hex has one spelling", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const hex = toHex(all);
  assert.deepEqual(fromHex(hex), all);
  assert.ok(isHex(hex, 512));
  for (const alias of ["A0", "0x", "0g", " 0", "0 ", "1122zz33", "é0", "٠٠", "\0\0", "@`", "G/"]) {
    assert.equal(fromHex(alias), null, alias);
    assert.equal(isHex(alias, alias.length), false, alias);
  }
  assert.equal(fromHex("a"), null);
  assert.deepEqual(fromHex(""), new Uint8Array());
  for (const other of [null, undefined, 12, ["a0"], { length: 2 }]) {
    assert.equal(isHex(other, 2), false);
  }
});

test("[OP-3] UTF-8 is strict, and a byte order mark is an ordinary character", () => {
  for (const text of ["", "\ufeff", "\ufeffa", "\0", "é", "e\u0301", "😀", "\u{10ffff}"]) {
    assert.equal(textOf(utf8(text)), text);
  }
  const invalid = [
    "ff",
    "80",
    "c0af",
    "c1bf",
    "e080af",
    "eda080",
    "edbfbf",
    "f08080af",
    "f4908080",
  ];
  for (const hex of [...invalid, "c3", "e298", "f09f98", "61ff62", "fe", "f8888080af"]) {
    const bytes = fromHex(hex);
    assert.ok(bytes !== null);
    assert.equal(textOf(bytes), null, hex);
  }
});

test("texts are compared by UTF-16 code units", () => {
  const sorted = ["", "A", "a", "aa", "é", "\ud83d\ude00", "\uffee"];
  assert.deepEqual([...sorted].reverse().sort(compareText), sorted);
});
