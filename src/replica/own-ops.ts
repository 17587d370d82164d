/** Writes our own ops: drafts them on top of the log and signs the last one of each run. */
import { assert } from "../base/assert.ts";
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { bodyBytesMax, runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { OpCodec } from "../op/codec.ts";
import type { Signer } from "../op/crypto.ts";
import type { Op, Signature } from "../op/op.ts";
import { opMessage } from "../op/signature.ts";

/** An op of ours; inside a longer write only the last one of a run is signed. */
export interface OwnOp {
  readonly op: Op;
  readonly sig: Signature | null;
}

export interface WriteRefusal {
  readonly code: "write/too-large" | "write/invalid";
  readonly message: string;
}

/** One op for each list of changes, or why none is written. Changes nothing itself. */
export function draftOps(
  base: { readonly log: Log; readonly codec: OpCodec; readonly signer: Signer },
  input: {
    readonly actor: string;
    readonly ops: readonly (readonly unknown[])[];
    /** Unix milliseconds. */
    readonly time: number;
  },
): Result<readonly OwnOp[], WriteRefusal> {
  const { log, codec, signer } = base;
  const drafts: Op[] = [];
  let position = log.next(signer.node);
  for (const changes of input.ops) {
    const body = JSON.stringify(changes);
    const { actor, time } = input;
    if (!actor.isWellFormed()) return invalid("the actor holds half of a surrogate pair");
    const encoded = codec.encode({ author: signer.node, ...position, time, actor, body });
    if (!encoded.ok) return refusal(encoded.error, body.length);
    const op = encoded.value;
    drafts.push(op);
    position = { seq: op.seq + 1, prev: op.id, lamport: op.lamport + 1, deps: [] };
  }
  return success(signRuns(drafts, signer));
}

function invalid(message: string): Result<never, WriteRefusal> {
  return failure({ code: "write/invalid", message });
}

function refusal(
  error: { readonly code: string; readonly message: string },
  length: number,
): Result<never, WriteRefusal> {
  if (error.code !== "op/body-size" && error.code !== "op/too-big") {
    return invalid(`The change cannot be written: ${error.message}.`);
  }
  const limit = String(bodyBytesMax);
  const message =
    `The change takes ${String(length)} characters, and one change may take ${limit} bytes. ` +
    "Split it, or keep the text in a file and write its name.";
  return failure({ code: "write/too-large", message });
}

function signRuns(ops: readonly Op[], signer: Signer): readonly OwnOp[] {
  let [count, bytes] = [0, 0];
  return ops.map((op, index) => {
    const next = ops[index + 1];
    count += 1;
    bytes += op.bytes.length;
    const isLast =
      next === undefined || count === runOpsMax || bytes + next.bytes.length > runBytesMax;
    if (!isLast) return { op, sig: null };
    [count, bytes] = [0, 0];
    const sig = signer.sign(opMessage(op.id));
    assert(sig.length === 64, "an Ed25519 signature has 64 bytes");
    return { op, sig: sig as Signature };
  });
}
