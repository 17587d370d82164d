/** Five nodes as hub, chain and ring: they converge, then fall silent; cuts and clones included. */
import { test } from "node:test";
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { converged, founder, member, notes, opsOf, reopen, tempDir } from "../support/nodes.ts";
import { until, untilQuiet } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { Author } from "../support/wire-op.ts";
import { Relay } from "../support/relay.ts";
import { foundMesh } from "../../src/api/index.ts";
import type { TowlineNode } from "../../src/api/index.ts";

type Listening = TowlineNode & { readonly url: string };

/** Pairs of who dials whom, by index. */
const shapes: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  hub: [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
  ],
  chain: [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ],
  ring: [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
    [0, 4],
  ],
};

async function five(t: TestContext): Promise<readonly Listening[]> {
  const first = await founder(t, { open: true });
  const others = [];
  for (let at = 1; at < 5; at += 1) others.push(await member(t, first));
  return [first, ...others];
}

async function isLive(node: TowlineNode, url: string): Promise<void> {
  const row = (): unknown => node.peers().find((peer) => peer.url === url);
  await until(
    () => node.peers().some((peer) => peer.url === url && peer.state === "live"),
    () => `the connection is live: ${JSON.stringify(row())}`,
  );
}

for (const [name, edges] of Object.entries(shapes)) {
  test(`[PEER-1] [PEER-2] five nodes as ${name} converge and then fall silent`, async (t) => {
    const nodes = await five(t);
    // Each has something of its own before any connection.
    for (const [at, node] of nodes.entries()) await node.write(notes(`own-${at}`, 20));
    const relays: Relay[] = [];
    for (const [from, to] of edges) {
      const relay = await Relay.to(nodes[to]?.url ?? "");
      t.after(() => relay.close());
      relays.push(relay);
      nodes[from]?.addRendezvous(relay.url);
    }
    for (const [at, [from]] of edges.entries()) {
      const node = nodes[from];
      if (node !== undefined) await isLive(node, relays[at]?.url ?? "");
    }
    await converged(nodes, 101);
    const before = relays.map(({ frames, pages }) => ({ frames, pages }));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        nodes.map(async (node, at) => await node.write([[["note", `live-${at}`, String(round)]]])),
      );
    }
    await converged(nodes, 151);
    const frames = (): number => relays.reduce((sum, relay) => sum + relay.frames, 0);
    await untilQuiet(frames);
    const pages = relays.map((relay, at) => relay.pages - (before[at]?.pages ?? 0));
    // 50 ops cross each connection of a tree once; in a ring at most twice, once each way.
    const most = name === "ring" ? 100 : 50;
    for (const count of pages) assert.ok(count <= most, `pages on each: ${pages.join(" ")}`);
    const sent = relays.map((relay, at) => relay.frames - (before[at]?.frames ?? 0));
    // Each commit of both ends is acknowledged once at most.
    for (const count of sent) assert.ok(count <= 150, `frames on each: ${sent.join(" ")}`);
  });
}

test("[SYN-3] [PEER-8] after a cut both sides write on, reconnect and converge", async (t) => {
  const hub = await founder(t, { open: true });
  const node = await member(t, hub);
  const relay = await Relay.to(hub.url);
  t.after(() => relay.close());
  node.addRendezvous(relay.url);
  await isLive(node, relay.url);
  await converged([hub, node]);
  relay.cut();
  await until(() => !hub.peers().some((row) => row.state === "live"), "the hub noticed");
  await hub.write(notes("hub", 50));
  await node.write(notes("node", 50));
  relay.heal();
  await converged([hub, node], 101);
});

test("[LOG-23] [LOG-16] two clones of one folder fork, show it, and go on as one", async (t) => {
  const [dir, copies] = [tempDir(t), tempDir(t)];
  foundMesh({ dir, name: "cloned" });
  const copy = join(copies, "copy");
  cpSync(dir, copy, { recursive: true });
  const [one, two] = [await reopen(t, dir), await reopen(t, copy)];
  assert.equal(one.id, two.id);
  await one.write(notes("one", 3));
  await two.write(notes("two", 5));
  const founded = opsOf(one)[0]?.id;
  // A third party carries the ops of each to the other: the nodes themselves share a key.
  for (const [to, from] of [
    [one, two],
    [two, one],
  ] as const) {
    const { applied } = await to.importOps(
      [...from.ops()].filter(({ id }) => id !== founded).map((op) => ({ ...op })),
    );
    assert.ok(applied > 0, "the other branch was applied");
    assert.equal(to.status().forks[0]?.isOwn, true);
  }
  assert.deepEqual(one.digest(), two.digest());
  const [next] = await one.write([[["note", "i", "above"]]]);
  const all = opsOf(one);
  const last = all.find(({ id }) => id === next);
  const top = Math.max(...all.filter(({ id }) => id !== next).map(({ op }) => op.lamport));
  assert.equal(last?.op.lamport, top + 1);
  assert.equal(all.find(({ id }) => id === last.op.prev)?.op.lamport, top);
});

test("[AUTH-20] [PEER-9] a clone that dials its original is sent away, others are not", async (t) => {
  const [dir, copies] = [tempDir(t), tempDir(t)];
  foundMesh({ dir, name: "cloned" });
  const copy = join(copies, "copy");
  cpSync(dir, copy, { recursive: true });
  const [one, two] = [await reopen(t, dir, { settings: { open: true } }), await reopen(t, copy)];
  const peer = await greet({ url: one.url });
  two.addRendezvous(one.url);
  await until(() => two.peers().some((row) => row.failures === 1), "the clone was sent away");
  const [id] = await one.write([[["note", "i", ""]]]);
  await peer.gotOp(String(id));
});

test("[PEER-3] what a peer has heard of is on disk: the folder, copied at once, has it", async (t) => {
  const dir = tempDir(t);
  foundMesh({ dir, name: "durable" });
  const node = await reopen(t, dir, { settings: { open: true } });
  const [writer, reader] = [
    await greet({ url: node.url }),
    await connect({ url: node.url, version: 1 }),
  ];
  const author = new Author(node.mesh);
  const copies = tempDir(t);
  for (let at = 0; at < 3; at += 1) {
    const op = author.write([["new", `item-${at}`, {}]]);
    writer.sendLive(op);
    await reader.gotOp(op.id);
    const copy = join(copies, String(at));
    cpSync(dir, copy, { recursive: true, filter: (path) => !path.endsWith(".lock") });
    const revived = await reopen(t, copy);
    assert.equal(revived.itemState(`item-${at}`), "live");
    await revived.close();
  }
});
