/** Writes over HTTP: what they do, as whom, once, and only to the state that was meant. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import type { FastifyRequest } from "fastify";
import { until } from "../../test/support/until.ts";
import { idempotencyAnswersMax } from "../base/limits.ts";
import type { ProblemDto, WholeItemDto, WrittenDto } from "../client/contract.ts";
import type { Outcome } from "./replays.ts";
import { Replays } from "./replays.ts";
import type { Answer } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

function refused(answer: Answer, status: number, code: string): ProblemDto {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code, problem.status], [status, code, status]);
  return problem;
}

test("an item is created, changed, moved, noted and deleted", async (t) => {
  const editor = (await webNode(t)).program("editor", "bot");
  const fields = { labels: ["x", "y"], priority: 2 };
  const made = await editor.send<WrittenDto>("POST", "/api/v1/items", { title: "One", fields });
  assert.equal(made.status, 201);
  const { item, now } = made.body;
  assert.equal(made.headers.get("location"), `/api/v1/items/${item}`);
  assert.deepEqual(now?.fields, {
    labels: ["x", "y"],
    priority: 2,
    stage: "backlog",
    title: "One",
  });
  assert.equal(now.created.actor, "bot");
  const path = `/api/v1/items/${item}`;
  const changed = await editor.send<WrittenDto>("PATCH", path, {
    fields: { labels: ["y", "z"], priority: null, x_link: { a: [1] } },
  });
  assert.deepEqual(changed.body.now?.fields, {
    labels: ["y", "z"],
    stage: "backlog",
    title: "One",
    x_link: { a: [1] },
  });
  refused(await editor.send("POST", `${path}/move`, { stage: "merge" }), 409, "stage/refused");
  const force = { stage: "merge", force: true, reason: "by hand" };
  assert.equal((await editor.send("POST", `${path}/move`, force)).status, 200);
  await editor.send("POST", `${path}/notes`, { text: "so it is" });
  const whole = await editor.get<WholeItemDto>(path);
  assert.equal(whole.body.fields["stage"], "merge");
  assert.deepEqual(
    whole.body.notes.map(({ text, actor }) => [text, actor]),
    [["so it is", "bot"]],
  );
  const gone = await editor.send<WrittenDto>("DELETE", path);
  assert.equal(gone.body.now, null);
  refused(await editor.get(path), 410, "item/deleted");
  refused(await editor.send("PATCH", path, { fields: { title: "x" } }), 410, "item/deleted");
});

test("what cannot be written is refused, and nothing is written", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  const post = (body: unknown): Promise<Answer> => editor.send("POST", "/api/v1/items", body);
  const before = node.status().ops;
  refused(await post({}), 400, "http/invalid");
  refused(await post({ title: 1 }), 400, "http/invalid");
  refused(await post({ title: "x", more: 1 }), 400, "http/invalid");
  refused(await post({ title: "x", fields: { title: "y" } }), 400, "http/invalid");
  refused(await post({ title: "x", fields: { nothing: 1 } }), 422, "write/invalid");
  refused(await post({ title: "x", fields: { stage: "somewhere" } }), 422, "write/invalid");
  refused(await post({ title: "x", item: "a b\n" }), 422, "write/invalid");
  refused(await post({ title: "\ud800" }), 422, "write/invalid");
  refused(await post({ title: "x".repeat(65_536) }), 413, "write/too-large");
  refused(
    await program("viewer").send("POST", "/api/v1/items", { title: "x" }),
    403,
    "http/forbidden",
  );
  assert.equal(node.status().ops, before);
  await post({ title: "x", item: "a" });
  refused(await post({ title: "x", item: "a" }), 409, "item/exists");
});

test("an item that would wait for itself is not made to", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  await node.write([[["new", "a", { title: "a" }]], [["new", "b", { title: "b" }]]]);
  const wait = (item: string, on: readonly string[]): Promise<Answer> =>
    editor.send("PATCH", `/api/v1/items/${item}`, { fields: { depends_on: on } });
  assert.equal((await wait("a", ["b"])).status, 200);
  refused(await wait("b", ["a"]), 409, "dep/circle");
  refused(await wait("a", ["b", "a"]), 409, "dep/circle");
  assert.equal((await wait("a", [])).status, 200);
});

test("a program says for whom it acts, a browser acts as who logged in", async (t) => {
  const { program, browser } = await webNode(t);
  const header = { "x-towline-actor": Buffer.from("Zoë").toString("latin1") };
  const create = { title: "x" };
  const [editor, page] = [program("editor", "bot"), await browser("ann")];
  const actorOf = async (asker: typeof editor): Promise<string | undefined> => {
    const { body } = await asker.send<WrittenDto>("POST", "/api/v1/items", create, header);
    return body.now?.created.actor;
  };
  assert.deepEqual([await actorOf(editor), await actorOf(page)], ["Zoë", "ann"]);
  for (const wrong of ["x".repeat(129), "a\u00ff"]) {
    const headers = { "x-towline-actor": wrong };
    refused(await editor.send("POST", "/api/v1/items", create, headers), 400, "http/invalid");
  }
});

test("a write is done once, however often it comes with its key", async (t) => {
  const { node, program } = await webNode(t);
  const [editor, other] = [program("editor", "one"), program("editor", "two")];
  const before = node.status().ops;
  const key = { "idempotency-key": "k-1" };
  const post = (title: string, from = editor): Promise<Answer<WrittenDto>> =>
    from.send("POST", "/api/v1/items", { title }, key);
  const all = await Promise.all([post("one"), post("one"), post("one")]);
  assert.equal(new Set(all.map(({ body }) => body.item)).size, 1);
  const replays = all.filter(({ headers }) => headers.get("idempotency-replayed") === "true");
  assert.deepEqual([replays.length, node.status().ops - before], [2, 1]);
  refused(await post("two"), 422, "http/key-reused");
  assert.equal((await post("one", other)).headers.get("idempotency-replayed"), null);
  assert.equal(node.status().ops - before, 2);
  const wrong = { "idempotency-key": "a b" };
  refused(await editor.send("POST", "/api/v1/items", { title: "x" }, wrong), 400, "http/invalid");
});

test("a write whose client went away is not done again when it comes back", async (t) => {
  const { node, program, base } = await webNode(t);
  const editor = program("editor");
  const key = { "idempotency-key": "lost" };
  const sent = request(`${base}/api/v1/items`, {
    method: "POST",
    headers: { ...editor.headers, ...key, "content-type": "application/json" },
  });
  sent.on("error", () => undefined);
  const before = node.status().items;
  // The answer is lost: the socket is gone as soon as the item is there.
  const stop = node.on("applied", () => sent.destroy());
  sent.end(JSON.stringify({ title: "once" }));
  await until(() => node.status().items > before, "the item is there");
  stop();
  const again = await editor.send("POST", "/api/v1/items", { title: "once" }, key);
  assert.deepEqual([again.status, again.headers.get("idempotency-replayed")], [201, "true"]);
  assert.equal(node.status().items, before + 1);
});

test("what failed on our side is tried again with the same key", async () => {
  const replays = new Replays();
  const asked = { method: "POST", url: "/x", body: null, headers: {} } as unknown as FastifyRequest;
  const outcomes = [503, 201, 201].map((status) => ({ status, headers: {}, body: "{}" }));
  let acts = 0;
  const act = (): Promise<Outcome> => {
    acts += 1;
    return Promise.resolve(outcomes[acts - 1] as Outcome);
  };
  const results = [];
  for (let tries = 0; tries < 3; tries += 1) results.push(await replays.once("k", asked, act));
  assert.deepEqual(
    results.map(({ outcome, isReplay }) => [outcome.status, isReplay]),
    [
      [503, false],
      [201, false],
      [201, true],
    ],
  );
  for (let at = 0; at < idempotencyAnswersMax + 5; at += 1) {
    await replays.once(`k${at}`, asked, () => Promise.resolve(outcomes[1] as Outcome));
  }
  assert.equal(replays.size, idempotencyAnswersMax);
});

test("If-Match guards a write against what came between", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  await node.write([[["new", "a", { title: "one" }]]]);
  const seen = (await editor.get("/api/v1/items/a")).headers.get("etag") ?? "";
  const set = (title: string, tag: string): Promise<Answer> =>
    editor.send("PATCH", "/api/v1/items/a", { fields: { title } }, { "if-match": tag });
  const [first, second] = await Promise.all([set("two", seen), set("three", seen)]);
  assert.deepEqual([first.status, second.status].sort(), [200, 412]);
  const problem = refused(await set("four", seen), 412, "http/changed");
  assert.equal(problem.now?.fields["title"], node.item("a")?.fields["title"]);
  assert.equal((await set("five", "*")).status, 200);
  refused(
    await editor.send("DELETE", "/api/v1/items/a", undefined, { "if-match": seen }),
    412,
    "http/changed",
  );
});
