/** Real processes: joining, SIGTERM, kill -9 in the middle of an import, one process per folder. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/nodes.ts";
import { Program, run, up } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { connect, greet, refusal } from "../support/wire-client.ts";
import { wireOpsDigest, wireStateDigest } from "../support/wire-fold.ts";
import { Author, made, wireKey } from "../support/wire-op.ts";
import type { WireOp } from "../support/wire-op.ts";

test("[AUTH-21] [AUTH-24] a second node joins with what invite printed, and both converge", async (t) => {
  const [one, two] = [join(tempDir(t), "one"), join(tempDir(t), "two")];
  const { mesh } = await run(t, ["init", "--dir", one]);
  const hub = await up(t, one);
  assert.equal(hub.mesh, mesh);
  assert.equal((await refusal({ url: hub.url })).code, 4401);
  const invite = await run(t, ["invite", "--dir", one]);
  await run(t, ["add", "from one", "--dir", one]);
  const token = String(invite["token"]);
  await run(t, ["join", hub.url, "--token", token, "--key", hub.node, "--dir", two]);
  assert.equal((await refusal({ url: hub.url, token })).code, 4401);
  const other = await up(t, two, ["--rendezvous", hub.url]);
  // What one prints as an invite lets an outsider watch.
  const watch = await run(t, ["invite", "--dir", one]);
  const peer = await greet({ url: hub.url, token: String(watch["token"]) });
  const before = peer.ops.size;
  await run(t, ["add", "from two", "--dir", two]);
  await until(() => peer.ops.size === before + 1, "the op came through the hub");
  const digests = [await run(t, ["digest", "--dir", one]), await run(t, ["digest", "--dir", two])];
  assert.deepEqual(digests[0], digests[1]);
  assert.equal(digests[0]?.["ops"], wireOpsDigest(peer.ops.values()));
  assert.equal(digests[0]["state"], wireStateDigest(peer.ops.values()));
  const peers = (await run(t, ["peers", "--dir", one])) as unknown as readonly {
    readonly node: string;
    readonly trusted: boolean;
  }[];
  assert.equal(peers.find(({ node }) => node === other.node)?.trusted, true);
  const lines = new Program(t, ["export", "--dir", one]);
  const { stdout } = await lines.ended();
  const exported = stdout.trim().split("\n");
  const ops = exported.map((line) => made(hub.mesh, JSON.parse(line) as WireOp));
  assert.equal(wireOpsDigest(ops), digests[0]["ops"]);
  assert.deepEqual(peer.faults, []);
});

test("[CON-10] SIGTERM ends a node with 0 within 5 s, and its peers with 1001", async (t) => {
  const dir = join(tempDir(t), "node");
  await run(t, ["init", "--dir", dir]);
  const node = await up(t, dir, ["--open"]);
  const peers = [
    await greet({ url: node.url }),
    await connect({ url: node.url, version: 1 }),
    // One that will not read its close frame must not keep the node.
    await greet({ url: node.url }),
  ];
  peers[2]?.ws.pause();
  node.program.child.kill("SIGTERM");
  const { code } = await node.program.ended(5_000);
  assert.equal(code, 0, node.program.stderr);
  for (const peer of peers.slice(0, 2)) assert.equal((await peer.ended()).code, 1001);
});

test("a second process on the folder is refused, and the first goes on", async (t) => {
  const dir = join(tempDir(t), "node");
  await run(t, ["init", "--dir", dir]);
  const node = await up(t, dir, ["--open"]);
  const second = await new Program(t, ["up", "--dir", dir, "--port", "0", "--json"]).ended();
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, /folder\/in-use/u);
  assert.equal(second.stdout, "");
  const peer = await greet({ url: node.url });
  assert.equal(peer.ops.size, 1);
});

test("[PEER-3] [LOG-12] kill -9 in the middle of an import loses nothing that was told", async (t) => {
  const folder = tempDir(t);
  const [dir, file] = [join(folder, "node"), join(folder, "ops.jsonl")];
  const { mesh } = await run(t, ["init", "--dir", dir]);
  const author = new Author(String(mesh));
  const ops = author.writeMany(6_000, "imported");
  writeFileSync(file, ops.map(({ op }) => `${JSON.stringify(op)}\n`).join(""));
  const node = await up(t, dir, ["--open"]);
  const [reader, writer] = [await greet({ url: node.url }), await greet({ url: node.url })];
  new Program(t, ["import", file, "--dir", dir, "--json"]);
  // Ops of a peer come at the same time.
  const live = new Author(node.mesh);
  writer.sendLive(live.write([["new", "first", {}]]));
  await until(() => reader.ops.size > 500, "a part of the import was told", 30_000);
  node.program.child.kill("SIGKILL");
  await node.program.ended();
  const told = new Map(reader.ops);
  const again = await up(t, dir, ["--open"]);
  const witness = await greet({ url: again.url });
  for (const id of told.keys()) assert.ok(witness.ops.has(id), `${id} was told and is lost`);
  await run(t, ["import", file, "--dir", dir]);
  await until(() => ops.every(({ id }) => witness.ops.has(id)), "the rest came", 30_000);
  const digest = await run(t, ["digest", "--dir", dir]);
  assert.equal(digest["ops"], wireOpsDigest(witness.ops.values()));
  assert.equal(digest["state"], wireStateDigest(witness.ops.values()));
  assert.deepEqual([...reader.faults, ...witness.faults], []);
  again.program.child.kill("SIGTERM");
  assert.equal((await again.program.ended()).code, 0);
  await run(t, ["verify", "--dir", dir]);
});

test("[AUTH-22] [ID-8] neither a token's text nor a bearer reaches disk or logs", async (t) => {
  const dir = join(tempDir(t), "node");
  await run(t, ["init", "--dir", dir]);
  const node = await up(t, dir, ["--debug"]);
  const { token } = await run(t, ["invite", "--dir", dir]);
  const canary = "canary-0123456789-canary";
  const url = `${node.url}?token=${canary}`;
  await assert.rejects(connect({ url }), /HTTP 400/u);
  const headers = { authorization: `Bearer ${canary}` };
  assert.equal((await refusal({ url: node.url, headers })).code, 4401);
  await greet({ url: node.url, key: wireKey(), token: String(token) });
  node.program.child.kill("SIGTERM");
  const { stdout, stderr } = await node.program.ended();
  const kept = ["towline.db"].map((name) => readFileSync(join(dir, name)).toString("latin1"));
  for (const text of [stdout, stderr, ...kept]) {
    assert.equal(text.includes(canary), false);
    assert.equal(text.includes(String(token)), false);
  }
});
