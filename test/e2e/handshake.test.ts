/** The listener's side of the handshake, field by field, in the order in which it checks. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import type { ConnectOptions } from "../support/wire-client.ts";
import { answer, connect, dial, greet, refusal } from "../support/wire-client.ts";
import { Author, tokenKey, wireKey } from "../support/wire-op.ts";

const hex = /^[0-9a-f]{64}$/u;
const otherMesh = "ab".repeat(32);

test("[AUTH-2] [AUTH-7] the challenge names node, mesh and versions, its nonce is fresh", async (t) => {
  const node = await founder(t);
  const nonces = new Set<unknown>();
  for (let at = 0; at < 5; at += 1) {
    const peer = await dial({ url: node.url });
    const { json, isBinary } = await peer.next();
    assert.equal(isBinary, false);
    assert.equal(json["type"], "challenge");
    assert.equal(json["node"], node.id);
    assert.equal(json["mesh"], node.mesh);
    assert.match(String(json["nonce"]), hex);
    const versions = json["versions"] as readonly number[];
    assert.ok(versions.includes(1) && versions.includes(2), JSON.stringify(versions));
    nonces.add(json["nonce"]);
    await peer.hangUp();
  }
  assert.equal(nonces.size, 5);
});

test("[AUTH-3] [AUTH-4] [AUTH-5] each value in the signed list counts", async (t) => {
  const node = await founder(t, { open: true });
  const { url } = node;
  const twisted: readonly ConnectOptions[] = [
    { url, transcript: { listener: wireKey().id } },
    { url, auth: { node: wireKey().id } },
    { url, transcript: { listenerNonce: "cd".repeat(32) } },
    { url, auth: { nonce: "cd".repeat(32) } },
    { url, transcript: { mesh: null } },
    { url, transcript: { mesh: otherMesh } },
    { url, auth: { audience: "ws://elsewhere/crdt-sync" } },
    { url, transcript: { versions: [] } },
    { url, transcript: { versions: [2] } },
    { url, version: 2, auth: { version: 1 } },
    { url, version: 1, auth: { version: 2 } },
  ];
  for (const options of twisted) {
    const { code } = await refusal(options);
    assert.equal(code, 4401, JSON.stringify({ ...options, url: "" }));
  }
  // A connector that has no mesh still signs the listener's.
  await connect({ url, mesh: null });
  await connect({ url, version: 1 });
});

test("[AUTH-9] of two faults the one that is checked first decides", async (t) => {
  const node = await founder(t);
  const { url } = node;
  const wrongSig = "0".repeat(128);
  const cases: readonly (readonly [number, ConnectOptions])[] = [
    [1009, { url, auth: { node: 7, padding: "x".repeat(5_000) } }],
    [4400, { url, auth: { node: node.id, sig: "00", version: 9 } }],
    [4410, { url, auth: { node: node.id, version: 9, mesh: otherMesh, sig: wrongSig } }],
    [4426, { url, auth: { version: 9, mesh: otherMesh, sig: wrongSig } }],
    [4409, { url, auth: { mesh: otherMesh, sig: wrongSig } }],
    [4409, { url, auth: { mesh: otherMesh, node: `01${"0".repeat(62)}` } }],
    [4401, { url, auth: { sig: wrongSig } }],
    [4401, { url }],
  ];
  for (const [code, options] of cases) {
    const end = await refusal(options);
    assert.equal(end.code, code, JSON.stringify(options.auth));
    assert.deepEqual(end.frames, ["challenge"]);
  }
});

test("[AUTH-7] a version that was not offered closes with 4426", async (t) => {
  const node = await founder(t, { open: true });
  for (const version of [0, 3, 9, 1_000_000]) {
    const offered = await dial({ url: node.url });
    const { json } = await offered.take("challenge");
    await offered.hangUp();
    if ((json["versions"] as readonly number[]).includes(version)) continue;
    assert.equal((await refusal({ url: node.url, version })).code, 4426, String(version));
  }
});

test("[AUTH-20] a connector with the listener's own key is told so with 4410", async (t) => {
  const node = await founder(t, { open: true });
  const { code } = await refusal({ url: node.url, auth: { node: node.id } });
  assert.equal(code, 4410);
});

test("[AUTH-13] [ID-7] a connector of another mesh is told so with 4409", async (t) => {
  const node = await founder(t, { open: true });
  assert.equal((await refusal({ url: node.url, mesh: otherMesh })).code, 4409);
});

test("[AUTH-23] an audience that is none of the public URLs closes with 4401", async (t) => {
  const publicUrls = ["wss://hub.example/crdt-sync", "ws://10.0.0.7:4747/crdt-sync"];
  const node = await founder(t, { open: true, publicUrls });
  assert.equal((await refusal({ url: node.url })).code, 4401);
  for (const audience of publicUrls) await connect({ url: node.url, transcript: { audience } });
  const almost = { audience: "wss://hub.example/crdt-sync/" };
  assert.equal((await refusal({ url: node.url, transcript: almost })).code, 4401);
});

const weakKeys = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  `01${"00".repeat(30)}80`,
  `ec${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ed${"ff".repeat(30)}7f`,
  `f0${"ff".repeat(30)}7f`,
  "ff".repeat(32),
];

test("[ID-2] [ID-4] a weak key is refused even by an open node, whatever its signature", async (t) => {
  const node = await founder(t, { open: true });
  // R is the neutral element and S is zero: that verifies for a key of order 1 without a check.
  const forged = `01${"00".repeat(63)}`;
  for (const weak of weakKeys) {
    const auth = { node: weak, sig: forged };
    const { code } = await refusal({ url: node.url, transcript: { connector: weak }, auth });
    assert.equal(code, 4401, weak);
  }
  assert.deepEqual(node.peers(), []);
});

test("[ID-2] [AUTH-21] a weak key is no token", async (t) => {
  const node = await founder(t);
  for (const key of weakKeys) {
    const auth = { token: { key, sig: `01${"00".repeat(63)}` } };
    assert.equal((await refusal({ url: node.url, auth })).code, 4401, key);
  }
});

test("[AUTH-9] [OP-1] an auth of a wrong shape closes with 4400", async (t) => {
  const node = await founder(t, { open: true });
  const sig = "0".repeat(128);
  const proof = { key: tokenKey("sixteen characters").id, sig };
  const shapes: readonly Record<string, unknown>[] = [
    { nonce: 7 },
    { nonce: "AB".repeat(32) },
    { nonce: "ab".repeat(31) },
    { node: null },
    { node: "zz".repeat(32) },
    { mesh: 5 },
    { mesh: "ab" },
    { mesh: "" },
    { audience: null },
    { audience: 5 },
    { version: "2" },
    { version: 1.5 },
    { version: -1 },
    { version: null },
    { sig: null },
    { sig: "0".repeat(126) },
    { sig: "A".repeat(128) },
    { token: "text" },
    { token: [] },
    { token: { key: proof.key } },
    { token: { ...proof, key: proof.key.toUpperCase() } },
    { token: { ...proof, sig: "00" } },
  ];
  for (const auth of shapes) {
    const { code } = await refusal({ url: node.url, auth });
    assert.equal(code, 4400, JSON.stringify(auth));
  }
  for (const missing of ["nonce", "node", "mesh", "audience", "version", "sig"]) {
    const { code } = await refusal({ url: node.url, auth: { [missing]: undefined } });
    assert.equal(code, 4400, `without ${missing}`);
  }
});

test("[AUTH-2] an auth that was recorded opens no other connection and no same one twice", async (t) => {
  const node = await founder(t, { open: true });
  const { peer, auth } = await answer({ url: node.url });
  await peer.take("welcome");
  const replayed = await refusal({ url: node.url, answer: () => auth });
  assert.equal(replayed.code, 4401);
  peer.send(auth);
  assert.equal((await peer.ended()).code, 4400);
});

test("[AUTH-27] another key cannot take over a connection", async (t) => {
  const node = await founder(t, { open: true });
  for (const version of [1, 2]) {
    const { peer } = await answer({ url: node.url, version });
    await peer.take("welcome");
    const other = await answer({ url: node.url, key: wireKey() });
    peer.send(other.auth);
    assert.equal((await peer.ended()).code, 4400);
  }
});

test(
  "[AUTH-10] ops that come before the welcome are never read",
  { timeout: 30_000 },
  async (t) => {
    const node = await founder(t);
    const author = new Author(node.mesh);
    const op = author.write([["new", "smuggled", {}]]);
    const bulk = JSON.stringify({ type: "bulk", ops: [op.op] });
    const live = Buffer.from(JSON.stringify({ v: 1, op: op.op }));
    for (const frame of [bulk, live, '{"type":"clock","clock":{}}', '{"type":"ready"}']) {
      const { code, frames } = await refusal({ url: node.url, answer: () => frame });
      assert.equal(code, 4400, String(frame));
      assert.deepEqual(frames, ["challenge"]);
    }
    // Behind an auth that is refused, in the same segment.
    const { peer } = await answer({ url: node.url, behind: [bulk] });
    assert.equal((await peer.ended()).code, 4401);
    // Behind an auth that redeems a token: the welcome is not out yet, so nothing may be read.
    const { token } = await node.invite();
    // No time passes for the node: else a slow one commits, and welcomes, between these frames.
    const now = performance.now();
    const clock = t.mock.method(performance, "now", () => now).mock;
    const early = await answer({ url: node.url, token, behind: [bulk, bulk, bulk] });
    await early.peer.ended();
    clock.restore();
    assert.equal(node.status().ops, 1);
    assert.equal(node.status().pending, 0);
  },
);

test("[AUTH-11] [CON-5] unknown frames during the handshake are ignored, but only a few", async (t) => {
  const node = await founder(t, { open: true });
  const { peer } = await answer({ url: node.url, answer: () => '{"type":"hello"}' });
  for (let at = 0; at < 20; at += 1) peer.send({ type: "hello", at });
  assert.equal((await peer.ended()).code, 4400);
  const patient = await dial({ url: node.url });
  await patient.take("challenge");
  patient.send({ type: "hello" });
  patient.send("[]");
  assert.equal((await patient.ended()).code, 4400);
});

test("[AUTH-12] a challenge or a welcome to a listener closes with 4400", async (t) => {
  const node = await founder(t, { open: true });
  const frames = [
    { type: "welcome", mesh: node.mesh, sig: "0".repeat(128) },
    { type: "challenge", nonce: otherMesh, node: otherMesh, mesh: node.mesh, versions: [1, 2] },
  ];
  for (const frame of frames) {
    const { code } = await refusal({ url: node.url, answer: () => JSON.stringify(frame) });
    assert.equal(code, 4400, frame.type);
  }
});

test("[AUTH-8] a frame of more than 4 KiB before the welcome closes with 1009", async (t) => {
  const node = await founder(t, { open: true });
  const tooBig = await refusal({ url: node.url, auth: { padding: "x".repeat(4_096) } });
  assert.equal(tooBig.code, 1009);
  for (const size of [4_097, 5_000, 100_000, 2_000_000]) {
    const { code } = await refusal({ url: node.url, answer: () => " ".repeat(size) });
    assert.equal(code, 1009, String(size));
  }
  const { code } = await refusal({ url: node.url, answer: () => Buffer.alloc(5_000) });
  assert.equal(code, 1009);
  // 4,096 bytes are allowed, and unknown members ignored.
  const { peer } = await answer({ url: node.url, auth: { later: "x".repeat(3_000) } });
  await peer.take("welcome");
});

test("[AUTH-3] a reflected or relayed handshake proves nothing", async (t) => {
  const [near, far] = [await founder(t, { open: true }), await founder(t, { open: true })];
  // The challenge of `near` is answered for `far`: other key, nonce and mesh.
  const { auth } = await answer({ url: far.url });
  assert.equal((await refusal({ url: near.url, answer: () => auth })).code, 4409);
  // A connector without a mesh would not be told apart by the mesh, but by what it signed.
  const relayed = await answer({ url: far.url, mesh: null });
  const end = await refusal({ url: near.url, answer: () => relayed.auth });
  assert.equal(end.code, 4401);
});

test("[AUTH-3] [OP-24] a signature over an op is no answer to a challenge", async (t) => {
  const node = await founder(t, { open: true });
  const key = wireKey();
  const op = new Author(node.mesh, key).write([]);
  const { code } = await refusal({ url: node.url, key, auth: { sig: op.op.sig } });
  assert.equal(code, 4401);
});

test("[PEER-9] strangers of every kind leave the peers of a node alone", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const frame = ["{", "\0", "[".repeat(3_000), '{"type":"auth"}'][at % 4] ?? "";
      const { code } = await refusal({ url: node.url, answer: () => frame });
      assert.equal(code, 4400);
    }),
  );
  const op = new Author(node.mesh).write([["new", "still-here", {}]]);
  peer.sendLive(op);
  await until(() => node.item("still-here"), "the peer is heard");
  assert.equal(peer.end, null);
});
