/**
 * Ops of invented authors for tests, honest and hostile. Signatures are a keyed hash, which costs a
 * microsecond and which nobody can forge who does not call `seal`.
 */
import { hash } from "node:crypto";
import { present } from "../../base/assert.ts";
import { fromHex, utf8 } from "../../base/bytes.ts";
import { OpCodec } from "../../op/codec.ts";
import type { Crypto } from "../../op/crypto.ts";
import type { OpFields } from "../../op/fields.ts";
import type { MeshId, NodeId, Op, OpId, ReceivedOp, Signature } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import { opMessage } from "../../op/signature.ts";
import { Admission } from "../admission.ts";
import { Log } from "../log.ts";
import type { Outcome } from "../batch.ts";

export const testMesh = "5a".repeat(32) as MeshId;

function keyedHash(key: NodeId, message: Uint8Array): Signature {
  const sig = new Uint8Array(64);
  sig.set(hash("sha256", Buffer.concat([utf8(`fake ${key} `), message]), "buffer"));
  return sig as Signature;
}

export const fakeCrypto: Crypto = {
  sha256: (bytes) => hash("sha256", bytes, "hex"),
  verify: ({ key, message, sig }) => Buffer.compare(keyedHash(key, message), sig) === 0,
};

export const testCodec = new OpCodec(testMesh, fakeCrypto);

/** The signature of its author over `op`. */
export function seal(op: { readonly author: NodeId; readonly id: OpId }): Signature {
  return keyedHash(op.author, opMessage(op.id));
}

/** Author number 1 to 200. */
export function author(number: number): NodeId {
  return (number + 0x20).toString(16).padStart(2, "0").repeat(32) as NodeId;
}

/** An id that no op has. */
export function strangeId(number: number): OpId {
  return fakeCrypto.sha256(utf8(`strange ${String(number)}`)) as OpId;
}

/** What an op says; what is left out follows from `author`, `prev` and `deps` by the rules. */
export interface Draft {
  readonly author: NodeId;
  readonly prev?: Op | null;
  readonly deps?: readonly Op[];
  readonly body?: string;
  /** Fields to spell otherwise than the rules say. */
  readonly twist?: Partial<OpFields>;
}

/** The fields of an honest op, with its twist. */
export function draftFields({ author, prev = null, deps = [], body, twist }: Draft): OpFields {
  return {
    author,
    seq: (prev?.seq ?? 0) + 1,
    prev: prev?.id ?? noOp,
    lamport: 1 + Math.max(prev?.lamport ?? 0, ...deps.map((dep) => dep.lamport)),
    time: 1_700_000_000_000,
    deps: [...new Set(deps.map((dep) => dep.id))].sort(),
    actor: "",
    body: body ?? "[]",
    ...twist,
  };
}

export function forge(draft: Draft): Op {
  const encoded = testCodec.encode(draftFields(draft));
  if (!encoded.ok) throw new Error(`the test drafted ${encoded.error.code}`);
  return encoded.value;
}

/** `length` ops in a row, behind `prev`; bodies differ so that two chains of an author do too. */
export function chain(input: {
  readonly author: NodeId;
  readonly length: number;
  readonly prev?: Op | null;
  readonly note?: string;
  readonly bodyBytes?: number;
}): Op[] {
  const ops: Op[] = [];
  let prev = input.prev ?? null;
  for (let at = 0; at < input.length; at += 1) {
    const text = (input.note ?? "n").padEnd((input.bodyBytes ?? 16) - 16, ".");
    prev = forge({ author: input.author, prev, body: JSON.stringify([["note", "item", text]]) });
    ops.push(prev);
  }
  return ops;
}

export function signed(op: Op): ReceivedOp {
  return { op, sig: seal(op) };
}

export function unsigned(op: Op): ReceivedOp {
  return { op, sig: null };
}

export function badlySigned(op: Op): ReceivedOp {
  return { op, sig: seal({ author: op.author, id: noOp }) };
}

/** All ops unsigned but the last. */
export function run(ops: readonly Op[]): ReceivedOp[] {
  return ops.map((op, at) => (at === ops.length - 1 ? signed(op) : unsigned(op)));
}

/** A log with its admission, as one node has them. */
export class TestNode {
  readonly log = new Log();
  readonly admission = new Admission(this.log, fakeCrypto);
  now = 0;

  receive(batch: readonly ReceivedOp[], source = 1): Outcome {
    return this.admission.receive(batch, source, this.now);
  }

  /** Ids of the applied ops, sorted. */
  get applied(): OpId[] {
    return [...this.log.ids()].sort();
  }

  get waiting(): number {
    return this.admission.pending.ops;
  }
}

export function idsOf(ops: readonly Op[]): OpId[] {
  return ops.map((op) => op.id).sort();
}

export function codesOf(outcome: Outcome): string[] {
  return outcome.refused.map((refusal) => refusal.code);
}

/** An op's bytes with one bit flipped. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  const at = bit >> 3;
  copy[at] = present(copy[at], "the bit lies within the bytes") ^ (1 << (bit % 8));
  return copy;
}

export function hexBytes(hex: string): Uint8Array {
  return present(fromHex(hex), `no hex: ${hex}`);
}
