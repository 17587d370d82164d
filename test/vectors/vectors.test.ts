/** The project's own vectors, through the codec and the log with real signatures. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createNodeCrypto } from "../../src/adapters/node-crypto.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { isObject } from "../../src/base/json.ts";
import { OpCodec } from "../../src/op/codec.ts";
import type { MeshId, OpId, ReceivedOp, Signature } from "../../src/op/op.ts";
import type { OpErrorCode } from "../../src/op/op-error.ts";
import { opErrors } from "../../src/op/op-error.ts";
import { fromOpJson, toOpJson } from "../../src/op/op-json.ts";
import { readFields } from "../../src/op/fields.ts";
import { Admission } from "../../src/log/admission.ts";
import { Log } from "../../src/log/log.ts";
import { hexBytes } from "../../src/log/testing/forge.ts";
import { invalidVectors } from "./invalid.ts";
import { validVectors } from "./valid.ts";

type Sent =
  | { readonly bytes: string | readonly (string | [string, number])[]; readonly sig: string | null }
  | { readonly json: JsonObject };

interface Vector {
  readonly name: string;
  readonly rule: string;
  readonly code: OpErrorCode;
  readonly id: OpId;
  readonly ancestors: readonly Sent[];
  readonly frame: readonly Sent[];
}

interface Vectors {
  readonly mesh: MeshId;
  readonly vectors: readonly Vector[];
}

const folder = new URL(".", import.meta.url);

function load(name: string): Vectors {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Vectors;
}

const valid = load("valid-1.json");
const invalid = load("invalid-1.json");
const crypto = createNodeCrypto();
const codec = new OpCodec(valid.mesh, crypto);

/** What became of each op of a frame: its code when it was refused. */
class Node {
  readonly log = new Log();
  readonly admission = new Admission(this.log, crypto);

  /**
   * Delivers the frame as a session does, and says why its last op was refused; null if it was not.
   */
  deliver(frame: readonly Sent[]): OpErrorCode | null {
    const batch: ReceivedOp[] = [];
    let last: OpErrorCode | OpId | null = null;
    const cascaded = new Map<OpId, OpErrorCode>();
    for (const sent of frame) {
      const read = decode(sent);
      if ("op" in read) {
        batch.push(read);
        last = read.op.id;
      } else {
        last = read.code;
        const refused = read.id === null ? [] : this.admission.rejectUndecodable(read.id);
        for (const { id, code } of refused) cascaded.set(id, code);
      }
    }
    for (const { id, code } of this.admission.receive(batch, 1, 0).refused) cascaded.set(id, code);
    if (last === null || last in opErrors) return last as OpErrorCode | null;
    return cascaded.get(last as OpId) ?? null;
  }
}

function decode(sent: Sent): ReceivedOp | { readonly code: OpErrorCode; readonly id: OpId | null } {
  if ("json" in sent) {
    assert.ok(isObject(sent.json));
    const read = fromOpJson(codec, sent.json);
    return read.ok ? read.value : read.error;
  }
  const bytes = unpack(sent.bytes);
  const decoded = codec.decode(bytes);
  const sig = sent.sig === null ? null : (hexBytes(sent.sig) as Signature);
  if (decoded.ok) return { op: decoded.value, sig };
  return { code: decoded.error.code, id: bytes.length > 70_000 ? null : codec.idOf(bytes) };
}

function unpack(packed: string | readonly (string | [string, number])[]): Uint8Array {
  if (typeof packed === "string") return hexBytes(packed);
  const parts = packed.map((part) => (typeof part === "string" ? part : part[0].repeat(part[1])));
  return hexBytes(parts.join(""));
}

describe("valid vectors", () => {
  for (const { name, rule, id, ancestors, frame } of valid.vectors) {
    test(`[${rule}] ${name}`, () => {
      const node = new Node();
      node.deliver(ancestors);
      assert.equal(node.deliver(frame), null);
      assert.ok(node.log.find(id) !== undefined, "the last op is applied");
      for (const sent of [...ancestors, ...frame]) {
        const read = decode(sent);
        assert.ok("op" in read && node.log.find(read.op.id) !== undefined);
      }
      assert.equal(node.admission.pending.ops, 0);
    });
  }

  test("[OP-25] [OP-27] bytes and JSON give each other back", () => {
    for (const { frame } of valid.vectors) {
      for (const sent of frame) {
        const read = decode(sent);
        assert.ok("op" in read);
        const fields = readFields(read.op.bytes);
        assert.ok(fields.ok);
        const text = JSON.stringify(toOpJson(fields.value, read.sig));
        const again = fromOpJson(codec, JSON.parse(text) as JsonObject);
        assert.ok(again.ok && again.value.op.id === read.op.id);
        assert.deepEqual(again.value.op.bytes, read.op.bytes);
      }
    }
  });
});

describe("invalid vectors", () => {
  for (const { name, rule, code, ancestors, frame } of invalid.vectors) {
    test(`[${rule}] ${name} → ${code}`, () => {
      const node = new Node();
      node.deliver(ancestors);
      assert.equal(node.log.length, ancestors.length, "the ancestors are applied");
      const found = node.deliver(frame);
      assert.equal(found, code);
      assert.equal(node.log.length, ancestors.length, "nothing of the frame is applied");
      assert.equal(node.admission.pending.ops, 0, "nothing waits");
    });
  }

  test("each code has a vector", () => {
    const seen = new Set(invalid.vectors.map(({ code }) => code));
    assert.deepEqual([...seen].sort(), Object.keys(opErrors).sort());
  });

  test("each vector has a name of its own", () => {
    for (const { vectors } of [valid, invalid]) {
      const names = vectors.map(({ rule, name }) => `${rule} ${name}`);
      assert.equal(new Set(names).size, names.length);
    }
  });
});

test("the files are what test/vectors/generate.ts writes", () => {
  const asRead = (vectors: unknown): unknown => JSON.parse(JSON.stringify(vectors));
  assert.deepEqual(valid.vectors, asRead(validVectors()));
  assert.deepEqual(invalid.vectors, asRead(invalidVectors()));
});
