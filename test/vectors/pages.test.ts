/** The project's own pages, through the codec: laid out by hand, from the document alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createNodeCrypto } from "../../src/adapters/node-crypto.ts";
import { zstd } from "../../src/adapters/zstd.ts";
import { present } from "../../src/base/assert.ts";
import { toHex } from "../../src/base/bytes.ts";
import { hexBytes } from "../../src/log/testing/forge.ts";
import { OpCodec } from "../../src/op/codec.ts";
import type { MeshId, OpId, Signature } from "../../src/op/op.ts";
import { decodePage, encodePage } from "../../src/page/page.ts";
import type { BrokenPage, PageVector } from "./pages.ts";
import { brokenPages, validPages } from "./pages.ts";

interface Vectors {
  readonly mesh: MeshId;
  readonly vectors: readonly (PageVector | BrokenPage)[];
}

const file = new URL("pages-3.json", import.meta.url);
const { mesh, vectors } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const codec = new OpCodec(mesh, createNodeCrypto());

describe("page vectors", () => {
  for (const vector of vectors) {
    test(vector.name, () => {
      check(vector);
    });
  }
});

function check(vector: PageVector | BrokenPage): void {
  const content = decodePage(codec, hexBytes(vector.frame), zstd);
  if (!("ops" in vector)) {
    assert.ok(!content.ok);
    return;
  }
  assert.ok(content.ok);
  const { ops, refused } = content.value;
  const isGood = (each: { readonly code?: string }): boolean => each.code === undefined;
  assert.deepEqual(
    ops.map(({ op, sig }) => [toHex(op.bytes), op.id, sig === null ? null : toHex(sig)]),
    vector.ops.filter(isGood).map(({ bytes, id, sig }) => [bytes, id, sig]),
  );
  assert.deepEqual(
    refused.map(({ id, code }) => [id, code]),
    vector.ops.filter((each) => !isGood(each)).map(({ id, code }) => [id, code]),
  );
}

test("our own encoding of the same ops is the same, where nothing is compressed or refused", () => {
  const plain = { compress: (bytes: Uint8Array) => bytes, decompress: () => null };
  let compared = 0;
  for (const vector of vectors) {
    if (!("ops" in vector) || vector.ops.some(({ code }) => code !== undefined)) continue;
    const entries = vector.ops.map(({ bytes, id, sig }) => ({
      bytes: hexBytes(bytes),
      id: id as OpId,
      sig: sig === null ? null : (hexBytes(sig) as Signature),
    }));
    if (vector.frame.startsWith("0301")) continue;
    assert.equal(toHex(encodePage(entries, plain)), vector.frame, vector.name);
    compared += 1;
  }
  assert.equal(compared, 2);
});

test("the generator writes the file that is here", () => {
  const made = [...validPages(), ...brokenPages()];
  const names = made.map(({ name }) => name);
  assert.deepEqual(new Set(names).size, names.length);
  for (const [at, vector] of made.entries()) {
    const kept = present(vectors[at], vector.name);
    // What zstd makes of the same bytes is its own business.
    const isPacked = vector.frame.startsWith("0301");
    assert.deepEqual(isPacked ? kept.name : kept, isPacked ? vector.name : vector);
  }
});
