/** Forks and ops that wait: where a count says too little, and what is then sent again. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder, opsOf } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireStateDigest } from "../support/wire-fold.ts";
import { Author } from "../support/wire-op.ts";
import type { MadeOp } from "../support/wire-op.ts";

/** Two branches of one author behind three common ops. */
function branches(mesh: string): {
  readonly author: Author;
  readonly common: readonly MadeOp[];
  readonly left: readonly MadeOp[];
  readonly right: readonly MadeOp[];
} {
  const author = new Author(mesh);
  const common = author.writeMany(3, "common");
  const other = author.fork();
  return { author, common, left: author.writeMany(2, "left"), right: other.writeMany(4, "right") };
}

const idsOf = (ops: readonly MadeOp[]): readonly string[] => ops.map(({ id }) => id);

test("[LOG-16] both branches of a fork are applied and shown with both ops", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const { author, common, left, right } = branches(node.mesh);
  peer.sendBulk([...common, ...left, ...right]);
  await until(() => node.status().ops === 10, "all were applied");
  const [fork] = node.status().forks;
  assert.equal(fork?.author, author.key.id);
  assert.equal(fork.seq, 4);
  assert.deepEqual([...fork.ops].sort(), [left[0]?.id, right[0]?.id].sort());
});

test("[SYN-2] [LOG-18] a forked author is left out of the clock", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const { common, left, right } = branches(node.mesh);
  peer.sendBulk([...common, ...left, ...right]);
  await until(() => node.status().ops === 10, "all were applied");
  const next = await connect({ url: node.url });
  const { json } = await next.take("clock");
  assert.deepEqual(json["clock"], { [node.id]: 1 });
});

test("[SYN-11] [LOG-20] of a forked author every op is sent, whatever the clock says", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const { author, common, left, right } = branches(node.mesh);
  peer.sendBulk([...common, ...left, ...right]);
  await until(() => node.status().ops === 10, "all were applied");
  for (const count of [0, 5, 9, 1_000]) {
    const next = await greet({ url: node.url, clock: { [node.id]: 1, [author.key.id]: count } });
    assert.deepEqual([...next.ops.keys()].sort(), idsOf([...common, ...left, ...right]).toSorted());
    assert.deepEqual(next.faults, []);
    next.ops.clear();
    next.sendClock({ [node.id]: 1, [author.key.id]: count });
    await until(() => next.ops.size === 9, "a later clock is answered likewise");
    await next.hangUp();
  }
});

test("[SYN-12] who learns of a fork sends each peer every op that it did not get from it", async (t) => {
  const node = await founder(t, { open: true });
  const { common, left, right } = branches(node.mesh);
  const one = await greet({ url: node.url });
  one.sendBulk([...common, ...left]);
  await until(() => node.status().ops === 6, "one branch is there");
  // A reader that has one branch, and a writer whose clock makes the branches look equal.
  const reader = await greet({ url: node.url });
  const two = await greet({
    url: node.url,
    clock: { [node.id]: 1, [common[0]?.op.author ?? ""]: 7 },
  });
  assert.equal(two.ops.size, 0);
  for (const { id } of opsOf(node)) two.known.add(id);
  two.sendBulk(right);
  for (const { id } of [...left, ...common]) await two.gotOp(id);
  for (const { id } of right) await one.gotOp(id);
  for (const { id } of right) await reader.gotOp(id);
  const [marker] = await node.write([[["note", "marker", ""]]]);
  for (const peer of [one, two, reader]) await peer.gotOp(String(marker));
  for (const { id } of [...common, ...left]) {
    assert.equal(one.copies.get(id), undefined, "not to the peer that it came from");
    assert.equal(reader.copies.get(id), 2, "and again to the one that had it");
  }
  for (const { id } of right) assert.equal(two.copies.get(id), undefined);
  assert.deepEqual([...one.faults, ...two.faults, ...reader.faults], []);
  assert.equal(wireStateDigest(reader.ops.values()), node.digest().state);
});

test("[SYN-13] an op that waits makes the node ask again, its author left out", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const { author, common, left, right } = branches(node.mesh);
  peer.sendBulk([...common, ...left]);
  await until(() => node.status().ops === 6, "one branch is there");
  const clocks = peer.of("clock").length;
  // Its prev is on the branch that the node lacks.
  peer.sendLive(right[1] as MadeOp);
  await until(() => peer.of("clock").length > clocks, "a clock came again");
  const clock = peer.of("clock").at(-1)?.json["clock"] as Record<string, number>;
  assert.equal(clock[author.key.id], undefined);
  peer.sendLive(right[2] as MadeOp);
  peer.sendLive(right[3] as MadeOp);
  await until(() => node.status().pending === 3, "all three wait");
  await peer.roundTrip();
  assert.equal(peer.of("clock").length, clocks + 1, "not again within 10 s");
  peer.sendBulk([right[0] as MadeOp]);
  await until(() => node.status().ops === 10, "all were applied");
  assert.equal(node.status().pending, 0);
});

test("[SYN-13] [LOG-11] an op that waits for another author's is applied when that comes", async (t) => {
  const node = await founder(t, { open: true });
  const [one, two] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const [base, next] = [new Author(node.mesh), new Author(node.mesh)];
  const deps = [base.write([["new", "base", {}]])];
  const op = next.write([["set", "base", "title", "above"]], { deps });
  one.sendLive(op);
  await until(() => node.status().pending === 1, "it waits");
  assert.equal(two.ops.has(op.id), false);
  await until(() => one.of("clock").length === 2, "the sender is asked");
  two.sendLive(deps[0] as MadeOp);
  await two.gotOp(op.id);
  await one.gotOp(deps[0]?.id ?? "");
  assert.equal(one.copies.get(op.id), undefined, "the waiting op came from there");
  assert.deepEqual([...one.faults, ...two.faults], []);
  assert.equal(node.item("base")?.fields["title"], "above");
});

test("[SYN-13] before the peer's ready nothing is asked again", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await connect({ url: node.url });
  peer.sendClock();
  const [first, second] = new Author(node.mesh).writeMany(2, "i");
  peer.sendBulk([second as MadeOp]);
  await until(() => node.status().pending === 1, "it waits");
  await peer.take("ready");
  await peer.roundTrip();
  assert.equal(peer.of("clock").length, 1);
  peer.sendBulk([first as MadeOp]);
  peer.sendReady();
  await until(() => node.status().ops === 3, "both were applied");
});

test("[LOG-22] an op that follows a fork names the heads of both branches", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const { common, left, right } = branches(node.mesh);
  peer.sendBulk([...common, ...left, ...right]);
  await until(() => node.status().ops === 10, "all were applied");
  const [id] = await node.write([[["note", "i", "above"]]]);
  await peer.gotOp(String(id));
  const { op } = peer.ops.get(String(id)) as MadeOp;
  assert.deepEqual([...op.deps], [left.at(-1)?.id ?? "", right.at(-1)?.id ?? ""].sort());
  assert.equal(op.lamport, 8);
  assert.deepEqual(peer.faults, []);
});
