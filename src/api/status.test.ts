/** What a node tells of itself and of those around it, between real nodes in one process. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../adapters/testing/ws-peers.ts";
import { joinMesh } from "../node/join.ts";
import { anyPort, foundedFolder, newFolder, openFor } from "./testing/folders.ts";

test("a status tells of the disk, of claims and of the node that is connected, by its name", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort, settings: { name: "hub" } });
  const { token, url } = await hub.invite();
  const dir = newFolder(t);
  await joinMesh({ dir, name: "leaf", url, token, key: hub.id });
  const leaf = await openFor(t, dir, { listen: anyPort, settings: { rendezvous: [url] } });
  await leaf.write([[["new", "a", { title: "A", stage: "backlog" }]]]);
  await leaf.whenSynced();
  await leaf.work.desk.claim("a", {
    ...{ actor: "ann", confirm: { kind: "hub" }, waitMs: 10_000, ttlMs: null },
    ...{ isManual: true, reason: "", force: false, signal: AbortSignal.timeout(20_000) },
  });
  const isTold = (): boolean => {
    const { present, claims, peers } = hub.status();
    // What the hub wrote last, the leaf may still have to acknowledge.
    if (peers.some(({ behindMs }) => behindMs !== null)) return false;
    return claims.confirmed === 1 && present.some(({ worksOn }) => worksOn.length > 0);
  };
  await until(isTold, "the hub hears of the work");
  const seen = hub.status();
  const [row] = seen.peers;
  assert.deepEqual([row?.node, row?.name, row?.behindMs], [leaf.id, "leaf", null]);
  assert.ok((row?.receivedBytes ?? 0) > 100 && (row?.sentBytes ?? 0) > 100);
  const { lastSignMs, ...present } = seen.present[0] ?? { lastSignMs: Infinity };
  assert.deepEqual(present, { node: leaf.id, name: "leaf", worksOn: ["a"] });
  assert.ok(lastSignMs < 10_000);
  assert.deepEqual([seen.claims, seen.stuckClaims], [{ confirmed: 1 }, 0]);
  assert.match(seen.version, /^\d+\.\d+\.\d+/u);
  assert.ok((seen.dbBytes ?? 0) >= 4_096 && (seen.diskFreeBytes ?? 0) > 0);
  assert.deepEqual([hub.nameOf(leaf.id), leaf.nameOf(hub.id)], ["leaf", "hub"]);
  assert.deepEqual([seen.hasTwin, seen.attention], [false, []]);
});

test("what peers are called is known after a restart, and while they are away", async (t) => {
  const hubDir = foundedFolder(t);
  const hub = await openFor(t, hubDir, { listen: anyPort, settings: { name: "hub" } });
  const { token, url } = await hub.invite();
  const dir = newFolder(t);
  await joinMesh({ dir, name: "leaf", url, token, key: hub.id });
  const leaf = await openFor(t, dir, { listen: anyPort, settings: { rendezvous: [url] } });
  await until(() => leaf.nameOf(hub.id) !== null, "the hub has told its name");
  await Promise.all([hub.close(), leaf.close()]);
  const again = await openFor(t, dir);
  assert.equal(again.nameOf(hub.id), "hub");
  assert.deepEqual(again.status().present, []);
});
