/** A coding agent works items through the tools; what goes wrong comes back as a tool error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { until } from "../../test/support/until.ts";
import type { ClaimParams } from "../commands/claim.ts";
import { claim } from "../commands/claim.ts";
import { newNode, newSession } from "./testing/client.ts";

const readNames = ["list", "next", "search", "show", "status"].map((name) => `towline_${name}`);
const allNames = [
  ...readNames,
  ...["add", "claim", "done", "fail", "move", "note", "release", "set"].map(
    (name) => `towline_${name}`,
  ),
].sort();

test("each tool tells models what it does and programs what goes in and comes out", async (t) => {
  const { caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  const { tools } = await agent.client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).sort(), allNames);
  for (const { name, description = "", inputSchema, outputSchema, annotations } of tools) {
    assert(description.length > 60, name);
    assert.equal(inputSchema["additionalProperties"], false, name);
    assert.equal(outputSchema?.type, "object", name);
    assert.equal(annotations?.readOnlyHint, readNames.includes(name), name);
    assert.equal(annotations.destructiveHint, ["towline_move", "towline_set"].includes(name), name);
  }
  assert.match(agent.client.getInstructions() ?? "", /towline_claim/u);
});

test("an agent works a whole item: next, claim, note, done", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  const added = await agent.ok<{ now: { item: string } }>("towline_add", {
    ...{ title: "Fix the login", description: "It times out.", stage: "coding" },
    ...{ priority: 1, labels: ["auth"] },
  });
  const { item } = added.now;

  const next = await agent.ok<{ items: { item: string }[]; ready: number }>("towline_next");
  assert.deepEqual([next.ready, next.items[0]?.item], [1, item]);

  const claimed = await agent.ok("towline_claim", { item });
  assert.equal(claimed["epoch"], 1);
  assert.equal(claimed["guarantee"], "hub");
  const status = await agent.ok("towline_status");
  assert.deepEqual(status["holding"], [{ item, epoch: 1 }]);
  const shown = await agent.text("towline_show", { item });
  assert.match(shown, /It times out\./u);
  assert.match(shown, /held by test-agent \(ann\)/u);
  assert.equal((await agent.ok("towline_next"))["ready"], 0);

  await agent.ok("towline_note", { item, text: "The timeout was 1 s." });
  const done = await agent.ok("towline_done", { item });
  assert.equal(done["stage"], "qa");
  const view = node.work.desk.view(item);
  assert.equal(view.fields["stage"], "qa");
  assert.deepEqual(
    view.notes.map(({ text, actor }) => [text, actor]),
    [["The timeout was 1 s.", "test-agent (ann)"]],
  );
  assert.deepEqual((await agent.ok("towline_status"))["holding"], []);
});

test("without an id claim takes what matters most, and says when there is nothing", async (t) => {
  const { caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Later", item: "later", priority: 9 });
  await agent.ok("towline_add", { title: "First", item: "first", priority: 1 });
  await agent.ok("towline_add", { title: "After", item: "after", depends_on: ["later"] });
  const taken = await agent.ok("towline_claim");
  assert.equal(taken["item"], "first");
  await agent.ok("towline_claim", { item: "later" });
  const refused = await agent.failure("towline_claim");
  assert.equal(refused.code, "next/none");
  const next = await agent.ok<{ blocked: { item: string; why: string }[] }>("towline_next");
  assert.deepEqual(
    next.blocked.map(({ item }) => item),
    ["after"],
  );
  assert.match(next.blocked[0]?.why ?? "", /later/u);
});

test("a failure uses up a try, and blocks the item after the last one", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Hard", item: "hard" });
  await agent.ok("towline_claim", { item: "hard" });
  const failed = await agent.ok("towline_fail", { item: "hard", reason: "no idea", retries: 0 });
  assert.equal(failed["blocked"], true);
  assert.equal(node.work.desk.view("hard").fields["reason"], "no idea");
  const refused = await agent.failure("towline_claim", { item: "hard" });
  assert.equal(refused.code, "claim/not-ready");
  await agent.ok("towline_claim", { item: "hard", force: true, reason: "I know now" });
  await agent.ok("towline_release", { item: "hard" });
});

test("of two sessions that want one item, one gets it and the other is told who has it", async (t) => {
  const { caller } = await newNode(t);
  const [one, two] = await Promise.all([newSession(t, { caller }), newSession(t, { caller })]);
  await one.agent.ok("towline_add", { title: "Only one", item: "only" });
  const calls = await Promise.allSettled(
    [one, two].map(async ({ agent }) => await agent.ok("towline_claim", { item: "only" })),
  );
  const won = calls.filter(({ status }) => status === "fulfilled");
  assert.equal(won.length, 1);
  const [loser, winner] = calls[0]?.status === "fulfilled" ? [two, one] : [one, two];
  const refused = await loser.agent.failure("towline_claim", { item: "only" });
  assert.equal(refused.code, "claim/held");
  // Though the node holds it, this session must not end what the other one works on.
  for (const tool of ["towline_done", "towline_release"]) {
    assert.equal((await loser.agent.failure(tool, { item: "only" })).code, "claim/not-yours");
  }
  await winner.agent.ok("towline_done", { item: "only" });
});

/** What takes the item from whoever holds it. */
function stealing(item: string): ClaimParams {
  const how = { actor: "boss", confirm: null, waitMs: null, ttlMs: null, manual: true };
  return { ...how, reason: "urgent", item, force: true, steal: true };
}

test("done on a lost claim says that it is lost, once", async (t) => {
  const { caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Wanted", item: "wanted" });
  await agent.ok("towline_claim", { item: "wanted" });
  await caller.call(claim, stealing("wanted"));
  const lost = await agent.failure("towline_done", { item: "wanted" });
  assert.equal(lost.code, "claim/lost");
  assert.match(lost.text, /held by boss/u);
  assert.equal((await agent.failure("towline_done", { item: "wanted" })).code, "claim/not-yours");
});

test("a claim that is lost meanwhile is told at once, and with the next result", async (t) => {
  const { caller } = await newNode(t, "300ms");
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Wanted", item: "wanted" });
  await agent.ok("towline_claim", { item: "wanted" });
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  agent.client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    resolve(String(params.data));
  });
  await caller.call(claim, stealing("wanted"));
  const text = await heard;
  assert.match(text, /Stop the work on wanted \(epoch 1\): the claim is lost to boss/u);
  const status = await agent.ok<{ alerts: string[]; holding: unknown[] }>("towline_status");
  assert.deepEqual(status.alerts, [text]);
  assert.deepEqual(status.holding, []);
  assert.equal((await agent.ok("towline_status"))["alerts"], undefined);
});

test("claims outlive their lease while the session lives, and are given back when it ends", async (t) => {
  const { node, caller } = await newNode(t, "200ms");
  const { agent, session } = await newSession(t, { caller });
  for (const item of ["kept", "finished"]) await agent.ok("towline_add", { title: item, item });
  await agent.ok("towline_claim", { item: "kept" });
  await agent.ok("towline_claim", { item: "finished" });
  await agent.ok("towline_done", { item: "finished" });
  const since = performance.now();
  await until(() => performance.now() - since > 500, "two leases are over");
  assert.equal(node.work.board.state("kept"), "confirmed");
  await session.close();
  assert.deepEqual(
    ["kept", "finished"].map((item) => node.work.board.state(item)),
    ["free", "done"],
  );
  assert.equal(node.work.board.row("kept").reason, "the MCP session ended");
});

test("whoever moves an item that it holds goes on; when somebody else does, it stops", async (t) => {
  const { node, caller } = await newNode(t, "200ms");
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Moving", item: "moving", stage: "coding" });
  await agent.ok("towline_claim", { item: "moving" });
  await agent.ok("towline_move", { item: "moving", stage: "qa" });
  const since = performance.now();
  await until(() => performance.now() - since > 300, "the claim was looked at again");
  assert.equal(node.work.board.state("moving"), "confirmed");
  await node.write([[["set", "moving", "stage", "merge"]]]);
  await until(() => node.work.board.state("moving") === "free", "it is given back");
  assert.match(
    await agent.text("towline_status"),
    /moving \(epoch 1\): the item was moved to merge/u,
  );
});

test("arguments that are wrong, too long or unknown are refused, and nothing is written", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "There", item: "there" });
  const { ops } = node.status();
  const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => [inner], 1);
  const wrong: readonly (readonly [tool: string, args: Record<string, unknown>, says: RegExp])[] = [
    ["towline_add", {}, /towline_add are wrong: title/u],
    ["towline_add", { title: "x".repeat(1_001) }, /title/u],
    ["towline_add", { title: "x", titel: "y" }, /titel/u],
    ["towline_add", { title: "x", labels: Array(65).fill("l") }, /labels/u],
    ["towline_note", { item: "there", text: "x".repeat(2_000_000) }, /text/u],
    ["towline_note", { item: "not an id", text: "x" }, /item: an item id has/u],
    ["towline_set", { item: "there", fields: { x_deep: deep } }, /fields/u],
    ["towline_move", { item: "there", stage: "nowhere" }, /stage/u],
    ["towline_list", { limit: 0 }, /limit/u],
    ["towline_claim", { item: "there", confirm: "quorum:0" }, /confirm/u],
    ["towline_done", { item: "there", claim: "abc" }, /claim/u],
  ];
  for (const [tool, args, says] of wrong) {
    const { code, text } = await agent.failure(tool, args);
    assert.equal(code, "usage/invalid", tool);
    assert.match(text, says);
    assert(text.length < 1_000, tool);
  }
  // What fits a schema and not the pipeline is refused by the node, with its own code.
  const refused: readonly (readonly [tool: string, args: Record<string, unknown>, code: string])[] =
    [
      ["towline_show", { item: "nothing" }, "item/unknown"],
      ["towline_note", { item: "nothing", text: "x" }, "item/unknown"],
      ["towline_claim", { item: "nothing" }, "item/unknown"],
      ["towline_done", { item: "nothing" }, "claim/not-yours"],
      ["towline_add", { title: "Again", item: "there" }, "item/exists"],
      ["towline_move", { item: "there", stage: "qa" }, "stage/refused"],
      ["towline_set", { item: "there", fields: { nonsense: 1 } }, "write/invalid"],
      ["towline_set", { item: "there", fields: { title: "\ud800" } }, "write/invalid"],
      ["towline_note", { item: "there", text: "€".repeat(30_000) }, "write/too-large"],
    ];
  for (const [tool, args, code] of refused) {
    assert.equal((await agent.failure(tool, args)).code, code, tool);
  }
  assert.equal(node.status().ops, ops);
  await assert.rejects(agent.ok("constructor"), /There is no tool/u);
});

test("fields are assigned, cleared and shown, sets as whole lists", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Item", item: "item", labels: ["a", "b"], priority: 2 });
  const fields = { labels: ["b", "c"], priority: null, x_size: "large", depends_on: ["other"] };
  await agent.ok("towline_set", { item: "item", fields });
  const view = node.item("item")?.fields ?? {};
  assert.deepEqual(
    { ...view },
    {
      ...{ depends_on: ["other"], labels: ["b", "c"], stage: "backlog", title: "Item" },
      x_size: "large",
    },
  );
  await agent.ok("towline_set", { item: "item", fields: { labels: null } });
  assert.equal(node.item("item")?.fields["labels"], undefined);
  const found = await agent.ok<{ items: unknown[] }>("towline_search", { query: "LARGE" });
  assert.equal(found.items.length, 1);
});

test("of many or long notes the newest are shown, and how many there are more", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  await agent.ok("towline_add", { title: "Talk", item: "talk" });
  for (const size of [30_000, 30_000, 10]) {
    await node.write([[["note", "talk", "x".repeat(size)]]]);
  }
  type Shown = { notes: { text: string }[]; earlierNotes: number };
  const long = await agent.ok<Shown>("towline_show", { item: "talk" });
  assert.deepEqual([long.notes.length, long.earlierNotes], [2, 1]);
  await node.write(Array.from({ length: 60 }, (_, at) => [["note", "talk", `note ${at}`]]));
  const many = await agent.ok<Shown>("towline_show", { item: "talk" });
  assert.deepEqual([many.notes.length, many.earlierNotes], [50, 13]);
  assert.equal(many.notes.at(-1)?.text, "note 59");
});

test("a viewer gets the tools that read, and no other", async (t) => {
  const { node, caller } = await newNode(t);
  const { agent } = await newSession(t, { caller, role: "viewer" });
  const { tools } = await agent.client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).sort(), readNames);
  await assert.rejects(agent.ok("towline_add", { title: "No" }), /There is no tool/u);
  assert.equal([...node.items()].length, 0);
});

test("the board and items are resources, with a list and completion", async (t) => {
  const { caller } = await newNode(t);
  const { agent } = await newSession(t, { caller });
  for (const item of ["fix:login", "fix:logout", "other"]) {
    await agent.ok("towline_add", { title: `About ${item}`, item });
  }
  await agent.ok("towline_claim", { item: "other" });
  const { client } = agent;
  const { resources } = await client.listResources();
  assert.equal(resources.length, 4);
  const read = async (uri: string): Promise<Record<string, unknown>> => {
    const [content] = (await client.readResource({ uri })).contents;
    assert(content !== undefined && "text" in content);
    return JSON.parse(content.text) as Record<string, unknown>;
  };
  const board = await read("towline://board");
  const [backlog] = board["columns"] as { items: { item: string; heldBy: string | null }[] }[];
  assert.deepEqual(
    backlog?.items.map(({ item, heldBy }) => [item, heldBy]),
    [
      ["fix:login", null],
      ["fix:logout", null],
      ["other", "test-agent (ann)"],
    ],
  );
  const login = resources.find(({ name }) => name === "fix:login");
  assert.equal((await read(login?.uri ?? ""))["title"], "About fix:login");
  await assert.rejects(read("towline://item/gone"), /item\/unknown/u);
  await assert.rejects(read("towline://item/%"), /item\/unknown/u);
  const { completion } = await client.complete({
    ref: { type: "ref/resource", uri: "towline://item/{id}" },
    argument: { name: "id", value: "fix" },
  });
  assert.deepEqual(completion.values, ["fix:login", "fix:logout"]);
});
