/** Errors, methods, pages and headers, whatever the route. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ItemPageDto, NotePageDto, ProblemDto, WholeItemDto } from "../client/contract.ts";
import { itemSegment } from "../client/item-path.ts";
import type { Answer } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

function refused(answer: Answer, status: number, code: string): void {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code, problem.status], [status, code, status]);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/u);
}

test("what is not there, and what is there for other methods", async (t) => {
  const viewer = (await webNode(t)).program("viewer");
  refused(await viewer.get("/api/v1/nothing"), 404, "http/not-found");
  const answer = await viewer.send("PUT", "/api/v1/items");
  refused(answer, 405, "http/method");
  assert.match(answer.headers.get("allow") ?? "", /GET/u);
  refused(await viewer.get("/api/v1/items/none"), 404, "item/unknown");
  refused(await viewer.get("/api/v1/items/%E0%A4%A"), 400, "http/invalid");
});

test("a query that is not as the schema says is refused, and named", async (t) => {
  const viewer = (await webNode(t)).program("viewer");
  for (const query of ["limit=0", "limit=x", "limit=1e3", "nothing=1", "search=", "cursor=x!"]) {
    refused(await viewer.get(`/api/v1/items?${query}`), 400, "http/invalid");
  }
  const { body } = await viewer.get("/api/v1/items?nothing=1");
  assert.match((body as ProblemDto).detail, /nothing/u);
});

test("a body has to be JSON of some kind, size and depth", async (t) => {
  const { stranger } = await webNode(t);
  const send = (body: string, type = "application/json"): Promise<Answer> =>
    stranger.send("POST", "/api/v1/session", body, { "content-type": type });
  refused(await send("{"), 400, "http/invalid");
  refused(await send(""), 400, "http/invalid");
  refused(await send('{"code":1}'), 400, "http/invalid");
  refused(await send('{"code":"x","token":"y"}'), 400, "http/invalid");
  refused(await send('{"code":"x","more":1}'), 400, "http/invalid");
  refused(await send('{"code":"x","__proto__":{"role":"editor"}}'), 400, "http/invalid");
  refused(await send('{"code":"x","constructor":{"prototype":{}}}'), 400, "http/invalid");
  refused(await send("[".repeat(1_000) + "]".repeat(1_000)), 400, "http/invalid");
  refused(await send(`{"code":"${"x".repeat(300_000)}"}`), 413, "http/too-large");
  refused(await send("code=x", "application/x-www-form-urlencoded"), 415, "http/media-type");
});

test("items whose ids look like folders or files are reached, and so are their pages", async (t) => {
  const { program, stranger } = await webNode(t);
  const editor = program("editor");
  for (const item of ["..", "a.png"]) {
    await editor.send("POST", "/api/v1/items", { item, title: "Odd" });
    const { body } = await editor.get<WholeItemDto>(`/api/v1/items/${itemSegment(item)}`);
    assert.equal(body.item, item);
    const page = await stranger.get(`/item/${itemSegment(item)}`);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/u);
  }
  refused(await stranger.get("/a.png"), 404, "http/not-found");
});

test("every answer is closed to other pages", async (t) => {
  const { stranger, program } = await webNode(t);
  const viewer = program("viewer");
  const paths = ["/", "/api/v1/items", "/api/v1/nothing", "/api/v1/items/%E0%A4%A"];
  for (const answer of await Promise.all(
    paths.flatMap((at) => [stranger.get(at), viewer.get(at)]),
  )) {
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/u);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
    assert.equal(answer.headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
});

test("items come in pages, and all of them once", async (t) => {
  const { node, program } = await webNode(t);
  const viewer = program("viewer");
  for (const item of ["a", "b", "c", "d", "e"]) {
    await node.write([[["new", item, { title: item, stage: item === "c" ? "qa" : "backlog" }]]]);
  }
  const found: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await viewer.get<ItemPageDto>(`/api/v1/items?limit=2${from}`);
    found.push(...body.items.map(({ item }) => item));
    cursor = body.next;
  }
  assert.deepEqual(found, ["a", "b", "c", "d", "e"]);
  const { body } = await viewer.get<ItemPageDto>("/api/v1/items?stage=qa&stage=none");
  assert.deepEqual([body.items.map(({ item }) => item), body.next], [["c"], null]);
});

test("notes come in pages, the newest first and each once, whatever comes in meanwhile", async (t) => {
  const { node, program } = await webNode(t);
  const viewer = program("viewer");
  await node.write([[["new", "a", { title: "A" }]]]);
  const body = (from: number): ["note", string, string][] =>
    Array.from({ length: 60 }, (_, at) => ["note", "a", `${from + at}`]);
  await node.write([body(0), body(60)]);
  const whole = (await viewer.get<WholeItemDto>("/api/v1/items/a")).body;
  const seen = whole.notes.map(({ text }) => Number(text));
  assert.deepEqual([seen.length, seen[0], whole.noteCount], [50, 119, 120]);
  await node.write([[["note", "a", "newer"]]]);
  for (let cursor = whole.olderNotes; cursor !== null;) {
    const path = `/api/v1/items/a/notes?limit=35&cursor=${cursor}`;
    const page = (await viewer.get<NotePageDto>(path)).body;
    seen.push(...page.notes.map(({ text }) => Number(text)));
    cursor = page.next;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, at) => 119 - at),
  );
  for (const query of ["cursor=x", "cursor=x.1", "limit=51", "limit=0"]) {
    refused(await viewer.get(`/api/v1/items/a/notes?${query}`), 400, "http/invalid");
  }
});

test("an ETag names the state of an item", async (t) => {
  const { node, program } = await webNode(t);
  const viewer = program("viewer");
  await node.write([[["new", "a", { title: "one" }]]]);
  const first = await viewer.get<WholeItemDto>("/api/v1/items/a");
  assert.deepEqual(first.body.fields, { title: "one" });
  const etag = first.headers.get("etag") ?? "";
  assert.equal((await viewer.get("/api/v1/items/a", { "if-none-match": etag })).status, 304);
  await node.write([[["note", "a", "more"]]]);
  const second = await viewer.get("/api/v1/items/a", { "if-none-match": etag });
  assert.equal(second.status, 200);
  assert.notEqual(second.headers.get("etag"), etag);
});
