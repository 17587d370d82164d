/** Looks back over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ChangePageDto,
  ComparisonDto,
  MomentsDto,
  PastBoardDto,
  ProblemDto,
  WrittenDto,
} from "../client/contract.ts";
import type { Answer, WebNode } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

function refused(answer: Answer, status: number, code: string): void {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code], [status, code]);
}

/** Five ops about two items after the founding one. */
async function written({ node }: WebNode): Promise<void> {
  await node.write([[["new", "a", { title: "one", stage: "backlog" }]]], { actor: "ann" });
  await node.write([[["new", "b", { title: "two" }]]], { actor: "bob" });
  await node.write([[["set", "a", "title", "uno"]]], { actor: "bob" });
  await node.write([[["note", "a", "so"]]], { actor: "ann" });
  await node.write([[["del", "b"]]], { actor: "ann" });
}

test("changes come newest first, in pages, of everybody or of one", async (t) => {
  const web = await webNode(t);
  await written(web);
  const viewer = web.program("viewer");
  const all: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await viewer.get<ChangePageDto>(`/api/v1/changes?limit=4${from}`);
    all.push(...body.changes.map(({ index }) => index));
    cursor = body.next;
  }
  assert.deepEqual(all, [5, 4, 3, 2, 1, 0]);
  const first = await viewer.get<ChangePageDto>("/api/v1/changes?actor=ann&limit=2");
  assert.deepEqual(
    first.body.changes.map(({ index }) => index),
    [5, 4],
  );
  const rest = await viewer.get<ChangePageDto>(
    `/api/v1/changes?actor=ann&limit=2&cursor=${first.body.next ?? ""}`,
  );
  assert.deepEqual([rest.body.changes.map(({ index }) => index), rest.body.next], [[1], null]);
  refused(await viewer.get("/api/v1/changes?cursor=x"), 400, "usage/invalid");
});

test("an item tells what happened to it, also when it is deleted", async (t) => {
  const web = await webNode(t);
  await written(web);
  const viewer = web.program("viewer");
  const { body } = await viewer.get<ChangePageDto>("/api/v1/items/a/history");
  assert.deepEqual(
    body.changes.map(({ actor, text, items }) => [actor, text.length > 0, items]),
    [
      ["ann", true, ["a"]],
      ["bob", true, ["a"]],
      ["ann", true, ["a"]],
    ],
  );
  const deleted = await viewer.get<ChangePageDto>("/api/v1/items/b/history");
  assert.equal(deleted.body.changes.length, 2);
  refused(await viewer.get("/api/v1/items/none/history"), 404, "item/unknown");
});

test("the board as it was, and what differs between two moments", async (t) => {
  const web = await webNode(t);
  await written(web);
  const viewer = web.program("viewer");
  const moments = await viewer.get<MomentsDto>("/api/v1/history/moments");
  assert.equal(moments.body.ops, 6);
  const past = await viewer.get<PastBoardDto>("/api/v1/history/board?at=3");
  assert.deepEqual(
    past.body.items.map(({ item, fields }) => [item, fields["title"]]),
    [
      ["a", "one"],
      ["b", "two"],
    ],
  );
  const compared = await viewer.get<ComparisonDto>("/api/v1/history/compare?from=3&to=6");
  assert.deepEqual(
    compared.body.items.map(({ item, change }) => [item, change]),
    [
      ["a", "changed"],
      ["b", "deleted"],
    ],
  );
  refused(await viewer.get("/api/v1/history/board?at=7"), 400, "http/invalid");
  refused(await viewer.get("/api/v1/history/board"), 400, "http/invalid");
});

test("an op is taken back by a new one, unless somebody has changed it again", async (t) => {
  const web = await webNode(t);
  await written(web);
  const editor = web.program("editor");
  const { body } = await editor.get<ChangePageDto>("/api/v1/items/a/history");
  const renamed = body.changes[1]?.op ?? "";
  const noted = body.changes[0]?.op ?? "";
  const undo = (op: string): Promise<Answer> => editor.send("POST", "/api/v1/items/a/undo", { op });
  const undone = (await undo(renamed)) as Answer<WrittenDto>;
  assert.equal(undone.body.now?.fields["title"], "one");
  assert.equal(((await undo(renamed)) as Answer<WrittenDto>).body.op, null);
  await web.node.write([[["set", "a", "title", "ein"]]]);
  refused(await undo(renamed), 409, "undo/overridden");
  refused(await undo(noted), 409, "undo/impossible");
  refused(await undo("0".repeat(64)), 404, "item/unknown");
});
