/** The library as a program uses it: open, write, watch, invite, peers, verify, close. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeCrypto, newSeed, signerFromSeed } from "../adapters/node-crypto.ts";
import { until } from "../adapters/testing/ws-peers.ts";
import { Admission } from "../log/admission.ts";
import { Log, ownSource } from "../log/log.ts";
import { testMesh } from "../log/testing/forge.ts";
import { joinMesh } from "../node/join.ts";
import { createOrOpenFolder } from "../node/identity.ts";
import { OpCodec } from "../op/codec.ts";
import type { Signature } from "../op/op.ts";
import { signOp } from "../op/signature.ts";
import { draftOps } from "../replica/own-ops.ts";
import type { StoredOp } from "../replica/store.ts";
import { openNode } from "./open-node.ts";
import { Verifier } from "./ops.ts";
import { anyPort, foundedFolder, newFolder, openFor } from "./testing/folders.ts";

test("what is written is there again when the folder is opened again", async (t) => {
  const dir = foundedFolder(t);
  const ids = await (async () => {
    await using node = await openNode({ dir, settings: { name: "alice" } });
    const written = await node.write([
      [["new", "item-1", { title: "One", stage: "qa" }]],
      [["add", "item-1", "labels", "red"]],
    ]);
    assert.deepEqual(
      [...node.items()].map(({ item }) => item),
      ["item-1"],
    );
    return written;
  })();
  const node = await openFor(t, dir);
  assert.deepEqual(
    [...node.ops("item-1")].map(({ id }) => id),
    ids,
  );
  assert.deepEqual(
    [...node.ops()].map(({ actor }) => actor),
    ["", "alice", "alice"],
  );
  assert.deepEqual(node.adds("item-1", "labels", "red"), [ids[1]]);
  assert.equal(node.itemState("item-1"), "live");
  assert.deepEqual([node.digest().count, node.digest().items], [3, 1]);
  assert.equal(node.name, "test", "the name that it was founded with");
});

test("[CLM-13] a program's own write moves an item only as its stage allows", async (t) => {
  const node = await openFor(t, foundedFolder(t));
  const refused = { code: "stage/refused" };
  const to = (stage: string): readonly ["set", string, "stage", string] => [
    "set",
    "a",
    "stage",
    stage,
  ];
  await node.write([[["new", "a", { stage: "backlog" }]]]);
  await assert.rejects(node.write([[to("qa")]]), refused);
  await assert.rejects(node.write([[to("coding")], [to("backlog")], [to("merge")]]), refused);
  await assert.rejects(
    node.write([[["new", "b", { stage: "done" }]], [["set", "b", "stage", "qa"]]]),
    refused,
  );
  await assert.rejects(node.write([[to("qa"), ["move", "a", "qa", [], {}]]]), refused);
  assert.equal(node.item("a")?.fields["stage"], "backlog", "all or none");
  assert.equal(node.item("b"), null);
  await node.write([[to("coding")], [to("qa")]]);
  await node.write([[to("done"), ["move", "a", "done", [], {}]]]);
  await node.write([[to("qa"), ["move", "a", "qa", [], { force: "by hand" }]]]);
  await node.write([[to("archived")], [to("merge")]], { isFree: true });
  assert.equal(node.item("a")?.fields["stage"], "merge");
});

test("a folder without a node, without a mesh, and one that is open", async (t) => {
  await assert.rejects(openNode({ dir: newFolder(t) }), { code: "folder/not-initialized" });
  const bare = newFolder(t);
  createOrOpenFolder(bare).close();
  await assert.rejects(openNode({ dir: bare }), { code: "folder/not-initialized" });
  const dir = foundedFolder(t);
  const node = await openFor(t, dir);
  await assert.rejects(openNode({ dir }), { code: "folder/in-use" });
  await node.close();
  await (await openNode({ dir })).close();
});

test("a node that cannot open frees its port and its folder", async (t) => {
  const dir = foundedFolder(t);
  const other = await openFor(t, foundedFolder(t), { listen: anyPort });
  const port = Number(new URL(String(other.http)).port);
  const taken = openNode({ dir, listen: { host: "127.0.0.1", port } });
  await assert.rejects(taken, { code: "listen/port-taken" });
  await other.close();
  const listen = { host: "127.0.0.1", port };
  const settings = { rendezvous: ["not a url"] };
  await assert.rejects(openNode({ dir, listen, settings }), { code: "dial/url-invalid" });
  await (await openNode({ dir, listen })).close();
});

test("everything but looking rejects after close: node/stopped", async (t) => {
  const node = await openFor(t, foundedFolder(t), { listen: anyPort });
  await node.close();
  await node.close();
  const stopped = { code: "node/stopped" };
  await assert.rejects(node.write([[]]), stopped);
  await assert.rejects(node.importOps([]), stopped);
  await assert.rejects(node.invite(), stopped);
  await assert.rejects(node.verify(), stopped);
  assert.throws(() => node.ops(), stopped);
  assert.throws(() => node.addRendezvous("ws://x/crdt-sync"), stopped);
  assert.deepEqual([node.status().ops, node.url], [1, null]);
});

test("subscribers hear of what was applied; one that throws is logged, one that left is not told", async (t) => {
  const errors: string[] = [];
  const nothing = (): void => undefined;
  const logger = {
    ...{ debug: nothing, info: nothing, warn: nothing },
    error: (_fields: unknown, message: string) => void errors.push(message),
  };
  const node = await openFor(t, foundedFolder(t), { logger });
  const seen: (readonly [number, readonly string[]])[] = [];
  node.on("applied", () => {
    throw new Error("careless");
  });
  const stop = node.on("applied", ({ count, items }) => seen.push([count, [...items]]));
  await node.write([[["new", "a", {}]], [["note", "b", "x"]]]);
  assert.deepEqual(seen, [[2, ["a", "b"]]]);
  assert.deepEqual(errors, ["a subscriber threw"]);
  stop();
  await node.write([[]]);
  assert.equal(seen.length, 1);
});

test("a subscriber may look at ops and write while it is told", async (t) => {
  const node = await openFor(t, foundedFolder(t));
  const counts: number[] = [];
  const stop = node.on("applied", () => {
    stop();
    void node.write([[["note", "a", "again"]]]);
    counts.push([...node.ops("a")].length);
  });
  await node.write([[["note", "a", "x"]]]);
  await node.write([[]]);
  assert.deepEqual([counts, node.digest().count], [[1], 4]);
});

test("an invite says what to type, expires in a day, and is of no use without a listener", async (t) => {
  const node = await openFor(t, foundedFolder(t), { listen: anyPort });
  const invite = await node.invite();
  const { token, url, command } = invite;
  assert.equal(url, node.url);
  assert.equal(command, `towline join ${url} --token ${token} --key ${node.id}`);
  const hours = (Number(invite.expires) - Date.now()) / 3_600_000;
  assert.ok(hours > 23.9 && hours <= 24);
  assert.equal((await node.invite({ ttlMs: null })).expires, null);
  const silent = await openFor(t, foundedFolder(t));
  await assert.rejects(silent.invite(), { code: "usage/invalid" });
  assert.match((await silent.invite({ url: "wss://far/crdt-sync" })).command, /wss:\/\/far/u);
});

test("[PEER-1] two nodes sync; peers and status show who, how and since when not", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  await hub.write([[["new", "a", { title: "x" }]]]);
  const { token, url } = await hub.invite();
  const dir = newFolder(t);
  await joinMesh({ dir, name: "leaf", url, token, key: hub.id });
  await until(() => hub.peers()[0]?.state === "offline", "the joiner has hung up");
  const offline = hub.peers();
  assert.deepEqual(
    offline.map(({ state, trusted }) => [state, trusted]),
    [["offline", true]],
  );
  const leaf = await openFor(t, dir, { listen: anyPort, settings: { rendezvous: [url] } });
  let peersEvents = 0;
  hub.on("peers", () => (peersEvents += 1));
  await until(() => leaf.digest().ops === hub.digest().ops, "the leaf has everything");
  const isLive = (node: typeof hub): boolean => node.peers()[0]?.state === "live";
  await until(() => isLive(hub) && isLive(leaf), "both are live");
  const [row] = hub.peers();
  assert.deepEqual(
    [row?.node, row?.direction, row?.version, row?.trusted, row?.queued],
    [leaf.id, "in", 3, true, 0],
  );
  const [out] = leaf.peers();
  assert.deepEqual([out?.node, out?.url, out?.direction, out?.state], [hub.id, url, "out", "live"]);
  const status = hub.status();
  assert.deepEqual(
    [status.node, status.ops, status.items, status.rejected, status.pending, status.problem],
    [hub.id, 2, 1, 0, 0, null],
  );
  const before = peersEvents;
  await leaf.close();
  await until(() => hub.peers()[0]?.state === "offline", "the leaf is gone");
  assert.ok(peersEvents > before, "subscribers are told that a peer has gone");
});

test("verify checks all that is on disk, and says how far it is", async (t) => {
  const node = await openFor(t, foundedFolder(t));
  await node.write(Array.from({ length: 300 }, () => [["note", "a", "x"]] as const));
  const progress: number[] = [];
  const result = await node.verify((done) => progress.push(done));
  assert.deepEqual([result.ops, result.problems, progress.at(-1)], [301, [], 301]);
  // One for the founding, and one for each 256 ops that were written at once.
  assert.equal(result.signatures, 3);
});

test("[LOG-6] verify finds a signature that is broken and an op that nothing vouches for", () => {
  const crypto = createNodeCrypto();
  const signer = signerFromSeed(newSeed());
  const log = new Log();
  const drafted = draftOps(
    { log, codec: new OpCodec(testMesh, crypto), author: signer.node },
    { actor: "", time: 1, ops: [[], [], []] },
  );
  assert.ok(drafted.ok);
  const stored = drafted.value.map((op): StoredOp => {
    const sig = op.seq === 3 ? signOp(signer, op.id) : null;
    log.append({ op, sig, source: ownSource });
    return { bytes: op.bytes, sig };
  });
  const [first, second, third] = stored as [StoredOp, StoredOp, StoredOp];
  const problemsOf = (ops: readonly StoredOp[]): readonly (readonly [number, string])[] => {
    const verifier = new Verifier(testMesh, (port) => new Admission(new Log(), port));
    for (const op of ops) verifier.check(op);
    return verifier.result().problems.map(({ index, code }) => [index, code] as const);
  };
  assert.deepEqual(problemsOf(stored), []);
  const broken = (third.sig ?? new Uint8Array(64)).map((byte, at) => (at === 40 ? byte ^ 1 : byte));
  const bad = { bytes: third.bytes, sig: broken as Signature };
  assert.deepEqual(problemsOf([first, second, bad]), [[2, "op/signature-invalid"]]);
  const bare = [first, second, { bytes: third.bytes, sig: null }];
  assert.deepEqual(
    problemsOf(bare),
    [0, 1, 2].map((at) => [at, "op/unsigned"]),
  );
  assert.deepEqual(problemsOf([first, third]), [
    [1, "op/ancestor-refused"],
    [0, "op/unsigned"],
  ]);
  const flipped = first.bytes.map((byte, at) => (at === 0 ? 9 : byte));
  assert.equal(problemsOf([{ bytes: flipped, sig: null }])[0]?.[0], 0);
});
