/** Whom a listener lets in: trusted keys, tokens, an open mesh; closed by default. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder, reopen } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { answer, connect, greet, refusal } from "../support/wire-client.ts";
import { Author, tokenKey, wireKey } from "../support/wire-op.ts";
import { parseNodeId } from "../../src/op/key.ts";
import type { NodeId } from "../../src/api/index.ts";

function nodeId(text: string): NodeId {
  const id = parseNodeId(text);
  assert.ok(id !== null, "the key of a test is a key");
  return id;
}

test("[AUTH-21] a listener is closed by default", async (t) => {
  const { url } = await founder(t);
  const { code, frames } = await refusal({ url });
  assert.equal(code, 4401);
  assert.deepEqual(frames, ["challenge"]);
});

test("[AUTH-21] [ID-1] a trusted key is let in without a token", async (t) => {
  const key = wireKey();
  const node = await founder(t, { trustedKeys: [nodeId(key.id)] });
  const peer = await greet({ url: node.url, key });
  await until(() => node.peers().some((row) => row.node === key.id && row.trusted), "it shows");
  assert.deepEqual(peer.faults, []);
  assert.equal((await refusal({ url: node.url })).code, 4401);
});

test("[AUTH-21] a node that was started open lets anyone in, and trusts nobody by it", async (t) => {
  const node = await founder(t, { open: true });
  const key = wireKey();
  const peer = await greet({ url: node.url, key });
  assert.equal(node.peers().find((row) => row.node === key.id)?.trusted, false);
  await peer.hangUp();
});

for (const version of [1, 2]) {
  test(`[AUTH-21] [ID-8] a token lets a version ${version} peer in, and it writes`, async (t) => {
    const node = await founder(t);
    const { token } = await node.invite();
    const peer = await connect({ url: node.url, token, version });
    await peer.take(version === 1 ? "bulk" : "clock");
    if (version === 1) peer.sendBulk([]);
    else {
      peer.sendClock();
      await peer.take("ready");
      peer.sendReady();
    }
    const op = new Author(peer.mesh).write([["new", "item-1", { title: "from outside" }]]);
    peer.sendLive(op);
    await until(() => node.item("item-1"), "the op was applied");
    assert.deepEqual(peer.faults, []);
  });
}

test("[AUTH-21] a connector without a mesh is let in by its token, and told the mesh", async (t) => {
  const node = await founder(t);
  const { token } = await node.invite();
  const peer = await greet({ url: node.url, token, mesh: null });
  assert.equal(peer.mesh, node.mesh);
});

test("[AUTH-22] a token in clear is honoured on loopback", async (t) => {
  const node = await founder(t);
  const { token } = await node.invite();
  const key = wireKey();
  const headers = { authorization: `Bearer ${token}` };
  const peer = await greet({ url: node.url, key, headers });
  await peer.hangUp();
  const again = await greet({ url: node.url, key });
  await again.hangUp();
  assert.equal((await refusal({ url: node.url, headers })).code, 4401);
});

test("[AUTH-21] a static token lets in any number of keys", async (t) => {
  const token = "a static token of 30 characters";
  const node = await founder(t, { tokens: [nodeId(tokenKey(token).id)] });
  for (let at = 0; at < 3; at += 1) {
    const peer = await greet({ url: node.url, token });
    await peer.hangUp();
  }
  assert.equal((await refusal({ url: node.url, token: `${token}.` })).code, 4401);
});

test("[AUTH-24] [AUTH-25] of 50 keys that redeem one token at once exactly one is let in", async (t) => {
  const node = await founder(t);
  const { token } = await node.invite();
  const keys = Array.from({ length: 50 }, () => wireKey());
  const outcomes = await Promise.all(
    keys.map(async (key) => {
      const peer = await connect({ url: node.url, key, token }).catch((error: unknown) => error);
      return peer instanceof Error ? peer.message : "in";
    }),
  );
  assert.equal(outcomes.filter((outcome) => outcome === "in").length, 1, outcomes.join("\n"));
  assert.equal(outcomes.filter((outcome) => outcome.includes("4401")).length, 49);
  const winner = keys[outcomes.indexOf("in")];
  assert.ok(winner !== undefined, "one of them won");
  await connect({ url: node.url, key: winner, token });
  await connect({ url: node.url, key: winner });
  assert.equal((await refusal({ url: node.url, token })).code, 4401);
});

test("[AUTH-24] what a token did survives a restart: the key is in, the token is used up", async (t) => {
  const first = await founder(t);
  const { token } = await first.invite();
  const key = wireKey();
  // The node is closed as soon as the welcome came: it was durable before.
  const peer = await connect({ url: first.url, key, token });
  const { dir } = first;
  assert.ok(dir !== null, "a node on disk has a folder");
  await first.close();
  assert.equal((await peer.ended()).code, 1001);
  const node = await reopen(t, dir);
  assert.equal((await refusal({ url: node.url, token })).code, 4401);
  await connect({ url: node.url, key });
});

test("[AUTH-25] an expired token lets nobody in", async (t) => {
  const node = await founder(t);
  const { token } = await node.invite({ ttlMs: 0 });
  assert.equal((await refusal({ url: node.url, token })).code, 4401);
});

test("[AUTH-24] an auth that is wrong in anything uses no token up", async (t) => {
  const node = await founder(t, { publicUrls: ["ws://hub.example/crdt-sync"] });
  const audience = "ws://hub.example/crdt-sync";
  const { token } = await node.invite();
  const { url } = node;
  const transcript = { audience };
  const zeros = "0".repeat(128);
  const codes = [
    await refusal({ url, token }),
    await refusal({ url, token, transcript, auth: { sig: zeros } }),
    await refusal({ url, token, transcript, auth: { version: 9 } }),
    await refusal({ url, token, transcript, mesh: "ab".repeat(32) }),
    await refusal({ url, token: "another token entirely", transcript }),
    await refusal({ url, transcript, auth: { token: { key: tokenKey(token).id, sig: zeros } } }),
  ].map(({ code }) => code);
  assert.deepEqual(codes, [4401, 4401, 4426, 4409, 4401, 4401]);
  await connect({ url, token, transcript });
});

test("[AUTH-24] a trusted key that brings a token leaves it to others", async (t) => {
  const key = wireKey();
  const node = await founder(t, { trustedKeys: [nodeId(key.id)] });
  const { token } = await node.invite();
  await connect({ url: node.url, key, token });
  await connect({ url: node.url, token });
});

test("[AUTH-4] a token's signature counts in the role of a token only, and on its own", async (t) => {
  const node = await founder(t);
  const { token } = await node.invite();
  const { url } = node;
  const codes = [
    await refusal({ url, token, tokenRole: "connector" }),
    await refusal({ url, token, tokenRole: "listener" }),
    await refusal({ url, key: tokenKey(token) }),
  ].map(({ code }) => code);
  assert.deepEqual(codes, [4401, 4401, 4401]);
  // Whoever overhears a proof cannot use it: it is bound to key and nonces.
  const overheard = await answer({ url, token, auth: { sig: "0".repeat(128) } });
  const proof = (JSON.parse(String(overheard.auth)) as { readonly token: unknown }).token;
  assert.equal((await refusal({ url, auth: { token: proof } })).code, 4401);
  await connect({ url, token });
});

test("[AUTH-26] the reason of 4401 is the same whatever failed", async (t) => {
  const node = await founder(t, { publicUrls: ["ws://hub.example/crdt-sync"] });
  const { url } = node;
  const transcript = { audience: "ws://hub.example/crdt-sync" };
  const weak = `01${"0".repeat(62)}`;
  const expired = await node.invite({ ttlMs: 0 });
  const ends = [
    await refusal({ url, transcript }),
    await refusal({ url, transcript, auth: { sig: "0".repeat(128) } }),
    await refusal({ url, transcript, auth: { node: weak } }),
    await refusal({ url }),
    await refusal({ url, transcript, token: expired.token }),
    await refusal({ url, transcript, token: "no such token here" }),
  ];
  assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([4401]));
  assert.equal(new Set(ends.map(({ reason }) => reason)).size, 1);
  assert.deepEqual(new Set(ends.map(({ frames }) => frames.join(" "))), new Set(["challenge"]));
});
