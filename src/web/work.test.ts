/** Work changes hands over HTTP, with the fencing tokens that keep late results out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClaimDto, ItemDto, ProblemDto, WrittenDto } from "../client/contract.ts";
import type { Answer, Asker } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

function refused(answer: Answer, status: number, code: string): void {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code], [status, code]);
}

async function act(
  who: Asker,
  item: string,
  name: string,
  body: unknown = {},
): Promise<WrittenDto> {
  const answer = await who.send("POST", `/api/v1/items/${item}/${name}`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as WrittenDto;
}

test("an item is taken, given back, taken again, done", async (t) => {
  const { node, program } = await webNode(t);
  const [editor, viewer] = [program("editor", "bot"), program("viewer")];
  await node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  const ready = await viewer.get<readonly ItemDto[]>("/api/v1/ready?stage=coding");
  assert.deepEqual(
    ready.body.map(({ item }) => item),
    ["a"],
  );
  const claimed = await act(editor, "a", "claim");
  assert.deepEqual(
    [claimed.now?.claim?.state, claimed.now?.claim?.epoch, claimed.now?.claim?.actor],
    ["confirmed", 1, "bot"],
  );
  const claims = await viewer.get<readonly ClaimDto[]>("/api/v1/claims");
  assert.deepEqual(
    claims.body.map(({ item, claim }) => [item, claim]),
    [["a", claimed.op]],
  );
  refused(await editor.send("POST", "/api/v1/items/a/claim", {}), 409, "claim/held");
  await act(editor, "a", "release", { reason: "later" });
  const taken = await editor.send<WrittenDto>("POST", "/api/v1/take", { stages: ["coding"] });
  assert.deepEqual([taken.body.item, taken.body.now?.claim?.epoch], ["a", 2]);
  refused(await editor.send("POST", "/api/v1/items/a/done", { epoch: 1 }), 409, "claim/lost");
  const done = await act(editor, "a", "done", { epoch: 2, to: "merge" });
  assert.equal(done.now?.fields["stage"], "merge");
  refused(await editor.send("POST", "/api/v1/take", { stages: ["coding"] }), 404, "next/none");
});

test("what fails is tried again, and then by hand", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  await node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  for (let tries = 1; tries <= 4; tries += 1) {
    await act(editor, "a", "claim", { force: true });
    const failed = await act(editor, "a", "fail", { reason: "no" });
    assert.deepEqual(failed.now?.fields["retries"], tries);
  }
  assert.equal(node.item("a")?.fields["blocked"], true);
  const again = await act(editor, "a", "retry");
  assert.deepEqual(again.now?.fields["blocked"], undefined);
  await act(editor, "a", "claim");
  const stolen = await act(editor, "a", "steal", { reason: "mine now" });
  assert.equal(stolen.now?.claim?.epoch, 6);
});

test("an action takes what it needs and nothing else", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  await node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  for (const [name, body] of [
    ["fail", {}],
    ["steal", { reason: " " }],
    ["retry", { reason: "x" }],
    ["claim", { to: "qa" }],
    ["done", { epoch: 0 }],
  ] as const) {
    refused(await editor.send("POST", `/api/v1/items/a/${name}`, body), 400, "http/invalid");
  }
  const confirm = { confirm: "everybody" };
  refused(await editor.send("POST", "/api/v1/items/a/claim", confirm), 400, "usage/invalid");
  refused(
    await editor.send("POST", "/api/v1/items/a/fail", { reason: "x" }),
    409,
    "claim/not-yours",
  );
});

test("items called . and .. have a path of their own", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  await node.write([[["new", ".", { title: "one" }]], [["new", "..", { title: "two" }]]]);
  for (const item of [".", ".."]) {
    const { now } = await act(editor, `~${item}`, "notes", { text: "x" });
    assert.equal(now?.item, item);
  }
});
