/** Who gets in, as a program, as a browser, and who does not. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import type { ProblemDto, SessionDto } from "../../client/contract.ts";
import { AccessFile } from "../../node/access-file.ts";
import { failuresMax } from "../../base/limits.ts";
import type { Answer } from "../testing/web-node.ts";
import { asker, webNode } from "../testing/web-node.ts";

function refused(answer: Answer, status: number, code: string): void {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code, problem.status], [status, code, status]);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/u);
}

/** Headers that fetch does not let one set. */
async function rawCode(base: string, headers: object): Promise<string> {
  const sent = request(`${base}/healthz`, { headers: { ...headers } });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return ((await json(response)) as ProblemDto).code;
}

async function rawStatus(base: string, path: string, headers: object): Promise<number> {
  const sent = request(base + path, { headers: { ...headers } });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

test("nothing of the API answers strangers, not even that a path is not there", async (t) => {
  const { stranger } = await webNode(t);
  for (const path of ["/api/v1/items", "/api/v1/status", "/api/v1/events", "/api/v1/nothing"]) {
    refused(await stranger.get(path), 401, "http/unauthenticated");
  }
  refused(await stranger.send("POST", "/api/v1/items", {}), 401, "http/unauthenticated");
  for (const authorization of ["Bearer tla_wrong", "Basic eDp5", `Bearer tla_${"A".repeat(43)}`]) {
    const answer = await stranger.get("/api/v1/items", { authorization });
    refused(answer, 401, "http/unauthenticated");
  }
});

test("a code opens one session, whose cookie no script sees", async (t) => {
  const { port, stranger, base, node } = await webNode(t);
  const [page = "", code] = port.sessionUrl("ann").split("#code=");
  assert.equal(page, `${base}/`);
  const first = await stranger.send<SessionDto>("POST", "/api/v1/session", { code });
  assert.equal(first.status, 200);
  assert.deepEqual([first.body.role, first.body.node], ["editor", node.id]);
  const cookie = first.headers.get("set-cookie") ?? "";
  assert.match(cookie, /^towline_[0-9a-f]{16}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/u);
  refused(await stranger.send("POST", "/api/v1/session", { code }), 401, "http/unauthenticated");
  const again = await asker(base, { cookie: cookie.split(";")[0] ?? "" }).get("/api/v1/session");
  assert.deepEqual((again.body as SessionDto).csrf, first.body.csrf);
});

test("a session that ended is over", async (t) => {
  const { browser } = await webNode(t);
  const page = await browser();
  assert.equal((await page.get("/api/v1/items")).status, 200);
  assert.equal((await page.send("DELETE", "/api/v1/session")).status, 204);
  refused(await page.get("/api/v1/items"), 401, "http/unauthenticated");
});

test("a write with a cookie needs our page and its secret value", async (t) => {
  const { browser, base, stranger } = await webNode(t);
  const page = await browser();
  const { cookie = "", "x-towline-csrf": csrf = "" } = page.headers;
  const end = (headers: Record<string, string>): Promise<Answer> =>
    stranger.send("DELETE", "/api/v1/session", undefined, { cookie, ...headers });
  refused(await end({}), 403, "http/csrf");
  refused(await end({ "x-towline-csrf": csrf }), 403, "http/csrf");
  refused(await end({ origin: base }), 403, "http/csrf");
  refused(await end({ origin: base, "x-towline-csrf": "wrong" }), 403, "http/csrf");
  const other = "http://127.0.0.1:1";
  refused(await end({ origin: other, "x-towline-csrf": csrf }), 403, "http/csrf");
  const site = { "sec-fetch-site": "cross-site" };
  assert.equal(await rawStatus(base, "/api/v1/items", { cookie, ...site }), 403);
  assert.equal((await end({ origin: base, "x-towline-csrf": csrf })).status, 204);
});

test("a page of another site opens no session", async (t) => {
  const { port, stranger } = await webNode(t);
  const code = port.sessionUrl("ann").split("#code=")[1];
  const headers = { origin: "http://evil.example" };
  const answer = await stranger.send("POST", "/api/v1/session", { code }, headers);
  refused(answer, 403, "http/csrf");
});

test("a name that is not ours is refused, whatever comes with it", async (t) => {
  const { base, program } = await webNode(t);
  const { port } = new URL(base);
  const { headers } = program("viewer");
  const status = (host: string, path = "/api/v1/items"): Promise<number> =>
    rawStatus(base, path, { ...headers, host });
  assert.equal(await status(`127.0.0.1:${port}`), 200);
  assert.equal(await status(`LOCALHOST:${port}`), 200);
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "a@b"]) {
    assert.equal(await status(host), 421, host);
    assert.equal(await status(host, "/"), 421, host);
    assert.equal(await rawCode(base, { host }), "http/host");
  }
});

test("behind a proxy with TLS, pages are those of the public URL, and cookies secure", async (t) => {
  const urls = { TOWLINE_PUBLIC_URLS: "wss://Board.example/crdt-sync" };
  const { base, port } = await webNode(t, urls);
  const code = port.sessionUrl("ann").split("#code=")[1];
  const open = async (origin: string): Promise<IncomingMessage> => {
    const headers = { host: "board.example", origin, "content-type": "application/json" };
    const sent = request(`${base}/api/v1/session`, { method: "POST", headers });
    sent.end(JSON.stringify({ code }));
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    return response;
  };
  assert.equal((await open("http://board.example")).statusCode, 403);
  const opened = await open("https://board.example");
  assert.equal(opened.statusCode, 200);
  assert.match(String(opened.headers["set-cookie"]), /; Secure$/u);
});

test("a token acts in its role until it is removed, and so do its sessions", async (t) => {
  const { base, node, token, stranger } = await webNode(t);
  const viewer = token("viewer", "panel");
  const bearer = asker(base, { authorization: `bearer ${viewer}` });
  refused(await bearer.send("POST", "/api/v1/items", { title: "x" }), 403, "http/forbidden");
  assert.equal((await bearer.get("/api/v1/items")).status, 200);
  const opened = await stranger.send<SessionDto>("POST", "/api/v1/session", { token: viewer });
  assert.equal(opened.body.role, "viewer");
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  assert.equal((await asker(base, { cookie }).get("/api/v1/items")).status, 200);
  const access = new AccessFile(node.dir ?? "");
  access.remove(access.entries()[0]?.id ?? "");
  refused(await bearer.get("/api/v1/items"), 401, "http/unauthenticated");
  refused(await asker(base, { cookie }).get("/api/v1/items"), 401, "http/unauthenticated");
});

test("a damaged access.json lets nobody in, and tells strangers nothing", async (t) => {
  const { node, token, base } = await webNode(t);
  const bearer = asker(base, { authorization: `Bearer ${token("viewer")}` });
  assert.equal((await bearer.get("/api/v1/items")).status, 200);
  writeFileSync(join(node.dir ?? "", "access.json"), "{");
  refused(await bearer.get("/api/v1/items"), 401, "http/unauthenticated");
});

test("many wrong tokens are turned away, a right one is not", async (t) => {
  const { stranger, program } = await webNode(t);
  const wrong = { authorization: "Bearer wrong" };
  for (let count = 0; count < failuresMax; count += 1) {
    assert.equal((await stranger.get("/api/v1/items", wrong)).status, 401);
  }
  const answer = await stranger.get("/api/v1/items", wrong);
  refused(answer, 429, "http/too-many");
  assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/u);
  const session = await stranger.send("POST", "/api/v1/session", { code: "wrong" });
  refused(session, 429, "http/too-many");
  assert.equal((await program("viewer").get("/api/v1/items")).status, 200);
});
