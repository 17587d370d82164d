/**
 * Keys of the simulation. Signatures are a keyed hash by default, which costs a microsecond and
 * which nobody forges who does not hold the signer; some seeds use real Ed25519.
 */
import { hash } from "node:crypto";
import { createNodeCrypto, signerFromSeed } from "../adapters/node-crypto.ts";
import { present } from "../base/assert.ts";
import { utf8 } from "../base/bytes.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeId } from "../op/op.ts";

export type CryptoKind = "fake" | "real";

export interface Keys {
  readonly crypto: Crypto;
  /** The key pair that `name` stands for. */
  signer(name: string): Signer;
}

export function makeKeys(kind: CryptoKind, seed: string): Keys {
  return kind === "real" ? realKeys(seed) : fakeKeys(seed);
}

function realKeys(seed: string): Keys {
  return {
    crypto: createNodeCrypto(),
    signer: (name) => signerFromSeed(hash("sha256", `${seed}/key/${name}`, "buffer")),
  };
}

function fakeKeys(seed: string): Keys {
  const secret = utf8(`${seed}/secret`);
  const sign = (key: NodeId, message: Uint8Array): Uint8Array => {
    const sig = new Uint8Array(64);
    sig.set(hash("sha256", Buffer.concat([secret, utf8(key), message]), "buffer"));
    return sig;
  };
  return {
    crypto: {
      sha256: (bytes) => hash("sha256", bytes, "hex"),
      verify: ({ key, message, sig }) => Buffer.compare(sign(key, message), sig) === 0,
    },
    signer: (name) => {
      const node = present(parseNodeId(hash("sha256", `${seed}/key/${name}`)), "a strong key");
      return { node, sign: (message) => sign(node, message) };
    },
  };
}
