/** Founding and joining, and each way in which they fail. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { listen } from "../adapters/ws-listener.ts";
import { anyPort, foundedFolder, newFolder, openFor } from "../api/testing/folders.ts";
import { createOrOpenFolder, openFolder } from "./identity.ts";
import { foundMesh } from "./found.ts";
import { joinMesh } from "./join.ts";
import type { JoinRequest } from "./join.ts";

const key = "cd".repeat(32);

async function join(dir: string, url: string, more: Partial<JoinRequest> = {}): Promise<unknown> {
  return await joinMesh({ dir, name: "joiner", url, token: null, key: null, ...more });
}

/** A listener that sends this challenge to whoever connects, or closes with this code. */
async function scripted(t: TestContext, answer: object | number): Promise<string> {
  const listener = await listen({
    ...{ ...anyPort, allowedOrigins: [], onDrop: () => undefined },
    onLink: (link) => {
      if (typeof answer === "number") link.close(answer, "");
      else link.send(JSON.stringify({ type: "challenge", nonce: key, ...answer }));
      const nothing = (): void => undefined;
      return { onFrame: nothing, onWritten: nothing, onPong: nothing, onClosed: nothing };
    },
  });
  t.after(() => listener.close());
  return listener.url;
}

test("a key file that holds another key than before is refused: key/invalid", (t) => {
  const dir = newFolder(t);
  foundMesh({ dir, name: "one" });
  const path = `${dir}/key`;
  const text = readFileSync(path, "latin1");
  const digit = text.at(-2) === "0" ? "1" : "0";
  writeFileSync(path, `${text.slice(0, -2)}${digit}\n`);
  assert.throws(() => openFolder(dir), { code: "key/invalid" });
  writeFileSync(path, text);
  openFolder(dir).close();
});

test("a mesh is founded once in a folder: folder/exists", (t) => {
  const dir = newFolder(t);
  const { mesh } = foundMesh({ dir, name: "one" });
  assert.throws(() => foundMesh({ dir, name: "two" }), { code: "folder/exists" });
  const folder = openFolder(dir);
  assert.deepEqual([folder.mesh, folder.store.facts().get("name")], [mesh, "one"]);
  folder.close();
});

test("[ID-5] [ID-6] the founder's first op names the nonce that yields the mesh id", async (t) => {
  const node = await openFor(t, foundedFolder(t));
  const [first] = [...node.ops()];
  assert.ok(first !== undefined);
  const [[kind, nonce, name]] = JSON.parse(first.body) as [[string, string, string]];
  assert.deepEqual([first.seq, first.author, kind, name], [1, node.id, "mesh", "test"]);
  const hash = createHash("sha256").update("towline/mesh/1\0");
  hash.update(Buffer.from(node.id, "hex")).update(Buffer.from(nonce, "hex"));
  assert.equal(node.mesh, hash.digest("hex"));
});

test("a folder without a node, and one that is open, are told apart", (t) => {
  const dir = newFolder(t);
  assert.throws(() => openFolder(dir), { code: "folder/not-initialized" });
  assert.equal(existsSync(dir), false, "looking makes nothing");
  const folder = createOrOpenFolder(dir);
  assert.throws(() => openFolder(dir), { code: "folder/in-use" });
  folder.close();
  openFolder(dir).close();
});

test("[AUTH-15] [AUTH-24] a node joins with a token, once, and keeps mesh and pin", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const { token, url } = await hub.invite();
  const dir = newFolder(t);
  const joined = await join(dir, url, { token, key: hub.id });
  const folder = openFolder(dir);
  assert.deepEqual(joined, {
    ...{ node: folder.signer.node, mesh: hub.mesh, listener: hub.id, url, wasMember: false },
  });
  assert.equal(folder.store.facts().get(`pin/${url}`), hub.id);
  folder.close();
  await assert.rejects(join(newFolder(t), url, { token }), { code: "join/not-admitted" });
  const again = (await join(dir, url)) as { readonly wasMember: boolean };
  assert.equal(again.wasMember, true, "a trusted key needs no token");
});

test("a text that cannot be a token is refused before anything is made: token/invalid", async (t) => {
  const dir = newFolder(t);
  await assert.rejects(join(dir, "ws://x/crdt-sync", { token: "short" }), {
    code: "token/invalid",
  });
  assert.equal(existsSync(dir), false);
});

test("a wrong token, and none, are join/not-admitted, and the folder stays without a mesh", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort });
  const dir = newFolder(t);
  for (const token of ["tow_this-one-is-wrong", null]) {
    await assert.rejects(join(dir, String(hub.url), { token }), { code: "join/not-admitted" });
  }
  const folder = openFolder(dir);
  assert.equal(folder.mesh, null);
  folder.close();
});

test("[AUTH-13] a folder of another mesh is join/other-mesh", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort, settings: { open: true } });
  const other = foundedFolder(t);
  await assert.rejects(join(other, String(hub.url)), { code: "join/other-mesh" });
});

test("[AUTH-18] another key than the invite's is join/pin-mismatch", async (t) => {
  const hub = await openFor(t, foundedFolder(t), { listen: anyPort, settings: { open: true } });
  const wrong = openFolder(foundedFolder(t));
  wrong.close();
  const attempt = join(newFolder(t), String(hub.url), { key: wrong.signer.node });
  await assert.rejects(attempt, { code: "join/pin-mismatch" });
});

test("[AUTH-14] a listener without a mesh is join/no-mesh", async (t) => {
  const url = await scripted(t, { node: key, mesh: null, versions: [2] });
  await assert.rejects(join(newFolder(t), url), { code: "join/no-mesh" });
});

test("[AUTH-20] the node itself at the other end is join/own-node", async (t) => {
  const dir = newFolder(t);
  const folder = createOrOpenFolder(dir);
  folder.close();
  const url = await scripted(t, { node: folder.signer.node, mesh: key, versions: [2] });
  await assert.rejects(join(dir, url), { code: "join/own-node" });
});

test("[AUTH-7] a listener of other versions is join/no-common-version", async (t) => {
  const url = await scripted(t, { node: key, mesh: key, versions: [9] });
  await assert.rejects(join(newFolder(t), url), { code: "join/no-common-version" });
});

test("a connection that ends early is join/interrupted", async (t) => {
  const url = await scripted(t, 1001);
  await assert.rejects(join(newFolder(t), url), { code: "join/interrupted" });
});

test("a URL that cannot be dialled, and a port where nobody is, have their own codes", async (t) => {
  const dir = newFolder(t);
  await assert.rejects(join(dir, "no url at all"), { code: "dial/url-invalid" });
  await assert.rejects(join(dir, "ws://127.0.0.1:1/crdt-sync"), { code: "dial/unreachable" });
});
