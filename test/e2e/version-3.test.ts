/** Real nodes and a version 3 peer that an outsider wrote from docs/PROTOCOL.md alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { founder, notes, opsOf } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, greet } from "../support/wire-client.ts";
import { wireOpsDigest, wireStateDigest } from "../support/wire-fold.ts";
import { Author } from "../support/wire-op.ts";
import type { MadeOp } from "../support/wire-op.ts";
import { wireFrontierDigest, wireFrontierOf } from "../support/wire-3.ts";
import { hail3, join3 } from "../support/wire-peer-3.ts";
import { readPage3, writePage3 } from "../support/wire-page.ts";

const idsOf = (ops: readonly MadeOp[]): readonly string[] => ops.map(({ id }) => id);
const withoutSig = ({ id, op }: MadeOp): MadeOp => ({ id, op: { ...op, sig: null } });

/** Only the last op of these keeps its signature. */
function asRun(ops: readonly MadeOp[]): readonly MadeOp[] {
  return ops.map((op, at) => (at === ops.length - 1 ? op : withoutSig(op)));
}

test("[V3-5] [V3-9] [V3-35] [V3-40] a newcomer gets everything in pages", async (t) => {
  const node = await founder(t, { open: true });
  for (let at = 0; at < 3; at += 1) await node.write(notes(`item-${at}`, 700));
  const peer = await join3({ url: node.url });
  assert.equal(peer.has.size, 2_101);
  assert.deepEqual(peer.faults, []);
  const [hello] = peer.all("hello");
  assert.equal(hello?.digest, wireFrontierDigest(wireFrontierOf(opsOf(node))));
  assert.equal(peer.all("outlook")[0]?.ops, 2_101);
  assert.equal(wireStateDigest(peer.has.values()), node.digest().state);
  assert.equal(wireOpsDigest(peer.has.values()), node.digest().ops);
  const bytes = peer.all("page").reduce((sum, page) => sum + page.bytes.length, 0);
  assert.ok(bytes < 150 * 2_101, `${bytes} bytes of pages`);
  assert.deepEqual(wireFrontierOf(peer.has.values()), peer.stated);
});

test("[V3-39] as few signatures are sent as the length of runs allows", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await join3({ url: node.url });
  // A peer of version 2 signs each op that it streams.
  const old = await greet({ url: node.url });
  const ops = new Author(node.mesh).writeMany(600, "signed");
  old.sendBulk(ops);
  await peer.got(idsOf(ops));
  const later = await join3({ url: node.url });
  const pages = later.all("page").flatMap(({ bytes }) => readPage3(node.mesh, bytes));
  const signed = pages.filter(({ op }) => op.sig !== null);
  assert.equal(pages.length, 601);
  assert.ok(signed.length <= 8, `${signed.length} signatures`);
  assert.deepEqual([...peer.faults, ...later.faults], []);
});

test("[V3-35] [V3-37] [V3-38] ops of a stranger's page are applied, packed or not", async (t) => {
  const node = await founder(t, { open: true });
  const [reader, peer] = [await greet({ url: node.url }), await join3({ url: node.url })];
  const [one, two] = [new Author(node.mesh), new Author(node.mesh)];
  const first = one.write([["new", "it", { title: "naïve" }]]);
  const reply = two.write([["note", "it", "seen"]], { deps: [first] });
  const others = one.writeMany(20, "it", true);
  peer.sendPage([withoutSig(first), reply, ...others], { isPacked: false });
  const more = two.writeMany(300, "it");
  peer.sendPage(asRun(more.slice(0, 200)), { isPacked: true });
  peer.sendPage(asRun(more.slice(200)), { isPacked: true });
  await until(
    () => node.status().ops === 323,
    () => `all were applied: ${node.status().ops}`,
  );
  assert.equal(node.item("it")?.fields["title"], "naïve");
  for (const { id } of [first, reply, ...others, ...more]) await reader.gotOp(id);
  assert.deepEqual(reader.faults, []);
  const known = [...opsOf(node)];
  assert.equal(node.digest().state, wireStateDigest(known));
});

test("[V3-8] equal frontiers cost under 200 bytes each way and no frontier frame", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(notes("item", 1_000));
  const ops = opsOf(node);
  const peer = await join3({ url: node.url, ops });
  await peer.peer.roundTrip();
  const types = peer.frames.map(({ type }) => type).filter((type) => type !== "beat");
  assert.deepEqual(types, ["hello", "ready"]);
  // A sign of life says who is there, whatever either side has.
  const beats = peer.all("beat").reduce((sum, { bytes }) => sum + 1 + bytes.length, 0);
  const bytesIn = peer.bytesIn - beats;
  assert.ok(bytesIn < 200 && peer.bytesOut < 200, `${bytesIn} ${peer.bytesOut}`);
  const [id] = await node.write([[["note", "item", "streams"]]]);
  await peer.got([String(id)]);
  assert.deepEqual(peer.faults, []);
});

test("[V3-1] [V3-3] unknown tags and texts are ignored, in each phase", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await hail3({ url: node.url });
  const unknown = (): void => {
    for (const tag of [0, 10, 77, 123, 255]) peer.send(Buffer.from([tag, 1, 2, 3]));
    peer.peer.send({ type: "later", ops: 5 });
  };
  unknown();
  await peer.frame("ready");
  unknown();
  peer.send({ type: "ready" });
  unknown();
  const op = new Author(node.mesh).write([["new", "after", {}]]);
  peer.sendPage([op]);
  await peer.acknowledged(op);
  assert.equal(peer.peer.end, null);
});

interface Vector {
  readonly name: string;
  readonly frame?: string;
  readonly why?: string;
  readonly ops?: unknown;
}

function vectorsOf(name: string): readonly Vector[] {
  const path = join(import.meta.dirname, "../vectors", name);
  return (JSON.parse(readFileSync(path, "utf8")) as { vectors: readonly Vector[] }).vectors;
}

test("[V3-2] [V3-36] each malformed frame and page closes with 4400, and nothing else", async (t) => {
  const node = await founder(t, { open: true });
  const witness = await join3({ url: node.url });
  const broken = [
    ...vectorsOf("paging-3.json").filter(({ why }) => why !== undefined),
    ...vectorsOf("pages-3.json").filter(({ ops }) => ops === undefined),
    { name: "a locator of 1,025 ops", frame: locatorOf(1_025) },
    { name: "an op count of a page that is cut", frame: "0300ff" },
  ].filter(({ name }) => name !== "another frame type");
  assert.ok(broken.length > 60);
  await Promise.all(
    broken.map(async ({ name, frame = "" }) => {
      const peer = await join3({ url: node.url });
      peer.send(Buffer.from(frame, "hex"));
      assert.equal((await peer.peer.ended()).code, 4400, name);
    }),
  );
  assert.equal(node.status().ops, 1);
  const op = new Author(node.mesh).write([["new", "unharmed", {}]]);
  witness.sendPage([op]);
  await witness.acknowledged(op);
  const most = await join3({ url: node.url });
  most.send(Buffer.from(locatorOf(1_024), "hex"));
  await most.peer.roundTrip();
  assert.equal(most.peer.end, null, "1,024 are allowed");
});

/** A locator of the founder's key of the vectors, with so many ops that nobody knows. */
function locatorOf(count: number): string {
  const author = "2db48710902ae8efabe8771289800560e465d27a4f44f5b54c994cc2b10866d8";
  const length = Buffer.from([(count % 128) + 128, Math.floor(count / 128)]).toString("hex");
  return `07${author}${length}${`01${"ab".repeat(32)}`.repeat(count)}`;
}

test("[V3-4] what comes before hello, and a second hello, close with 4400", async (t) => {
  const node = await founder(t, { open: true });
  const op = new Author(node.mesh).write([["new", "early", {}]]);
  for (const frame of [Buffer.of(4), Buffer.of(8), Buffer.of(5, 1), writePage3([op])]) {
    const peer = await connect({ url: node.url, version: 3 });
    peer.send(frame);
    assert.equal((await peer.ended()).code, 4400);
  }
  const again = await join3({ url: node.url });
  again.sayHello();
  assert.equal((await again.peer.ended()).code, 4400);
  assert.equal(node.item("early"), null);
});

test("[V3-3] [ONE-2] a text bulk as the first frame is answered with a full dump", async (t) => {
  const node = await founder(t, { open: true });
  await node.write(notes("item", 50));
  const peer = await connect({ url: node.url, version: 3 });
  const op = new Author(node.mesh).write([["new", "dumped", {}]]);
  peer.sendBulk([op]);
  await until(() => node.item("dumped"), "it was applied");
  await until(() => peer.ops.size === 51, "all came as bulk");
  peer.isVersion3 = false;
  const [id] = await node.write([[["note", "item", "streams"]]]);
  await peer.gotOp(String(id));
  assert.deepEqual(peer.faults, []);
});

test("[V3-41] a page that comes with the hello, before any statement, is taken", async (t) => {
  const node = await founder(t, { open: true });
  const op = new Author(node.mesh).write([["new", "early", {}]]);
  const peer = await hail3({ url: node.url });
  peer.sendPage([op]);
  await peer.acknowledged(op);
  assert.deepEqual(peer.faults, []);
});
