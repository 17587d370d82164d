/** A node whose ops lie in pages: all that reads the disk finds the same as before. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { openSqliteStore } from "../adapters/sqlite-store.ts";
import type { JsonObject } from "../base/json.ts";
import { drained } from "../base/testing/drained.ts";
import { adoptMesh } from "../node/found.ts";
import { createOrOpenFolder } from "../node/identity.ts";
import type { MeshId } from "../op/op.ts";
import { openNode } from "./open-node.ts";
import { foundedFolder, newFolder, openFor } from "./testing/folders.ts";
import type { Digest, LoggedOp } from "./types.ts";

interface Sealed {
  readonly dir: string;
  readonly before: { readonly digest: Digest; readonly ops: readonly LoggedOp[] };
}

/** Writes ops in small commits, and has the store make pages of them. */
async function sealedFolder(t: TestContext): Promise<Sealed> {
  const dir = foundedFolder(t);
  const before = await (async () => {
    await using node = await openNode({ dir, settings: { name: "alice" } });
    for (let round = 0; round < 30; round += 1) {
      const title = `${round} – ü`;
      await node.write(
        Array.from({ length: 100 }, (_, at) => [["set", `item-${at}`, "title", title]] as const),
      );
    }
    return { digest: node.digest(), ops: [...node.ops()] };
  })();
  const store = openSqliteStore(join(dir, "towline.db"));
  while (drained(store.seal()) !== null);
  assert.ok(store.pages().length >= 2);
  store.close();
  return { dir, before };
}

const withoutSig = ({ sig: _, ...op }: LoggedOp): Omit<LoggedOp, "sig"> => op;

test("a node opens from pages, and its log, history and digests are the same", async (t) => {
  const { dir, before } = await sealedFolder(t);
  const node = await openFor(t, dir);
  assert.deepEqual(node.digest(), before.digest);
  assert.deepEqual([...node.ops()].map(withoutSig), before.ops.map(withoutSig));
  const history = [...node.ops("item-7")].map(({ id }) => id);
  assert.deepEqual(
    history,
    before.ops.filter(({ body }) => body.includes('"item-7"')).map(({ id }) => id),
  );
});

test("verify checks every op of a page, and finds nothing wrong", async (t) => {
  const { dir, before } = await sealedFolder(t);
  const node = await openFor(t, dir);
  const { ops, problems, signatures } = await node.verify();
  assert.equal(ops, before.ops.length);
  assert.deepEqual(problems, []);
  assert.ok(signatures < 30);
});

test("an export of pages is taken back by a folder that knows nothing", async (t) => {
  const { dir, before } = await sealedFolder(t);
  const node = await openFor(t, dir);
  const lines = [...node.ops()].map(
    ({ id: _, ...op }) => JSON.parse(JSON.stringify(op)) as JsonObject,
  );
  const other = newFolder(t);
  const folder = createOrOpenFolder(other);
  adoptMesh(folder, { mesh: node.mesh as MeshId, name: "test", facts: [] });
  folder.close();
  const copy = await openFor(t, other);
  const { applied, refused } = await copy.importOps(lines);
  assert.deepEqual([applied, refused], [before.ops.length, []]);
  assert.deepEqual(copy.digest(), before.digest);
});
