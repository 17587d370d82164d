/** The crypto adapter against RFC 8032, and against the handshake and token vectors of WIRE. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex, utf8 } from "../base/bytes.ts";
import type { NodeId } from "../op/op.ts";
import {
  createNodeCrypto,
  newSeed,
  randomBytes32,
  signerFromSeed,
  tokenKeyPair,
} from "./node-crypto.ts";

function bytes(hex: string): Uint8Array {
  const value = fromHex(hex);
  assert(value !== null);
  return value;
}

/** RFC 8032, 7.1, tests 1 to 3 and SHA(abc). */
const rfc8032 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    sig:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555" +
      "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    sig:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    sig:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
  {
    seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    message:
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    sig:
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589" +
      "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
  },
];

test("keys and signatures are those of RFC 8032", () => {
  const crypto = createNodeCrypto();
  for (const vector of rfc8032) {
    const signer = signerFromSeed(bytes(vector.seed));
    const message = bytes(vector.message);
    assert.equal(signer.node, vector.key);
    assert.equal(toHex(signer.sign(message)), vector.sig);
    assert(crypto.verify({ key: signer.node, message, sig: bytes(vector.sig) }));
  }
});

test("a signature with any bit flipped, or over another message, does not verify", () => {
  const crypto = createNodeCrypto();
  const signer = signerFromSeed(new Uint8Array(32).fill(7));
  const message = utf8("towline");
  const sig = signer.sign(message);
  for (let bit = 0; bit < 512; bit += 1) {
    const flipped = sig.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit % 8));
    assert(!crypto.verify({ key: signer.node, message, sig: flipped }), `bit ${bit}`);
  }
  assert(!crypto.verify({ key: signer.node, message: utf8("towlinf"), sig }));
});

test("verify is false for signatures of a wrong length and for any key, and never throws", () => {
  const crypto = createNodeCrypto();
  const signer = signerFromSeed(new Uint8Array(32).fill(8));
  const message = utf8("towline");
  const sig = signer.sign(message);
  for (const length of [0, 1, 63, 65, 128, 70_000]) {
    const wrong = new Uint8Array(length);
    wrong.set(sig.subarray(0, length));
    assert(!crypto.verify({ key: signer.node, message, sig: wrong }));
  }
  const noKeys = ["", "zz".repeat(32), signer.node.toUpperCase(), "11", signer.node + "00"];
  for (const key of noKeys) assert(!crypto.verify({ key: key as NodeId, message, sig }));
  for (let byte = 0; byte < 256; byte += 1) {
    const key = toHex(new Uint8Array(32).fill(byte)) as NodeId;
    assert(!crypto.verify({ key, message, sig }));
  }
});

test("more keys than the cache holds verify all the same", () => {
  const crypto = createNodeCrypto();
  const signer = signerFromSeed(new Uint8Array(32).fill(9));
  const message = utf8("towline");
  const sig = signer.sign(message);
  assert(crypto.verify({ key: signer.node, message, sig }));
  for (let index = 0; index < 4_200; index += 1) {
    const key = `ab${index.toString(16).padStart(62, "0")}` as NodeId;
    crypto.verify({ key, message, sig: new Uint8Array(64) });
  }
  assert(crypto.verify({ key: signer.node, message, sig }));
});

test("sha256 is lower-case hex", () => {
  assert.equal(
    createNodeCrypto().sha256(utf8("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

const listener = {
  seed: "c4b5f08e66902f6e031a9666cf9c0d57588aedfc88f09216cadddb8a2e335f66",
  node: "51eff3fa00ec87ea9d383dedc9caaedaef74534e548d6317eea40a1af55daf45",
};
const connector = {
  seed: "5f098cc7cce5557a2c636bc574759d3c3a943557d1abdac435309311e90964c0",
  node: "d90ad2cadd2b08fe0153f0e2b239290fc29c8a5e21503f36150c3030e8475347",
};

/** What is signed in the handshake of the shared vectors. [WIRE 5.1] */
function authMessage(role: "connector" | "token" | "listener"): Uint8Array {
  const transcript = [
    role,
    listener.node,
    connector.node,
    "3782b86256402d116c04d366e03039708c772216c82633c76215c748d354c68b",
    "1a1229c9a2c989aa40de82c1634d426219615994dda338113189be2e48d8acc3",
    "3ab0c9b258a61ce34a07d23b6aab16b6748c18b6a3c01732ce42ad54c3381252",
    "ws://hub.example:4747/crdt-sync",
    [1, 2, 3],
    2,
  ];
  return utf8(`towline/auth/1\0${JSON.stringify(transcript)}`);
}

test("handshake signatures are those of the shared vectors", () => {
  const listening = signerFromSeed(bytes(listener.seed));
  const connecting = signerFromSeed(bytes(connector.seed));
  assert.equal(listening.node, listener.node);
  assert.equal(connecting.node, connector.node);
  assert.equal(
    toHex(connecting.sign(authMessage("connector"))),
    "40426ae05980335c94c4440dd19da8a24f33e323e28565d6091ea828e55a5805" +
      "72e89cd42eaee6b2b0ae89e8f31323ab019a28b4ddb0934e7c7393899a05130e",
  );
  assert.equal(
    toHex(listening.sign(authMessage("listener"))),
    "990e3beb26ec84577bb9fa0f99173172ddbe4e5bdfb6e32cdaaec5c0c7f09f99" +
      "2f53cb66a6b8fa62385757b788d0d34efb5cc3e93a2dd817ec2efb784a15b20b",
  );
});

test("a token stands for the key of the shared vectors and signs as it", () => {
  const pair = tokenKeyPair("tow_towline-shared_0123456789");
  assert.equal(pair.key, "ee858e8ee343eed11859d3d1bc3f247b83b634cb5b8e0b1913f1b574a0dd9419");
  assert.equal(
    toHex(pair.sign(authMessage("token"))),
    "1be3f16cea380f8c0904b45cc5d8a6985e4d17cf26afa047a44f5f808ff55adc" +
      "cfd15893fd248d2947e1521e037882ee4dac13da806ab008b1521b9f63c2270d",
  );
});

test("seeds and nonces have 32 bytes and never repeat", () => {
  const seen = new Set<string>();
  for (let round = 0; round < 100; round += 1) {
    seen.add(toHex(newSeed()));
    seen.add(toHex(randomBytes32()));
  }
  assert.equal(seen.size, 200);
  for (const hex of seen) assert.equal(hex.length, 64);
});
