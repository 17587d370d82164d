/** The digests against the test vectors, and their cache. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../base/bytes.ts";
import { parseJson } from "../base/json.ts";
import type { Json } from "../base/json.ts";
import { readChange } from "../op/change.ts";
import type { Op } from "../op/op.ts";
import { OpSet, stateDigest, stateText } from "./digest.ts";
import { Document } from "./document.ts";
import { referenceStateText } from "./reference-fold.ts";
import { opSetDigest } from "./testing/op-set-digest.ts";
import { documentOf } from "./testing/ops.ts";

interface Vectors {
  readonly ops: readonly {
    readonly id: string;
    readonly op: Omit<Op, "id" | "changes" | "bytes"> & { readonly body: string };
  }[];
  readonly state: Json;
  readonly state_digest: string;
  readonly ops_digest: string;
}

const vectorsUrl = new URL("../../test/vectors/ops-1.json", import.meta.url);
const vectors = JSON.parse(readFileSync(vectorsUrl, "utf8")) as Vectors;
const ops = vectors.ops.map(({ id, op: { body, ...head } }): Op => {
  const parsed = parseJson(body);
  assert.ok(parsed.ok && Array.isArray(parsed.value));
  const changes = (parsed.value as readonly Json[]).map((raw) => {
    const change = readChange(raw);
    assert.ok(change !== null, `well formed: ${JSON.stringify(raw)}`);
    return change;
  });
  return { ...head, id: id as Op["id"], changes, bytes: new Uint8Array() };
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("[DIG-1] the vectors give the state and the state digest that they state", () => {
  for (const order of [ops, ops.toReversed()]) {
    const document = documentOf(order);
    assert.equal(stateText(document), JSON.stringify(vectors.state));
    assert.equal(stateDigest(document, sha256), vectors.state_digest);
  }
  assert.equal(referenceStateText(ops), JSON.stringify(vectors.state));
});

test("[DIG-1] the state digest of a document without items is that of an empty array", () => {
  const text = "towline/state/1\0[]";
  assert.equal(stateDigest(new Document(), sha256), sha256(new TextEncoder().encode(text)));
});

test("[DIG-1] a digest taken between two ops does not change the one after them", () => {
  const document = new Document();
  ops.forEach((op, index) => {
    document.apply(op, index);
    assert.equal(stateText(document), referenceStateText(ops.slice(0, index + 1)));
  });
  assert.equal(stateDigest(document, sha256), vectors.state_digest);
});

/** The digest of a set that got these ids, a list at a time. */
function digestOf(...lists: readonly (readonly string[])[]): string {
  const set = new OpSet();
  for (const list of lists) set.add(list);
  assert.equal(set.size, lists.flat().length);
  return set.digest(sha256);
}

test("[DIG-2] the op-set digest of the vectors is the stated one, in any order of ids", () => {
  const ids = ops.map((op) => op.id);
  assert.equal(opSetDigest(ids, sha256), vectors.ops_digest);
  assert.equal(digestOf(ids), vectors.ops_digest);
  const given = ids.toReversed();
  assert.equal(digestOf(given), vectors.ops_digest);
  assert.deepEqual(given, ids.toReversed(), "the caller's array stays as it was");
  assert.equal(digestOf(...ids.map((id) => [id])), vectors.ops_digest);
});

test("[DIG-2] the op-set digest of no ops is that of the tag alone", () => {
  const ofTag = sha256(new TextEncoder().encode("towline/ops/1\0"));
  assert.equal(digestOf(), ofTag);
  assert.equal(digestOf([], []), ofTag);
});

/** Ids that share their first bytes. */
function idsAlike(sharedBytes: number): fc.Arbitrary<string> {
  const length = 32 - sharedBytes;
  const rest = fc.uint8Array({ minLength: length, maxLength: length });
  return rest.map((bytes) => "0a".repeat(sharedBytes) + toHex(bytes));
}

test("[DIG-2] however ids come and however alike they are, the digest is that of them sorted", () => {
  const id = fc.oneof(idsAlike(0), idsAlike(1), idsAlike(2), idsAlike(31));
  const ids = fc.uniqueArray(id, { maxLength: 60 });
  const sizes = fc.array(fc.nat({ max: 20 }), { maxLength: 8 });
  fc.assert(
    fc.property(ids, sizes, (all, cuts) => {
      const lists: string[][] = [];
      let rest = [...all];
      for (const cut of cuts) {
        lists.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      assert.equal(digestOf(...lists, rest), opSetDigest(all, sha256));
    }),
  );
});
