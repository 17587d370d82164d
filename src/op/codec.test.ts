/** The codec: round trips, and no input that makes it throw or accept a second spelling. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../adapters/node-crypto.ts";
import { fromHex, toHex } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import { author, draftFields, flipped, hexBytes, testCodec } from "../log/testing/forge.ts";
import { OpCodec } from "./codec.ts";
import { readFields, writeFields } from "./fields.ts";
import type { OpFields } from "./fields.ts";
import type { MeshId, NodeId } from "./op.ts";
import { opErrors } from "./op-error.ts";
import { fromOpJson, toOpJson } from "./op-json.ts";
import { opMessage, verifySignature } from "./signature.ts";

interface Shared {
  readonly mesh: MeshId;
  readonly ops: readonly {
    readonly op: JsonObject & { readonly author: NodeId; readonly sig: string | null };
    readonly bytes: string;
    readonly id: string;
  }[];
}

const file = new URL("../../test/vectors/ops-1.json", import.meta.url);
const shared = JSON.parse(readFileSync(file, "utf8")) as Shared;
const crypto = createNodeCrypto();
const codec = new OpCodec(shared.mesh, crypto);
const seeds = shared.ops.map(({ bytes }) => hexBytes(bytes));

/** Decodes; whatever comes out, it is no throw, and what is accepted has this one spelling. */
function check(bytes: Uint8Array): boolean {
  const decoded = codec.decode(bytes);
  if (!decoded.ok) {
    assert.ok(decoded.error.code in opErrors);
    return false;
  }
  const fields = readFields(bytes);
  assert.ok(fields.ok);
  assert.equal(toHex(writeFields(fields.value)), toHex(bytes));
  const json = JSON.parse(JSON.stringify(toOpJson(fields.value, null))) as JsonObject;
  const again = fromOpJson(codec, json);
  assert.ok(again.ok && again.value.op.id === decoded.value.id);
  return true;
}

test("[OP-5] [OP-23] [OP-24] [OP-27] the shared vectors: bytes, ids, signatures, JSON", () => {
  for (const { op, bytes, id } of shared.ops) {
    assert.ok(check(hexBytes(bytes)));
    const read = fromOpJson(codec, op);
    assert.ok(read.ok);
    assert.equal(toHex(read.value.op.bytes), bytes);
    assert.equal(read.value.op.id, id);
    if (op.sig === null) continue;
    const input = { key: read.value.op.author, message: opMessage(read.value.op.id) };
    assert.ok(verifySignature(crypto, { ...input, sig: hexBytes(op.sig) }));
  }
});

test("[OP-26] no truncation of a vector decodes", () => {
  for (const bytes of seeds) {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(check(bytes.subarray(0, length)), false);
    }
  }
});

test("[OP-23] [OP-26] each single flipped bit is refused or makes another op", () => {
  for (const bytes of seeds) {
    const original = codec.idOf(bytes);
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const copy = flipped(bytes, bit);
      if (check(copy)) assert.notEqual(codec.idOf(copy), original);
    }
  }
});

test("[OP-24] no flipped bit of an op keeps its signature valid", () => {
  const [seed] = shared.ops;
  assert.ok(seed !== undefined && seed.op.sig !== null);
  const sig = hexBytes(seed.op.sig);
  const bytes = hexBytes(seed.bytes);
  for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
    const decoded = codec.decode(flipped(bytes, bit));
    if (!decoded.ok) continue;
    const { author: key, id } = decoded.value;
    assert.equal(verifySignature(crypto, { key, message: opMessage(id), sig }), false);
  }
});

const runs = { seed: 20_261_122, numRuns: 3_000 };

test("[OP-26] random bytes and spliced vectors never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void check(bytes)),
    runs,
  );
  const edit = fc.record({
    at: fc.nat(),
    drop: fc.nat(40),
    insert: fc.uint8Array({ maxLength: 40 }),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.nat(seeds.length - 1), edits, (which, list) => {
      let bytes = [...(seeds[which] ?? [])];
      for (const { at, drop, insert } of list) {
        bytes = bytes.toSpliced(at % (bytes.length + 1), drop, ...insert);
      }
      check(Uint8Array.from(bytes));
    }),
    runs,
  );
});

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const integer = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 127, 128, 2 ** 53 - 1),
);
const value = fc.jsonValue({ maxDepth: 4 });
const change = fc.oneof(
  fc.tuple(fc.constant("set"), fc.constant("i"), fc.string(), value),
  fc.tuple(fc.constant("new"), fc.constant("i"), fc.dictionary(fc.string(), value)),
  fc.tuple(fc.constantFrom("add", "note", "later", "del"), fc.constant("i"), fc.string()),
  value,
);
const fields = fc.record<OpFields>({
  author: fc.oneof(hash, fc.constant(author(1) as string)),
  seq: integer,
  prev: fc.oneof(hash, fc.constant("00".repeat(32))),
  lamport: integer,
  time: integer,
  deps: fc.array(hash, { maxLength: 4 }).map((deps) => deps.sort()),
  actor: fc.string({ maxLength: 40, unit: "grapheme" }),
  body: fc.array(change, { maxLength: 4 }).map((list) => JSON.stringify(list)),
});

test("[OP-26] fields laid out by the rules but with any content never throw", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fields, (drafted) => {
      if (check(writeFields(drafted))) accepted += 1;
      const plain = { ...drafted, author: author(1), seq: 1, prev: "00".repeat(32) };
      if (check(writeFields({ ...plain, lamport: drafted.lamport + 1 }))) accepted += 1;
    }),
    runs,
  );
  assert.ok(accepted > 100, "the generator reaches valid ops, too");
});

/** Values that a lax reader takes for an integer; true where the protocol takes them, too. */
const numbers: readonly (readonly [text: string, isRead: boolean])[] = [
  ...["1", "1.0", "1e0", "10e-1", "9007199254740991"].map((text) => [text, true] as const),
  ...["-1", "1.5", "1e400", "-1e400", "9007199254740992", "9007199254740993", "1e300", "0.1"].map(
    (text) => [text, false] as const,
  ),
  ...['"5"', '""', "null", "true", "false", "[]", "[1]", "{}", '"0x1"', '" 1"', "5e-324"].map(
    (text) => [text, false] as const,
  ),
];

test("[OP-28] integers in JSON are integers, whatever looks like one", () => {
  const honest = JSON.stringify(toOpJson(draftFields({ author: author(1) }), null));
  for (const name of ["seq", "lamport", "time"]) {
    for (const [text, isRead] of numbers) {
      const spoiled = honest.replace(new RegExp(`"${name}":\\d+`, "u"), `"${name}":${text}`);
      const read = fromOpJson(testCodec, JSON.parse(spoiled) as JsonObject);
      const isTyped = read.ok || read.error.code !== "op/json-invalid";
      assert.equal(isTyped, isRead, `${name}: ${text}`);
    }
  }
  const zero = honest.replace(/"time":\d+/u, '"time":-0');
  const read = fromOpJson(testCodec, JSON.parse(zero) as JsonObject);
  assert.ok(read.ok && Object.is(read.value.op.time, 0));
});

test("[OP-28] members are own members: a prototype fills nothing in", () => {
  const full = { ...toOpJson(draftFields({ author: author(1) }), null) };
  const inherited = Object.create(full) as JsonObject;
  const read = fromOpJson(testCodec, inherited);
  assert.ok(!read.ok && read.error.code === "op/json-invalid" && read.error.id === null);
  const evil = JSON.parse('{"__proto__":{"sig":null},"constructor":1}') as JsonObject;
  assert.equal(fromOpJson(testCodec, evil).ok, false);
});

test("[OP-5] an op that is far too long is refused without an id", () => {
  const body = JSON.stringify([["note", "i", "x".repeat(200_000)]]);
  const json = { ...toOpJson(draftFields({ author: author(1), body }), null) };
  const read = fromOpJson(testCodec, json);
  assert.ok(!read.ok && read.error.code === "op/too-big" && read.error.id === null);
  assert.equal(testCodec.decode(new Uint8Array(1_000_000).fill(1)).ok, false);
});

test("[OP-25] decoding keeps the bytes that came and changes none of them", () => {
  for (const bytes of seeds) {
    const copy = bytes.slice();
    const decoded = codec.decode(bytes);
    assert.ok(decoded.ok);
    assert.equal(decoded.value.bytes, bytes);
    assert.deepEqual(bytes, copy);
    const second = codec.decode(fromHex(toHex(bytes)) ?? new Uint8Array());
    assert.ok(second.ok && second.value.id === decoded.value.id);
  }
});

test("[OP-23] the same bytes in another mesh are another op", () => {
  for (const bytes of seeds) assert.notEqual(codec.idOf(bytes), testCodec.idOf(bytes));
});

test("[CHG-15] kinds and fields that come later are well formed, whatever they hold", () => {
  const later = [
    ["claim", "no item id!", 1, { deep: [null] }],
    ["claim"],
    ["set", "i", "invented_field", { any: "value" }],
    ["inc", "i", "invented_counter", 5],
    ["new", "i", { invented: [1, 2, 3], title: { not: "text" } }],
  ];
  for (const change of later) {
    const body = JSON.stringify([change]);
    assert.ok(testCodec.encode(draftFields({ author: author(1), body })).ok, body);
  }
});
