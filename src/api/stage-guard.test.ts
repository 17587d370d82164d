/** Moves that a program writes, where nodes moved an item without knowing of one another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../base/json.ts";
import { adoptMesh } from "../node/found.ts";
import { createOrOpenFolder } from "../node/identity.ts";
import type { MeshId } from "../op/op.ts";
import { edit } from "../commands/edit.ts";
import { resolveConfig } from "../node/config.ts";
import { foundedFolder, newFolder, openFor } from "./testing/folders.ts";
import type { TowlineNode } from "./types.ts";

async function move(node: TowlineNode, stage: string): Promise<void> {
  const { config } = resolveConfig({ flags: {}, env: {}, dir: node.dir ?? "" });
  const edits = [{ kind: "assign", field: "stage", value: stage }] as const;
  const params = { item: "a", edits, actor: "kim", force: null };
  const signal = new AbortController().signal;
  const nowhere = { rows: () => Promise.resolve(), progress: () => undefined };
  await edit.run({ node, config, signal, ...nowhere }, { ...params, wait: null });
}

async function takeAll(to: TowlineNode, from: TowlineNode): Promise<void> {
  const lines = [...from.ops()].map(
    ({ id: _, ...op }) => JSON.parse(JSON.stringify(op)) as unknown,
  );
  await to.importOps(lines as readonly JsonObject[]);
}

test("[CLM-13] a conflict is settled for either side, though the rules lead from none to the other", async (t) => {
  const one = await openFor(t, foundedFolder(t));
  const dir = newFolder(t);
  const folder = createOrOpenFolder(dir);
  adoptMesh(folder, { mesh: one.mesh as MeshId, name: "other", facts: [] });
  folder.close();
  const other = await openFor(t, dir);
  await one.write([[["new", "a", { stage: "coding" }]]]);
  await takeAll(other, one);
  await move(one, "qa");
  await move(other, "done");
  await takeAll(one, other);
  assert.equal(one.work.board.conflict("a").length, 2);
  const shown = one.item("a")?.fields["stage"];
  await move(one, shown === "done" ? "qa" : "done");
  assert.notEqual(one.item("a")?.fields["stage"], shown);
  assert.deepEqual(one.work.board.conflict("a"), []);
});
