/** "Is my change at X yet?" and "am I in sync?", between real nodes in one process. */
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { present } from "../base/assert.ts";
import { until } from "../adapters/testing/ws-peers.ts";
import { joinMesh } from "../node/join.ts";
import type { NodeId, OpId } from "../op/op.ts";
import { openOld } from "./testing/old-node.ts";
import { anyPort, foundedFolder, newFolder, openFor } from "./testing/folders.ts";
import type { TowlineNode } from "./types.ts";

async function joinedFolder(t: TestContext, hub: TowlineNode): Promise<string> {
  const { token, url } = await hub.invite();
  const dir = newFolder(t);
  await joinMesh({ dir, name: "leaf", url, token, key: hub.id });
  return dir;
}

/** A node that has joined the hub's mesh and keeps dialling the hub. */
async function leafOf(t: TestContext, hub: TowlineNode): Promise<TowlineNode> {
  const dir = await joinedFolder(t, hub);
  return await openFor(t, dir, { listen: anyPort, settings: { rendezvous: [String(hub.url)] } });
}

async function note(node: TowlineNode): Promise<OpId> {
  const [op] = await node.write([[["note", "item", "text"]]]);
  return present(op, "a write of one op gives one id");
}

function portOf(node: TowlineNode): { readonly host: string; readonly port: number } {
  return { host: "127.0.0.1", port: Number(new URL(String(node.http)).port) };
}

test("a caller learns when a peer has a change on disk, and both know that they are in sync", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const leaf = await leafOf(t, hub);
  const op = await note(leaf);
  assert.equal(leaf.reached(leaf.id, op), true, "it is durable here");
  await leaf.whenReached(op, hub.id);
  assert.equal(leaf.reached(hub.id, op), true);
  assert.equal(hub.reached(hub.id, op), true);
  await Promise.all([leaf.whenSynced(), hub.whenSynced({ peers: [leaf.id] })]);
  for (const node of [leaf, hub]) {
    const [row] = node.peers();
    assert.equal(row?.inSync, true);
    assert.deepEqual(row.lag, { missingThere: 0, missingHere: 0, isExact: true });
    assert.ok((row.lastStatementMs ?? Infinity) < 8_000);
    const { sync, divergences } = node.status();
    const counts = { peers: 1, inSync: 1, behind: 0, unknown: 0 };
    assert.deepEqual(sync, { ...counts, text: "in sync with 1 of 1 peer" });
    assert.equal(divergences, 0);
  }
});

test("a change reaches a third node through the hub, which knows it; its author does not", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const [one, two] = [await leafOf(t, hub), await leafOf(t, hub)];
  const op = await note(one);
  await hub.whenReached(op, two.id);
  assert.equal(two.reached(two.id, op), true);
  assert.equal(one.reached(two.id, op), false, "they have never spoken");
  await Promise.all([one, two, hub].map((node) => node.whenSynced()));
});

test("what is not known is not claimed, and a wait ends", async (t) => {
  const node = await openFor(t, foundedFolder(t), { listen: anyPort });
  const op = await note(node);
  const stranger = "ab".repeat(32) as NodeId;
  assert.equal(node.reached(stranger, op), false);
  assert.equal(node.reached(node.id, "cd".repeat(32) as OpId), false);
  assert.equal(node.status().sync.text, "no peer is connected or dialled");
  await assert.rejects(node.whenReached(op, stranger, { timeoutMs: 1 }), {
    code: "wait/not-reached",
    message: /abababab.*not connected.*durable here/u,
  });
  // In sync with nobody is not in sync.
  await assert.rejects(node.whenSynced({ timeoutMs: 1 }), { code: "wait/not-synced" });
  await assert.rejects(node.whenSynced({ peers: [stranger], timeoutMs: 1 }), {
    code: "wait/not-synced",
    message: /abababab: it is not connected/u,
  });
  const reason = new Error("enough");
  const abort = new AbortController();
  const aborted = node.whenReached(op, stranger, { signal: abort.signal, timeoutMs: Infinity });
  abort.abort(reason);
  await assert.rejects(aborted, reason);
  await assert.rejects(node.whenSynced({ signal: abort.signal }), reason);
  const waiting = node.whenReached(op, stranger);
  await Promise.all([assert.rejects(waiting, { code: "node/stopped" }), node.close()]);
  await assert.rejects(node.whenSynced(), { code: "node/stopped" });
});

test("the last word of a peer counts after it has gone, and says how far behind it is", async (t) => {
  const dir = foundedFolder(t);
  const first = await openFor(t, dir, { listen: anyPort });
  const leaf = await leafOf(t, first);
  const early = await note(leaf);
  await leaf.whenReached(early, first.id);
  const [listen, hubId] = [portOf(first), first.id];
  await first.close();
  await until(() => leaf.peers()[0]?.state !== "live", "the hub is gone");
  const late = await note(leaf);
  for (let count = 0; count < 11; count += 1) await note(leaf);
  assert.deepEqual([leaf.reached(hubId, early), leaf.reached(hubId, late)], [true, false]);
  const [row] = leaf.peers();
  assert.deepEqual([row?.inSync, row?.lag?.missingThere, row?.lag?.missingHere], [null, 12, 0]);
  const { text } = leaf.status().sync;
  const host = new URL(String(row?.url)).host;
  const away = "is not connected, by its last word it lacks 12 ops";
  assert.equal(text, `in sync with 0 of 1 peer; ${host} ${away}`);
  const synced: boolean[] = [];
  leaf.on("synced", ({ peer, inSync }) => {
    if (peer === hubId) synced.push(inSync);
  });
  const second = await openFor(t, dir, { listen });
  await leaf.whenReached(late, second.id);
  await leaf.whenSynced();
  assert.equal(leaf.reached(hubId, early), true, "acks survive a restart of the hub");
  assert.equal(synced.at(-1), true);
});

test("a hub whose disk went back in time is believed when it says so", async (t) => {
  const dir = foundedFolder(t);
  const backup = newFolder(t);
  const before = await openFor(t, dir, { listen: anyPort });
  const leaf = await leafOf(t, before);
  const old = await note(leaf);
  await leaf.whenReached(old, before.id);
  const [listen, hubId] = [portOf(before), before.id];
  await before.close();
  cpSync(dir, backup, { recursive: true });
  const meanwhile = await openFor(t, dir, { listen });
  const lost = await note(leaf);
  await leaf.whenReached(lost, hubId);
  await meanwhile.close();
  rmSync(dir, { recursive: true });
  cpSync(backup, dir, { recursive: true });
  await until(() => leaf.peers()[0]?.state !== "live", "the hub is gone");
  assert.equal(leaf.reached(hubId, lost), true, "as far as anybody knows");
  const claims: boolean[] = [];
  leaf.on("peers", () => void claims.push(leaf.reached(hubId, lost)));
  leaf.on("stated", () => void claims.push(leaf.reached(hubId, lost)));
  const restored = await openFor(t, dir, { listen });
  await until(() => restored.reached(hubId, lost), "the hub has it again");
  await leaf.whenReached(lost, hubId);
  const connected = claims.indexOf(false);
  assert.ok(connected >= 0, "once it is back, it counts as lost");
  const firstTrue = claims.indexOf(true, connected);
  assert.ok(!claims.slice(connected, firstTrue).includes(true), "until the hub has it again");
  await leaf.whenSynced();
});

test("a peer of an older version cannot tell, and nobody pretends that it does", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const dir = await joinedFolder(t, hub);
  const op = await note(hub);
  const old = openOld(t, dir, String(hub.url));
  await until(() => old.replica.log.find(op) !== undefined, "it has the op");
  await until(() => hub.peers()[0]?.state === "live", "it is live");
  const [row] = hub.peers();
  const { node: oldId } = old.replica;
  assert.deepEqual([row?.node, row?.version], [oldId, 2]);
  assert.deepEqual([row?.inSync, row?.lag, row?.lastStatementMs], [null, null, null]);
  assert.equal(hub.reached(oldId, op), false);
  const { sync } = hub.status();
  assert.deepEqual([sync.inSync, sync.unknown], [0, 1]);
  assert.match(sync.text, /^in sync with 0 of 1 peer; [0-9a-f]{8} speaks version 2, which cannot/u);
  await assert.rejects(hub.whenSynced({ timeoutMs: 1 }), { code: "wait/not-synced" });
  await assert.rejects(hub.whenReached(op, oldId, { timeoutMs: 1 }), {
    code: "wait/not-reached",
    message: /version 2 of the protocol, which cannot tell/u,
  });
});

test("while much comes, both sides say how much of it has gone over", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const dir = await joinedFolder(t, hub);
  const ops = Array.from({ length: 6_000 }, (_, at) => [["note", `i-${at}`, "x"]] as const);
  await hub.write(ops);
  const leaf = await openFor(t, dir, { listen: anyPort });
  const [got, gone]: [number[], number[]] = [[], []];
  leaf.on("applied", () => {
    const progress = leaf.peers()[0]?.progress ?? null;
    if (progress === null) return;
    assert.equal(progress.total, 6_001);
    got.push(progress.received);
    const sending = hub.peers()[0]?.sending ?? null;
    if (sending !== null) gone.push(sending.sent);
  });
  leaf.addRendezvous(String(hub.url));
  await leaf.whenSynced();
  assert.ok(got.length > 1, "it could be watched");
  for (const counts of [got, gone]) {
    assert.deepEqual(
      counts,
      counts.toSorted((left, right) => left - right),
    );
  }
  await until(() => hub.peers()[0]?.sending === null, "nothing is under way");
  assert.equal(leaf.peers()[0]?.progress, null);
});
