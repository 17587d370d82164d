/** Keys and signatures that a crypto library may let pass and WIRE does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeCrypto, signerFromSeed } from "../adapters/node-crypto.ts";
import { fromHex, toHex, utf8 } from "../base/bytes.ts";
import { isWeakR, parseNodeId } from "./key.ts";
import type { NodeId } from "./op.ts";
import { verifySignature } from "./signature.ts";
import {
  add,
  base,
  challenge,
  fromScalarHex,
  neutral,
  order,
  pointHex,
  scalarHex,
  times,
  torsion,
} from "./testing/curve.ts";
import type { Point } from "./testing/curve.ts";

const crypto = createNodeCrypto();
const [zeros, ones] = ["00".repeat(30), "ff".repeat(30)] as const;

/** "Taming the many EdDSAs", table 1: eight canonical encodings, six that are not. */
const smallOrder = [
  `01${zeros}00`,
  `ec${ones}7f`,
  `00${zeros}80`,
  `00${zeros}00`,
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  `01${zeros}80`,
  `ec${ones}ff`,
  `ee${ones}7f`,
  `ee${ones}ff`,
  `ed${ones}ff`,
  `ed${ones}7f`,
];

function verify(key: string, message: Uint8Array, sig: string): boolean {
  const bytes = fromHex(sig);
  assert.ok(bytes !== null);
  return verifySignature(crypto, { key: key as NodeId, message, sig: bytes });
}

test("[ID-2] each of the 14 encodings of a point of small order is refused", () => {
  const points = Array.from({ length: 8 }, (_, n) => pointHex(times(BigInt(n), torsion)));
  assert.deepEqual([...points].sort(), smallOrder.slice(0, 8).sort());
  for (const hex of smallOrder) {
    assert.equal(parseNodeId(hex), null, hex);
    assert.ok(isWeakR(hex));
  }
});

test("[ID-2] each y from 2^255-19 on is refused, the y below it and other near ones are not", () => {
  for (let low = 0xed; low <= 0xff; low += 1) {
    for (const high of ["7f", "ff"]) {
      assert.equal(parseNodeId(`${low.toString(16)}${ones}${high}`), null);
    }
  }
  for (const hex of [`eb${ones}7f`, `ed${"ff".repeat(29)}fe7f`, `ed${ones}7e`, `02${zeros}00`]) {
    assert.equal(parseNodeId(hex), hex);
  }
  const inputs = ["", "00", `AB${zeros}00`, `ab${zeros}0`, null, 5, [`ab${zeros}00`]];
  for (const input of inputs) assert.equal(parseNodeId(input), null);
});

/** A key with a torsion part and a signature by it, r and torsion of R chosen by the caller. */
function forgeMixed(input: { readonly rTorsion: Point; readonly wanted: (k: bigint) => boolean }): {
  readonly key: string;
  readonly message: Uint8Array;
  readonly sig: string;
} {
  const [secret, nonce] = [424_242n, 777_777n];
  const key = pointHex(add(times(secret, base), torsion));
  const r = pointHex(add(times(nonce, base), input.rTorsion));
  for (let at = 0n; ; at += 1n) {
    const message = utf8(`message ${at}`);
    const k = challenge(r, key, message);
    const sig = r + scalarHex((nonce + k * secret) % order);
    if (input.wanted(k)) return { key, message, sig };
  }
}

test("[ID-3] a key of mixed order is accepted, and signs where the equation holds exactly", () => {
  const { key, message, sig } = forgeMixed({ rTorsion: neutral, wanted: (k) => k % 8n === 0n });
  assert.equal(parseNodeId(key), key);
  assert.ok(verify(key, message, sig));
  // R with a torsion part that the key's cancels.
  const mixed = forgeMixed({ rTorsion: torsion, wanted: (k) => k % 8n === 7n });
  assert.ok(verify(mixed.key, mixed.message, mixed.sig));
});

test("[ID-4] what only the equation with the cofactor accepts is refused", () => {
  for (let rest = 1n; rest < 8n; rest += 1n) {
    const { key, message, sig } = forgeMixed({
      rTorsion: neutral,
      wanted: (k) => k % 8n === rest,
    });
    assert.equal(verify(key, message, sig), false);
  }
});

test("[ID-4] R of small order or with y not below 2^255-19 is refused", () => {
  const message = utf8("towline");
  const secret = 424242n;
  const key = pointHex(times(secret, base));
  for (const r of smallOrder) {
    const sig = r + scalarHex((challenge(r, key, message) * secret) % order);
    assert.equal(verify(key, message, sig), false, r);
  }
});

test("[ID-4] a key of small order verifies nothing, though the library accepts R = 1 and S = 0", () => {
  for (const key of smallOrder) {
    for (let at = 0; at < 16; at += 1) {
      assert.equal(verify(key, utf8(`any ${at}`), `01${zeros}00${"00".repeat(32)}`), false);
    }
  }
});

test("[ID-4] S that is not below the group order is refused", () => {
  const signer = signerFromSeed(new Uint8Array(32).fill(3));
  const message = utf8("towline");
  const sig = toHex(signer.sign(message));
  assert.ok(verify(signer.node, message, sig));
  const s = fromScalarHex(sig.slice(64));
  for (const factor of [1n, 2n, 7n, 14n]) {
    assert.equal(
      verify(signer.node, message, sig.slice(0, 64) + scalarHex(s + factor * order)),
      false,
    );
  }
  for (const other of [order, order + 1n, 2n ** 255n, 2n ** 256n - 1n]) {
    assert.equal(verify(signer.node, message, sig.slice(0, 64) + scalarHex(other)), false);
  }
});

test("[ID-4] a signature of another length is refused", () => {
  const signer = signerFromSeed(new Uint8Array(32).fill(3));
  const message = utf8("towline");
  const sig = toHex(signer.sign(message));
  for (const wrong of ["", sig.slice(2), `${sig}00`, sig + sig]) {
    assert.equal(verify(signer.node, message, wrong), false);
  }
});
