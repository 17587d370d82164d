/** Version 2 as an outsider sees it: clocks, deltas, held-back ops, live frames, later clocks. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder, notes, opsOf, writeSingly } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireOpsDigest, wireStateDigest } from "../support/wire-fold.ts";
import { Author } from "../support/wire-op.ts";

test("[SYN-1] [SYN-2] [LOG-18] the clock comes unasked and counts each author's ops", async (t) => {
  const node = await founder(t, { open: true });
  const writer = await greet({ url: node.url });
  const [one, two] = [new Author(node.mesh), new Author(node.mesh)];
  const ops = [...one.writeMany(3, "a"), ...two.writeMany(5, "b")];
  writer.sendBulk(ops);
  await until(() => node.status().ops === 9, "all ops were applied");
  const peer = await connect({ url: node.url });
  const { json } = await peer.take("clock");
  assert.deepEqual(json["clock"], { [node.id]: 1, [one.key.id]: 3, [two.key.id]: 5 });
});

test("[SYN-2] [LOG-11] an op that waits is not in the clock", async (t) => {
  const node = await founder(t, { open: true });
  const writer = await greet({ url: node.url });
  const author = new Author(node.mesh);
  const [first, , third] = author.writeMany(3, "a");
  assert.ok(first !== undefined && third !== undefined, "three ops were made");
  writer.sendBulk([first, third]);
  await until(() => node.status().pending === 1, "the third op waits");
  const peer = await connect({ url: node.url });
  const { json } = await peer.take("clock");
  assert.deepEqual(json["clock"], { [node.id]: 1, [author.key.id]: 1 });
});

test("[SYN-3] [LOG-19] the delta is what the clock lacks, ancestors first, then ready", async (t) => {
  const node = await founder(t, { open: true });
  const writer = await greet({ url: node.url });
  const [one, two] = [new Author(node.mesh), new Author(node.mesh)];
  for (let at = 0; at < 20; at += 1) {
    const deps = two.head === null ? [] : [two.head];
    writer.sendLive(one.write([["note", "i", `one ${at}`]], { deps }));
    writer.sendLive(
      two.write([["note", "i", "two"]], one.head === null ? {} : { deps: [one.head] }),
    );
  }
  await until(() => node.status().ops === 41, "all ops were applied");
  const all = opsOf(node);
  const peer = await connect({ url: node.url });
  // It has half of one author's ops, and all that those build on.
  const clock = { [node.id]: 1, [one.key.id]: 10, [two.key.id]: 9 };
  const has = all.filter(({ op }) => op.seq <= (clock[op.author] ?? 0));
  for (const { id } of has) peer.known.add(id);
  peer.sendClock(clock);
  await peer.take("ready");
  assert.deepEqual(peer.faults, []);
  const missing = all.filter(({ id }) => !has.some((each) => each.id === id));
  assert.deepEqual([...peer.ops.keys()].sort(), missing.map(({ id }) => id).sort());
  assert.deepEqual(new Set(peer.copies.values()), new Set([1]));
});

test("[SYN-3] an empty delta is announced by ready alone", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url });
  peer.sendClock({ [node.id]: 1 });
  await peer.take("ready");
  const types = peer.frames.map(({ type }) => type);
  assert.deepEqual(types, ["challenge", "welcome", "clock", "ready"]);
});

test("[SYN-4] ops after the delta are held back until the peer's ready, then come in order", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url });
  peer.sendClock();
  await peer.take("ready");
  const before = peer.ops.size;
  const other = await greet({ url: node.url });
  const foreign = new Author(node.mesh).write([["new", "foreign", {}]]);
  await writeSingly(node, "held", 20);
  other.sendLive(foreign);
  await until(() => node.item("foreign"), "the foreign op was applied");
  await writeSingly(node, "held", 20);
  await peer.roundTrip();
  assert.equal(peer.ops.size, before, "nothing may come before our ready");
  peer.sendReady();
  await until(() => peer.ops.size === before + 41, "all came");
  const held = opsOf(node).slice(before);
  assert.deepEqual(
    [...peer.ops.keys()].slice(before),
    held.map(({ id }) => id),
  );
  assert.deepEqual(peer.faults, []);
});

test("[SYN-5] [LOG-21] an op of the node goes out at once, signed, in a binary frame", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1) ids.push(...(await node.write([[["note", "i", String(at)]]])));
  await peer.gotOp(ids.at(-1) ?? "");
  const live = peer.of("live");
  assert.equal(live.length, 5);
  for (const { json, isBinary } of live) {
    assert.equal(isBinary, true);
    assert.deepEqual(Object.keys(json).sort(), ["op", "v"]);
    const op = json["op"] as Readonly<Record<string, unknown>>;
    const members = "actor author body deps lamport prev seq sig time";
    assert.equal(Object.keys(op).sort().join(" "), members);
  }
  assert.deepEqual([...peer.ops.keys()].slice(-5), ids);
  assert.deepEqual(peer.faults, []);
});

test("[PEER-1] [PEER-2] an op is forwarded once to every peer but the one that sent it", async (t) => {
  const node = await founder(t, { open: true });
  const sender = await greet({ url: node.url });
  const others = [await greet({ url: node.url }), await greet({ url: node.url })];
  const old = await connect({ url: node.url, version: 1 });
  old.sendBulk([]);
  const author = new Author(node.mesh);
  const live = author.writeMany(5, "live");
  for (const op of live) sender.sendLive(op);
  const bulk = author.writeMany(5, "bulk");
  sender.sendBulk(bulk);
  const all = [...live, ...bulk];
  const last = all.at(-1)?.id ?? "";
  // What was known is neither applied nor forwarded again, whoever sends it.
  await others[0]?.gotOp(last);
  others[0]?.sendBulk(all);
  for (const op of all) others[1]?.sendLive(op);
  sender.sendBulk(all);
  const [marker] = await node.write([[["note", "marker", "last"]]]);
  for (const peer of [...others, old, sender]) await peer.gotOp(String(marker));
  for (const peer of [...others, old]) {
    assert.deepEqual(
      all.map(({ id }) => peer.copies.get(id)),
      all.map(() => 1),
    );
    assert.deepEqual(peer.faults, []);
  }
  for (const { id } of all) assert.equal(sender.copies.get(id), undefined, "no echo");
  assert.equal(node.status().ops, 12);
});

test("[LOG-12] [PEER-2] an op from two peers at once goes to a third once", async (t) => {
  const node = await founder(t, { open: true });
  const [left, right, third] = [
    await greet({ url: node.url }),
    await greet({ url: node.url }),
    await greet({ url: node.url }),
  ];
  const ops = new Author(node.mesh).writeMany(30, "twice");
  for (const op of ops) {
    left.sendLive(op);
    right.sendLive(op);
  }
  const [marker] = await (async () => {
    await until(() => node.status().ops === 31, "all were applied");
    return await node.write([[["note", "marker", ""]]]);
  })();
  for (const peer of [left, right, third]) await peer.gotOp(String(marker));
  for (const { id } of ops) assert.equal(third.copies.get(id), 1);
  assert.deepEqual(third.faults, []);
});

test("[SYN-6] [LOG-6] an op without its own signature goes out in a bulk, with its run", async (t) => {
  const node = await founder(t, { open: true });
  const [sender, other] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const run = new Author(node.mesh).writeMany(10, "run", true);
  sender.sendBulk(run);
  await other.gotOp(run.at(-1)?.id ?? "");
  assert.equal(other.of("live").length, 0);
  assert.deepEqual(
    run.map(({ id }) => other.ops.get(id)?.op.sig),
    run.map(({ op }) => op.sig),
  );
  assert.deepEqual(other.faults, []);
});

test("[SYN-7] bulks are taken before and after ready, with as many ops as they have", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url });
  const author = new Author(node.mesh);
  peer.sendClock();
  peer.sendBulk(author.writeMany(3, "before"));
  peer.sendBulk([]);
  await peer.take("ready");
  peer.sendBulk(author.writeMany(3, "while"));
  peer.sendReady();
  peer.sendBulk([]);
  peer.sendBulk(author.writeMany(300, "after"));
  await until(() => node.status().ops === 307, "all were applied");
  assert.equal(peer.end, null);
});

test("[SYN-14] [SYN-15] a later clock is answered with the missing ops, without ready", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(notes("i", 20));
  const peer = await greet({ url: node.url });
  const all = [...peer.ops.keys()];
  peer.ops.clear();
  peer.sendClock({ [node.id]: 15 });
  await until(() => peer.ops.size > 0, "ops came again");
  const [marker] = await node.write([[["note", "marker", ""]]]);
  await peer.gotOp(String(marker));
  assert.deepEqual([...peer.ops.keys()].sort(), [...all.slice(15), String(marker)].sort());
  assert.equal(peer.of("ready").length, 1);
  assert.equal(peer.of("clock").length, 1);
  // Nothing is missing: nothing is said.
  const frames = peer.frames.length;
  peer.sendClock({ [node.id]: 22 });
  await peer.roundTrip();
  assert.equal(peer.frames.length, frames);
  peer.sendClock({});
  await until(() => peer.copies.get(all[0] ?? "") === 2, "everything came again");
  assert.deepEqual(peer.faults, []);
});

test("[SYN-3] [DIG-1] [DIG-2] what an outsider folds from a delta has the node's digests", async (t) => {
  const node = await founder(t, { open: true });
  const writer = await greet({ url: node.url });
  const author = new Author(node.mesh);
  await node.write([
    [
      [
        "new",
        "b-1",
        { title: "é\u0000\ud83d\ude00", stage: "qa", priority: 1, x_odd: { b: 1, a: [] } },
      ],
    ],
    [
      ["add", "b-1", "labels", "z"],
      ["add", "b-1", "labels", "a"],
      ["inc", "b-1", "retries", 3],
    ],
    [
      ["new", "a.1", {}],
      ["note", "a.1", "second"],
      ["new", "gone", { title: "x" }],
    ],
    [
      ["del", "gone"],
      ["set", "b-1", "title", null],
    ],
  ]);
  await until(() => writer.ops.size === 5, "the writer has them");
  const [founded] = opsOf(node);
  assert.ok(founded !== undefined, "the founder's op is there");
  const adds = opsOf(node)[2];
  const rem = ["rem", "b-1", "labels", "z", [adds?.id]];
  writer.sendLive(author.write([rem, ["set", "b-1", "stage", "done"]], { deps: [founded] }));
  writer.sendLive(
    author.write([
      ["later", 5],
      ["set", "b-1", "unknown", 1],
      ["note", "a.1", "é"],
    ]),
  );
  writer.sendLive(
    author.write([
      ["add", "later", "labels", "x"],
      ["new", "later", { kind: 5 }],
    ]),
  );
  await until(() => node.status().ops === 8, "all were applied");
  const peer = await greet({ url: node.url });
  const digest = node.digest();
  assert.equal(wireOpsDigest(peer.ops.values()), digest.ops);
  assert.equal(wireStateDigest(peer.ops.values()), digest.state);
  assert.deepEqual(peer.faults, []);
});
