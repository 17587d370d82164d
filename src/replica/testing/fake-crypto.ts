/**
 * Keys of invented nodes whose signatures are a keyed hash: they cost a microsecond, and nobody
 * forges one who does not hold the signer. They verify under `fakeCrypto`, as sealed ops do.
 */
import { hash } from "node:crypto";
import { toHex, utf8 } from "../../base/bytes.ts";
import { author } from "../../log/testing/forge.ts";
import type { Signer } from "../../op/crypto.ts";
import type { NodeId } from "../../op/op.ts";

/** The key of node number 1 to 200; its ops are those that `forge` makes for that author. */
export function testSigner(number: number): Signer {
  return signerOf(author(number));
}

/** The key that a token's text would stand for. */
export function testToken(number: number): Signer {
  return signerOf(hash("sha256", `token ${String(number)}`, "hex") as NodeId);
}

function signerOf(node: NodeId): Signer {
  return {
    node,
    sign: (message) => {
      const sig = new Uint8Array(64);
      sig.set(hash("sha256", Buffer.concat([utf8(`fake ${node} `), message]), "buffer"));
      return sig;
    },
  };
}

let nonces = 0;

/** A nonce that no other call gives. */
export function freshNonce(): string {
  nonces += 1;
  return toHex(utf8(String(nonces).padStart(32, "0")));
}
