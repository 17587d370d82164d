/** The vectors of claims and beats, through the code of production with real signatures. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createNodeCrypto } from "../../src/adapters/node-crypto.ts";
import { present } from "../../src/base/assert.ts";
import { Claims } from "../../src/claims/claims.ts";
import { drawOf } from "../../src/claims/draw.ts";
import { itemWithClaims } from "../../src/claims/over.ts";
import { hexBytes } from "../../src/log/testing/forge.ts";
import { OpCodec } from "../../src/op/codec.ts";
import type { MeshId, Op } from "../../src/op/op.ts";
import { Document } from "../../src/pipeline/document.ts";
import { readBeat } from "../../src/presence/beat.ts";
import type { BeatVector, ClaimVector } from "./claims.ts";
import { beatVectors, claimVectors } from "./claims.ts";

interface Vectors {
  readonly mesh: MeshId;
  readonly vectors: readonly ClaimVector[];
  readonly beats: readonly BeatVector[];
  readonly draws: readonly {
    readonly author: string;
    readonly epoch: number;
    readonly item: string;
    readonly draw: string;
  }[];
}

const file = new URL("claims-1.json", import.meta.url);
const { mesh, vectors, beats, draws } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const crypto = createNodeCrypto();
const codec = new OpCodec(mesh, crypto);
const sha256 = (bytes: Uint8Array): string => crypto.sha256(bytes);

for (const { name, rule, ops, standing, effects, stage } of vectors) {
  test(`[${rule}] ${name}`, () => {
    const decoded = ops.map((sent): Op => {
      assert.ok("bytes" in sent && typeof sent.bytes === "string");
      const read = codec.decode(hexBytes(sent.bytes));
      return present(read.ok ? read.value : null, "the op is valid");
    });
    for (const order of [decoded, decoded.toReversed()]) {
      const [document, claims] = [new Document(), new Claims(sha256)];
      for (const [index, op] of order.entries()) {
        document.apply(op, index);
        claims.apply(op);
      }
      const found = claims.standing("i");
      const { claim, epoch, confirmed, end } = found ?? {};
      const told = { claim, epoch, confirmed: confirmed !== null, end: end?.op ?? null };
      assert.deepEqual(found === null ? null : told, standing);
      assert.deepEqual(claims.effects("i").map(({ stamp }) => stamp.id), effects);
      const shown = itemWithClaims(document, claims, "i")?.fields["stage"] ?? null;
      assert.equal(shown, stage);
    }
  });
}

for (const { name, rule, bytes, says } of beats) {
  test(`[${rule}] a beat: ${name}`, () => {
    const read = readBeat(hexBytes(bytes), { mesh, crypto });
    const isGood = read.ok && read.value.isAuthentic();
    assert.deepEqual(isGood ? read.value.beat : null, says);
  });
}

test("[CLM-15] the draws", () => {
  for (const { draw, ...of } of draws) assert.equal(drawOf(sha256, of), draw);
});

test("claims-1.json is what test/vectors/generate.ts writes", () => {
  const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  assert.deepEqual(vectors, asRead(claimVectors()));
  assert.deepEqual(beats, asRead(beatVectors()));
});
