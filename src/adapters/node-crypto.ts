/** The crypto port on node:crypto, the key pairs of this process, and its source of randomness. */
import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey, hash, randomBytes, sign, verify } from "node:crypto";
import { assert, present } from "../base/assert.ts";
import { isHex, utf8 } from "../base/bytes.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeId } from "../op/op.ts";
import { keysKeptMax } from "../base/limits.ts";

/** A crypto port with its own cache of imported keys; one for each node, none is global. */
export function createNodeCrypto(): Crypto {
  const keys = new Map<string, KeyObject | null>();
  return {
    sha256: (bytes) => hash("sha256", bytes, "hex"),
    verify: ({ key, message, sig }) => {
      if (sig.length !== 64) return false;
      const imported = keyFor(keys, key);
      if (imported === null) return false;
      try {
        return verify(null, message, imported, sig);
      } catch {
        return false;
      }
    },
  };
}

/** The key from the cache; the one that came first makes room for a new one. */
function keyFor(keys: Map<string, KeyObject | null>, key: string): KeyObject | null {
  const cached = keys.get(key);
  if (cached !== undefined) return cached;
  const imported = importKey(key);
  keys.set(key, imported);
  const oldest = keys.keys().next();
  if (keys.size > keysKeptMax && oldest.done !== true) keys.delete(oldest.value);
  return imported;
}

/** JWK is the fastest import that all supported versions of Node have. */
function importKey(key: string): KeyObject | null {
  if (!isHex(key, 64)) return null;
  try {
    const x = Buffer.from(key, "hex").toString("base64url");
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return null;
  }
}

/** What precedes the 32 bytes of the seed in a private key's PKCS#8 form. [RFC 8410] */
const privateKeyPrefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key pair of a 32-byte seed. [RFC 8032, 5.1.5] */
export function signerFromSeed(seed: Uint8Array): Signer {
  assert(seed.length === 32, "a seed has 32 bytes");
  const der = Buffer.concat([privateKeyPrefix, seed]);
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(12);
  const node = parseNodeId(publicKey.toString("hex"));
  return {
    node: present(node, "no seed gives a key of small order"),
    sign: (message) => sign(null, message, secret),
  };
}

/** The seed of a new identity: 32 bytes of the system's randomness. */
export function newSeed(): Uint8Array {
  return randomBytes32();
}

/** The key pair that a token's text stands for; a listener keeps the key only. [WIRE 1] */
export function tokenKeyPair(text: string): {
  readonly key: NodeId;
  readonly sign: (message: Uint8Array) => Uint8Array;
} {
  const seed = hash("sha256", utf8(`towline/token/1\0${text}`), "buffer");
  const signer = signerFromSeed(seed);
  return { key: signer.node, sign: (message) => signer.sign(message) };
}

/** 32 bytes from the system's cryptographic generator: a seed, or a nonce to be used once. */
export function randomBytes32(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}
