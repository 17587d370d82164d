/** Ops that an honest node must refuse, and that it refuses nothing else with them. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { founder } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { greet } from "../support/wire-client.ts";
import type { MadeOp, WireOp } from "../support/wire-op.ts";
import { Author, made, wireKey } from "../support/wire-op.ts";

const zeros = "0".repeat(64);
const wrongSig = "0".repeat(128);

/** Ops that are wrong by themselves, each by another author. */
function wrongOps(mesh: string): readonly (readonly [name: string, op: unknown])[] {
  const make = (change: Partial<WireOp>, changes: readonly (readonly unknown[])[] = []): WireOp =>
    new Author(mesh).write(changes, { change }).op;
  const good = make({});
  const { author: _, ...missing } = good;
  return [
    ["an empty object", {}],
    ["a missing member", missing],
    ["a wrong signature", { ...good, sig: wrongSig }],
    ["no signature", { ...good, sig: null }],
    ["a signature of another op", { ...good, body: '[["note","i","x"]]' }],
    ["another author", { ...good, author: wireKey().id }],
    ["upper case", { ...good, author: good.author.toUpperCase() }],
    ["seq as text", { ...good, seq: "1" }],
    ["seq 0", make({ seq: 0 })],
    ["seq 1 with a prev", make({ prev: "ab".repeat(32) })],
    ["seq 2 without one", make({ seq: 2 })],
    ["lamport 2 without ancestors", make({ lamport: 2 })],
    ["the greatest lamport", make({ lamport: Number.MAX_SAFE_INTEGER })],
    ["a body with a space", make({ body: "[] " })],
    ["a body that is no array", make({ body: "{}" })],
    ["a body with a wrong stage", make({}, [["set", "i", "stage", "nowhere"]])],
    ["a mesh change of a stranger", make({}, [["mesh", zeros, "mine"]])],
    ["an actor of 129 bytes", make({ actor: "x".repeat(129) })],
    ["a dep on itself twice", make({ deps: [zeros, zeros] })],
    ["a weak author", { ...good, author: `01${"00".repeat(31)}`, sig: `01${"00".repeat(63)}` }],
    ["members of a prototype", JSON.parse('{"__proto__":{"author":"x"},"constructor":5}')],
  ];
}

test("[SYN-10] [PEER-7] each wrong op is refused and counted, the rest of its frame applied", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const witness = await greet({ url: node.url });
  let expected = 1;
  for (const [name, op] of wrongOps(node.mesh)) {
    const before = node.status().rejected;
    const [left, right] = [new Author(node.mesh), new Author(node.mesh)];
    const good = [left.write([]), right.write([])];
    peer.send({ type: "bulk", ops: [good[0]?.op, op, good[1]?.op] });
    expected += 2;
    await until(() => node.status().ops === expected, `the others were applied: ${name}`);
    await until(() => node.status().rejected === before + 1, `${name} was refused`);
    assert.equal(peer.end, null, name);
    peer.send(Buffer.from(JSON.stringify({ v: 1, op })));
    await until(() => node.status().rejected === before + 2, `${name} was refused live`);
  }
  const last = node.status().rejections.at(-1);
  assert.equal(last?.from, node.peers()[0]?.node);
  const [marker] = await node.write([[["note", "marker", ""]]]);
  await witness.gotOp(String(marker));
  assert.deepEqual(witness.faults, []);
  assert.equal(witness.ops.size, node.status().ops);
  assert.equal(({} as Record<string, unknown>)["author"], undefined);
});

test("[LOG-13] [LOG-14] [LOG-5] of a chain with a fault the ops before it stay, those after go", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  for (const at of [0, 1, 7]) {
    const author = new Author(node.mesh);
    const ops = Array.from({ length: 10 }, (_, index) =>
      author.write([index === at ? ["set", "i", "stage", "nowhere"] : ["note", "i", "x"]]),
    );
    const before = node.status();
    peer.sendBulk(ops);
    const isDone = (): boolean => node.status().rejected === before.rejected + 10 - at;
    await until(isDone, () => `ops from ${at} on are refused: ${JSON.stringify(node.status())}`);
    assert.equal(node.status().ops, before.ops + at);
    assert.equal(node.status().pending, 0);
    // Sent again they are refused again and do not wait.
    peer.sendBulk(ops.slice(at));
    await until(() => node.status().rejected === before.rejected + 20 - 2 * at, "again");
  }
});

test("[LOG-10] an unsigned op that nothing in its frame vouches for is refused, not kept", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const author = new Author(node.mesh);
  const run = author.writeMany(4, "run", true);
  peer.sendBulk(run.slice(0, 3));
  await until(() => node.status().rejected === 3, "the three are refused");
  assert.equal(node.status().pending, 0);
  peer.sendBulk(run.slice(3));
  await until(() => node.status().pending === 1, "the signed one waits for them");
  // With the one that vouches they are as good as any.
  peer.sendBulk(run);
  await until(() => node.status().ops === 5, "all were applied");
  assert.equal(node.status().pending, 0);
});

test("[LOG-9] [LOG-15] a signature that does not verify counts as none and is not passed on", async (t) => {
  const node = await founder(t, { open: true });
  const [peer, other] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const [first, second] = new Author(node.mesh).writeMany(2, "run");
  assert.ok(first !== undefined && second !== undefined, "two ops were made");
  const broken: MadeOp = made(node.mesh, { ...first.op, sig: wrongSig });
  peer.sendBulk([broken, second]);
  await other.gotOp(second.id);
  assert.equal(other.ops.get(first.id)?.op.sig, null);
  assert.deepEqual(other.faults, []);
});

test("[LOG-8] a run of 256 ops is applied, one of 257 is refused", async (t) => {
  const node = await founder(t, { open: true });
  const [peer, other] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const longest = new Author(node.mesh).writeMany(256, "run", true);
  peer.sendBulk(longest);
  await until(() => node.status().ops === 257, "the longest run was applied");
  peer.sendBulk(new Author(node.mesh).writeMany(257, "run", true));
  await until(() => node.status().rejected > 0, "the longer one was refused");
  const [marker] = await node.write([[["note", "marker", ""]]]);
  await other.gotOp(String(marker));
  assert.equal(node.status().ops, 258);
  assert.equal(other.ops.size, 258);
  assert.deepEqual(other.faults, []);
});

test("[LOG-10] the order of the ops within a frame does not matter", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const run = new Author(node.mesh).writeMany(20, "run", true);
  peer.sendBulk([...run].reverse());
  await until(() => node.status().ops === 21, "all were applied");
  assert.equal(node.status().rejected, 0);
});

test("[LOG-25] what waits is bounded, counted, and comes again with a later sync", async (t) => {
  const node = await founder(t, { open: true });
  const [flood, honest] = [await greet({ url: node.url }), await greet({ url: node.url })];
  const author = new Author(node.mesh);
  const [first, ...others] = author.writeMany(2_500, "waits");
  assert.ok(first !== undefined, "there is a first op");
  for (let at = 0; at < others.length; at += 250) flood.sendBulk(others.slice(at, at + 250));
  const dropped = (): number => node.status().pendingDropped;
  const all = (): string => JSON.stringify({ ...node.status(), rejections: [] });
  await until(() => node.status().pending + dropped() >= others.length, all);
  assert.ok(node.status().pending <= 1_000, all());
  // The others of the node are not disturbed, and what waits elsewhere has room of its own.
  const [base, next] = [new Author(node.mesh), new Author(node.mesh)];
  const dep = base.write([["new", "base", {}]]);
  honest.sendBulk([next.write([["new", "next", {}]], { deps: [dep] })]);
  honest.sendBulk([dep]);
  await until(() => node.item("next"), "the honest peer's op was applied");
  honest.sendBulk([first]);
  await until(() => node.status().pending === 0, all);
  const again = await greet({ url: node.url });
  again.sendBulk([first, ...others]);
  await until(() => node.status().ops === 2_503, all);
  assert.equal(node.status().rejected, 0);
});
