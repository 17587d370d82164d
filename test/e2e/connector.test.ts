/** The node as the one that dials, against listeners that an outsider wrote. */
import { test } from "node:test";
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import { founder, tempDir } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import type { ListenOptions, WireListener } from "../support/wire-client.ts";
import { listen } from "../support/wire-client.ts";
import { Author, foundedByOutsider, wireKey } from "../support/wire-op.ts";
import { joinMesh, openNode } from "../../src/api/index.ts";
import type { NodeId, TowlineNode } from "../../src/api/index.ts";

async function outsider(t: TestContext, options: ListenOptions): Promise<WireListener> {
  const listener = await listen(options);
  t.after(() => listener[Symbol.asyncDispose]());
  return listener;
}

/** How the node ends a connection to a listener that is made so. */
async function endOf(
  t: TestContext,
  node: TowlineNode,
  options: Omit<ListenOptions, "mesh"> & { readonly mesh?: string | null },
): Promise<{ readonly code: number; readonly auths: number }> {
  const listener = await outsider(t, { mesh: node.mesh, ...options });
  node.addRendezvous(listener.url);
  const { code } = await listener.firstEnd();
  node.removeRendezvous(listener.url);
  return { code, auths: listener.auths.length };
}

test("[AUTH-3] [AUTH-7] [SYN-1] the node dials, proves itself and sends its clock", async (t) => {
  const node = await founder(t);
  const listener = await outsider(t, { mesh: node.mesh });
  node.addRendezvous(listener.url);
  const peer = await listener.peer();
  const { json } = await peer.take("clock");
  assert.deepEqual(json["clock"], { [node.id]: 1 });
  const [auth] = listener.auths;
  assert.equal(auth?.isSigned, true);
  assert.equal(auth.json["version"], 2);
  assert.equal(auth.json["mesh"], node.mesh);
  assert.equal(auth.json["node"], node.id);
  assert.equal(auth.json["audience"], listener.url);
  assert.equal(auth.json["token"] ?? null, null);
  peer.sendClock();
  await peer.take("ready");
  peer.sendReady();
  const op = new Author(node.mesh).write([["new", "from-hub", {}]]);
  peer.sendLive(op);
  await until(() => node.item("from-hub"), "the op was applied");
  const [id] = await node.write([[["note", "from-hub", "back"]]]);
  await peer.gotOp(String(id));
  assert.deepEqual(peer.faults, []);
});

test("[AUTH-4] [ID-8] the node proves its token and never sends it", async (t) => {
  const node = await founder(t);
  const listener = await outsider(t, { mesh: node.mesh });
  const token = "a token of 25 characters!";
  node.addRendezvous(listener.url, { token });
  await (await listener.peer()).take("clock");
  const [auth] = listener.auths;
  assert.equal(auth?.token, true);
  assert.equal(JSON.stringify(auth.json).includes(token), false);
});

test("[AUTH-2] a connector's nonce is fresh for each connection", async (t) => {
  const node = await founder(t);
  const listener = await outsider(t, { mesh: node.mesh });
  for (let at = 1; at <= 3; at += 1) {
    node.addRendezvous(listener.url);
    await (await listener.peer(at)).take("clock");
    node.removeRendezvous(listener.url);
    assert.equal((await (await listener.peer(at)).ended()).code, 1000);
  }
  const nonces = new Set(listener.auths.map(({ json }) => json["nonce"]));
  assert.equal(nonces.size, 3);
});

test("[AUTH-6] [AUTH-7] the version is the highest in common, 2 when none is named", async (t) => {
  const node = await founder(t);
  const offers: readonly (readonly [readonly number[] | null, number])[] = [
    [[1], 1],
    [[1, 2], 2],
    [[2, 1, 900], 2],
    [[0, 1, 7], 1],
    [null, 2],
  ];
  for (const [versions, version] of offers) {
    const listener = await outsider(t, { mesh: node.mesh, versions });
    node.addRendezvous(listener.url);
    await (await listener.peer()).take(version === 1 ? "bulk" : "clock");
    const [auth] = listener.auths;
    assert.equal(auth?.json["version"], version, JSON.stringify(versions));
    assert.equal(auth.isSigned, true, "what was offered is signed as it was offered");
    node.removeRendezvous(listener.url);
  }
});

test("[AUTH-7] without a version in common the node closes with 4426", async (t) => {
  const node = await founder(t);
  for (const versions of [[900], [900, 901]]) {
    assert.deepEqual(await endOf(t, node, { versions }), { code: 4426, auths: 0 });
  }
});

test("[AUTH-18] [AUTH-19] a key that is not the known one closes with 4401", async (t) => {
  const node = await founder(t);
  const first = await outsider(t, { mesh: node.mesh });
  const { port, url } = first;
  node.addRendezvous(url);
  await (await first.peer()).take("clock");
  node.removeRendezvous(url);
  await first.firstEnd();
  await first[Symbol.asyncDispose]();
  // Another key at the same place: the first one was pinned.
  const second = await outsider(t, { mesh: node.mesh, port });
  node.addRendezvous(url);
  assert.equal((await second.firstEnd()).code, 4401);
  assert.equal(second.auths.length, 0);
  node.removeRendezvous(url);
  // A key that the invite told.
  const third = await outsider(t, { mesh: node.mesh });
  node.addRendezvous(third.url, { key: wireKey().id as NodeId });
  assert.equal((await third.firstEnd()).code, 4401);
  assert.equal(third.auths.length, 0);
});

test("[AUTH-19] a listener that fails to prove itself is not pinned", async (t) => {
  const node = await founder(t);
  const liar = await outsider(t, { mesh: node.mesh, welcome: { sig: "0".repeat(128) } });
  const { port, url } = liar;
  node.addRendezvous(url);
  assert.equal((await liar.firstEnd()).code, 4401);
  node.removeRendezvous(url);
  await liar[Symbol.asyncDispose]();
  const honest = await outsider(t, { mesh: node.mesh, port });
  node.addRendezvous(url);
  await (await honest.peer()).take("clock");
});

test("[AUTH-16] [AUTH-17] a welcome that proves nothing closes with 4401", async (t) => {
  const node = await founder(t);
  const other = "ab".repeat(32);
  const lies: readonly Omit<ListenOptions, "mesh">[] = [
    { welcome: { sig: "0".repeat(128) } },
    { welcome: { mesh: other } },
    { transcript: { version: 1 } },
    { transcript: { versions: [1, 2, 3] } },
    { transcript: { connectorNonce: other } },
    { transcript: { connector: wireKey().id } },
    { transcript: { mesh: null } },
    { transcript: { audience: "ws://elsewhere/crdt-sync" } },
    { challenge: { node: wireKey().id } },
  ];
  for (const lie of lies) {
    const { code } = await endOf(t, node, lie);
    assert.equal(code, 4401, JSON.stringify(lie));
  }
});

test("[AUTH-17] [ID-2] a listener with a weak key is refused before it is answered", async (t) => {
  const node = await founder(t);
  for (const weak of [`01${"00".repeat(31)}`, "00".repeat(32), `ee${"ff".repeat(30)}7f`]) {
    const end = await endOf(t, node, { challenge: { node: weak } });
    assert.deepEqual(end, { code: 4401, auths: 0 });
  }
});

test("[AUTH-20] the node's own key on the other side closes with 4410", async (t) => {
  const node = await founder(t);
  const end = await endOf(t, node, { challenge: { node: node.id } });
  assert.deepEqual(end, { code: 4410, auths: 0 });
  node.addRendezvous(node.url);
  await until(
    () => node.peers().some((row) => row.url === node.url && row.failures > 0),
    "a node that dials itself hangs up",
  );
});

test("[AUTH-13] [AUTH-14] another mesh, or none, closes with 4409", async (t) => {
  const node = await founder(t);
  for (const mesh of ["ab".repeat(32), null]) {
    assert.equal((await endOf(t, node, { mesh })).code, 4409, String(mesh));
  }
});

test("[CON-9] after a refusal the node waits for the cap of its backoff and says why", async (t) => {
  const node = await founder(t);
  const refusals: readonly Omit<ListenOptions, "mesh">[] = [
    { welcome: { sig: "0".repeat(128) } },
    { challenge: { mesh: "ab".repeat(32) } },
    { challenge: { node: node.id } },
    { versions: [900] },
  ];
  for (const options of refusals) {
    const listener = await outsider(t, { mesh: node.mesh, ...options });
    node.addRendezvous(listener.url);
    await listener.firstEnd();
    const row = await until(
      () => node.peers().find(({ url, retryInMs }) => url === listener.url && retryInMs !== null),
      "the next attempt is planned",
    );
    assert.ok((row.retryInMs ?? 0) > 20_000, `it retries in ${row.retryInMs ?? 0} ms`);
    assert.notEqual(row.lastError ?? "", "");
    assert.equal(row.state, "waiting");
  }
});

test("[AUTH-12] [CON-6] a listener that does not keep to the handshake is left", async (t) => {
  const node = await founder(t);
  const hex = "ab".repeat(32);
  const sig = "0".repeat(128);
  const greetings: readonly (readonly [string | Uint8Array, number])[] = [
    ["{", 4400],
    ["[]", 4400],
    ['{"type":"challenge"}', 4400],
    ['{"type":"clock","clock":{}}', 4400],
    [`{"type":"welcome","mesh":"${hex}","sig":"${sig}"}`, 4400],
    [Buffer.from('{"v":1,"op":{}}'), 4400],
    [`{"type":"challenge","nonce":"${hex}","node":"${hex}","mesh":5}`, 4400],
    [`{"type":"challenge","nonce":"${hex.toUpperCase()}","node":"${hex}","mesh":null}`, 4400],
    [`{"type":"later","padding":"${"x".repeat(4_096)}"}`, 1009],
    [`{"type":"later","padding":"${"x".repeat(2_000_000)}"}`, 1009],
  ];
  for (const [greeting, expected] of greetings) {
    const { code, auths } = await endOf(t, node, { greeting });
    assert.deepEqual([code, auths], [expected, 0], String(greeting).slice(0, 80));
  }
});

test("[AUTH-15] a folder without a mesh adopts the listener's once it has proved itself", async (t) => {
  const { mesh, first } = foundedByOutsider();
  const request = { dir: tempDir(t), name: "joins", token: null, key: null };
  const liar = await outsider(t, { mesh, welcome: { sig: "0".repeat(128) } });
  await assert.rejects(joinMesh({ ...request, url: liar.url }), { code: "join/not-admitted" });
  const listens = { dir: request.dir, listen: { host: "127.0.0.1", port: 0 } };
  await assert.rejects(openNode(listens), { code: "folder/not-initialized" });
  const listener = await outsider(t, {
    mesh,
    onPeer: (peer) => {
      peer.sendClock();
      peer.sendBulk([first]);
      peer.sendReady();
    },
  });
  const joined = await joinMesh({ ...request, url: listener.url });
  assert.equal(joined.mesh, mesh);
  assert.equal(joined.listener, listener.key.id);
  const [auth] = listener.auths;
  assert.equal(auth?.json["mesh"], null);
  assert.equal(auth.isSigned, true);
  const node = await openNode(listens);
  t.after(() => node.close());
  assert.equal(node.mesh, mesh);
  node.addRendezvous(listener.url);
  await until(() => node.status().ops === 1, "the founder's op was applied");
});

test("[AUTH-18] who joins with the key of an invite takes no other", async (t) => {
  const { mesh } = foundedByOutsider();
  const listener = await outsider(t, { mesh });
  const key = wireKey().id as NodeId;
  const request = { dir: tempDir(t), name: "joins", token: null, key, url: listener.url };
  await assert.rejects(joinMesh(request), { code: "join/pin-mismatch" });
  assert.equal((await listener.firstEnd()).code, 4401);
  assert.equal(listener.auths.length, 0);
});

test("[AUTH-14] joining a listener that has no mesh fails and says so", async (t) => {
  const listener = await outsider(t, { mesh: null });
  const request = { dir: tempDir(t), name: "joins", token: null, key: null, url: listener.url };
  await assert.rejects(joinMesh(request), { code: "join/no-mesh" });
  assert.equal((await listener.firstEnd()).code, 4409);
});

test("[ONE-1] [ONE-2] the node speaks version 1 to a listener that knows no other", async (t) => {
  const node = await founder(t);
  const listener = await outsider(t, { mesh: node.mesh, versions: [1] });
  node.addRendezvous(listener.url);
  const peer = await listener.peer();
  await peer.take("bulk");
  const author = new Author(node.mesh);
  peer.sendBulk(author.writeMany(3, "dump"));
  peer.sendLive(author.write([["new", "live", {}]]));
  await until(() => node.item("live"), "dump and stream were applied");
  const [id] = await node.write([[["note", "live", "back"]]]);
  await peer.gotOp(String(id));
  assert.deepEqual(new Set(peer.frames.map(({ type }) => type)), new Set(["auth", "bulk", "live"]));
  assert.deepEqual(peer.faults, []);
});
