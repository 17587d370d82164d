/** What is signed, and the strict verification that WIRE demands of any crypto library. */
import { assert } from "../base/assert.ts";
import { concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import type { Crypto, Signer } from "./crypto.ts";
import { isWeakR, parseNodeId } from "./key.ts";
import type { NodeId, OpId, Signature } from "./op.ts";

const opDomain = utf8("towline/op-sig/1\0");

/** The message that an author signs for an op. [WIRE 2] */
export function opMessage(id: OpId): Uint8Array {
  return concatBytes([opDomain, fromHex(id) as Uint8Array]);
}

/** The author's signature of an op. [WIRE 2] */
export function signOp(signer: Signer, id: OpId): Signature {
  const sig = signer.sign(opMessage(id));
  assert(sig.length === 64, "an Ed25519 signature has 64 bytes");
  return sig as Signature;
}

/** The order of the base point, little-endian. [RFC 8032, 5.1] */
const order = fromHex(
  "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
) as Uint8Array;

function isBelowOrder(scalar: Uint8Array): boolean {
  for (let at = 31; at >= 0; at -= 1) {
    const difference = (scalar[at] as number) - (order[at] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Verifies as WIRE's head demands: S < L, R and key canonical and not of small order. */
export function verifySignature(
  crypto: Crypto,
  input: { readonly key: NodeId; readonly message: Uint8Array; readonly sig: Uint8Array },
): boolean {
  const { key, sig } = input;
  if (sig.length !== 64 || parseNodeId(key) === null) return false;
  if (!isBelowOrder(sig.subarray(32)) || isWeakR(toHex(sig.subarray(0, 32)))) return false;
  return crypto.verify(input);
}
