/** Looking back and taking back on a real node, by its commands. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { foundedFolder, openFor } from "../api/testing/folders.ts";
import type { ChangeTuple, OpId, TowlineNode } from "../api/types.ts";
import { historyPageMax } from "../base/limits.ts";
import { claim, done } from "./claim.ts";
import { blame, boardAt, changes, compare, history, moments } from "./history.ts";
import { show } from "./items.ts";
import { log } from "./ops.ts";
import { run } from "./testing/run.ts";
import { undo } from "./undo.ts";

async function opened(t: TestContext): Promise<TowlineNode> {
  return await openFor(t, foundedFolder(t), { settings: { name: "laptop" } });
}

async function write(node: TowlineNode, actor: string, ...body: ChangeTuple[]): Promise<OpId> {
  const [id] = await node.write([body], { actor });
  assert.ok(id !== undefined);
  return id;
}

/** The founding op, then three: created, moved, given a label by somebody else. */
async function withItem(t: TestContext): Promise<TowlineNode> {
  const node = await opened(t);
  await write(node, "ann", ["new", "a", { title: "A", stage: "backlog" }]);
  await write(node, "ann", ["set", "a", "stage", "coding"], ["move", "a", "coding", [], {}]);
  await write(node, "bob", ["add", "a", "labels", "red"]);
  return node;
}

const asking = { item: null, actor: "ann", force: false } as const;

test("history and changes page through what happened, newest first", async (t) => {
  const node = await withItem(t);
  const first = await run(node, history, { item: "a", limit: 2, cursor: null });
  assert.deepEqual(
    first.rows.map(({ actor, text, node: name, items }) => [actor, text, name, items]),
    [
      ["bob", ["label red added"], "laptop", ["a"]],
      ["ann", ["moved to coding from backlog"], "laptop", ["a"]],
    ],
  );
  assert.deepEqual(first.rows[1]?.changes, [
    ["set", "a", "stage", "coding"],
    ["move", "a", "coding", [], {}],
  ]);
  const { rows, result } = await run(node, history, {
    ...{ item: "a", limit: 2, cursor: first.result.next },
  });
  assert.deepEqual([rows.map(({ index }) => index), result.next], [[1], null]);
  const all = await run(node, changes, { limit: 3, cursor: null, actor: null });
  assert.deepEqual(
    all.rows.map(({ index }) => index),
    [3, 2, 1],
  );
  const rest = await run(node, changes, { limit: 3, cursor: all.result.next, actor: null });
  assert.deepEqual(rest.rows[0]?.text, ["founded the mesh test"]);
  assert.equal(rest.result.next, null);
  const wrong = run(node, changes, { limit: 3, cursor: "x", actor: null });
  await assert.rejects(wrong, { code: "usage/invalid" });
  const many = await run(node, changes, { limit: historyPageMax + 50, cursor: null, actor: null });
  assert.equal(many.rows.length, 4);
  const own = await run(node, changes, { limit: 1, cursor: null, actor: "ann" });
  assert.deepEqual([own.rows.map(({ index }) => index), own.result.next], [[2], "2"]);
  const older = await run(node, changes, { limit: 9, cursor: own.result.next, actor: "ann" });
  assert.deepEqual([older.rows.map(({ index }) => index), older.result.next], [[1], null]);
});

test("the board, an item and its blame are shown as they were", async (t) => {
  const node = await withItem(t);
  assert.deepEqual(
    (await run(node, moments, {})).result.marks.map(({ at }) => at),
    [1, 2, 3, 4],
  );
  const early = await run(node, boardAt, { at: { ops: 2 } });
  assert.deepEqual(
    early.rows.map(({ item, fields }) => [item, { ...fields }]),
    [["a", { stage: "backlog", title: "A" }]],
  );
  assert.equal(early.result.at, 2);
  const before = await run(node, boardAt, { at: { time: 1_000 } });
  assert.deepEqual([before.rows, before.result], [[], { at: 0, time: null }]);
  const different = await run(node, compare, { from: { ops: 2 }, to: { ops: 4 } });
  const fields = [
    { field: "labels", before: null, after: ["red"] },
    { field: "stage", before: "backlog", after: "coding" },
  ];
  assert.deepEqual(different.rows, [{ item: "a", change: "changed", title: "A", fields }]);
  const sinceEver = await run(node, compare, { from: { time: 0 }, to: { ops: 4 } });
  assert.deepEqual(
    sinceEver.rows.map(({ item, change }) => [item, change]),
    [["a", "created"]],
  );
  const was = await run(node, show, { item: "a", at: { ops: 2 } });
  assert.equal(was.result.stage, "backlog");
  const wrote = await run(node, blame, { item: "a", at: { ops: 3 } });
  assert.deepEqual(
    wrote.rows.map(({ field, value, node: name }) => [field, value, name]),
    [
      ["stage", "coding", "laptop"],
      ["title", "A", "laptop"],
    ],
  );
  await assert.rejects(run(node, show, { item: "a", at: { ops: 1 } }), { code: "item/unknown" });
  await assert.rejects(run(node, blame, { item: "a", at: { ops: 1 } }), { code: "item/unknown" });
  const ops = await run(node, log, { item: "a", limit: null, at: { ops: 3 } });
  assert.equal(ops.rows.length, 2);
  const late = await run(node, log, { item: null, limit: 1, at: { time: Date.now() + 1_000 } });
  assert.deepEqual([late.rows.length, late.result.ops], [1, 4]);
});

test("a stage that the end of a claim gave is in blame, and who ended it", async (t) => {
  const node = await withItem(t);
  const how = { confirm: "none", waitMs: null, ttlMs: null, manual: false, reason: "" };
  await run(node, claim, { item: "a", actor: "eve", force: false, steal: false, ...how });
  const end = { item: "a", actor: "eve", claim: null, reason: "", force: false, to: null };
  const { result } = await run(node, done, end);
  const { rows } = await run(node, blame, { item: "a", at: null });
  const stage = rows.find(({ field }) => field === "stage");
  assert.deepEqual([stage?.value, stage?.actor, stage?.op], ["qa", "eve", result.op]);
  await assert.rejects(run(node, undo, { ...asking, what: "a", actor: "eve" }), {
    code: "undo/impossible",
  });
});

test("undo takes back the last own op, one about an item, or one that is named", async (t) => {
  const node = await withItem(t);
  const label = node.blame("a").find(({ field }) => field === "labels");
  const named = await run(node, undo, { ...asking, what: label?.op.slice(0, 12) ?? "" });
  assert.equal(node.item("a")?.fields["labels"], undefined);
  assert.deepEqual(named.result.items, ["a"]);
  const again = await run(node, undo, { ...asking, what: null });
  assert.equal(again.result.undid, named.result.op, "the undo is the last own op now");
  assert.deepEqual(node.item("a")?.fields["labels"], ["red"]);
  const moved = await run(node, history, { item: "a", limit: 9, cursor: null });
  const move = moved.rows.find(({ text }) => text[0]?.startsWith("moved") === true);
  await write(node, "bob", ["set", "a", "stage", "qa"], ["move", "a", "qa", [], {}]);
  await write(node, "bob", ["set", "a", "stage", "done"], ["move", "a", "done", [], {}]);
  const what = move?.op ?? "";
  await assert.rejects(run(node, undo, { ...asking, what }), { code: "undo/overridden" });
  const forced = await run(node, undo, { ...asking, what, force: true });
  assert.equal(node.item("a")?.fields["stage"], "backlog");
  const [last] = (await run(node, history, { item: "a", limit: 1, cursor: null })).rows;
  assert.equal(last?.op, forced.result.op);
  assert.equal((await run(node, undo, { ...asking, what })).result.op, null, "it is so already");
});

test("undo says why not: nothing of one's own, a note, an item that is gone", async (t) => {
  const node = await withItem(t);
  const by = (actor: string, what: string | null): Promise<unknown> =>
    run(node, undo, { ...asking, actor, what });
  await assert.rejects(by("eve", null), { code: "undo/nothing" });
  await assert.rejects(by("eve", "a"), { code: "undo/nothing" });
  await assert.rejects(by("ann", "nowhere"), { code: "item/unknown" });
  const noted = await write(node, "ann", ["note", "a", "x"], ["set", "a", "priority", 1]);
  await assert.rejects(by("ann", noted), { code: "undo/impossible" });
  const forced = await run(node, undo, { ...asking, what: noted, force: true });
  assert.deepEqual(forced.result.left, ["a note stays: write another one"]);
  assert.equal(node.item("a")?.fields["priority"], undefined);
  await write(node, "bob", ["del", "a"]);
  const gone = run(node, undo, { ...asking, what: noted, force: true });
  await assert.rejects(gone, { code: "undo/impossible" });
});

test("undo keeps items from waiting for themselves, and its moves are forced on the record", async (t) => {
  const node = await withItem(t);
  await write(node, "ann", ["new", "b", { title: "B" }], ["add", "a", "depends_on", "b"]);
  const adds = node.adds("a", "depends_on", "b");
  const freed = await write(node, "ann", ["rem", "a", "depends_on", "b", [...adds]]);
  await write(node, "ann", ["add", "b", "depends_on", "a"]);
  await assert.rejects(run(node, undo, { ...asking, what: freed }), { code: "dep/circle" });
  const move = (to: "done" | "archived"): readonly ChangeTuple[] =>
    node.work.endings.moveChanges("a", to, null);
  await write(node, "bob", ...move("done"));
  const put = await write(node, "ann", ...move("archived"));
  const undone = await run(node, undo, { ...asking, what: put });
  assert.equal(node.item("a")?.fields["stage"], "done");
  const [last] = (await run(node, history, { item: "a", limit: 1, cursor: null })).rows;
  assert.equal(last?.op, undone.result.op);
  assert.deepEqual(last.text, [
    "moved to done from archived",
    `against the rules of the stages: "undo of ${put.slice(0, 8)}"`,
  ]);
});

test("undoing the creation of an item deletes it", async (t) => {
  const node = await opened(t);
  await write(node, "ann", ["new", "b", { title: "B" }]);
  await run(node, undo, { ...asking, what: "b" });
  assert.equal(node.itemState("b"), "deleted");
});
