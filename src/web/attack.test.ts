/** What strangers and hostile pages may try: every answer is an answer, and the node goes on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { codesMax, sessionsMax } from "../base/limits.ts";
import type { Answer } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";
import { Failures } from "./auth/failures.ts";
import { Sessions } from "./auth/sessions.ts";

/** Sends exactly these bytes and gives back what is answered first. */
async function exchange(base: string, text: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  socket.write(text);
  const [chunk] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [unknown];
  socket.destroy();
  return Buffer.isBuffer(chunk) ? chunk.toString("latin1") : "";
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/u.exec(answer)?.[1] ?? "0");
}

test("no path leads out of the folder of the board", async (t) => {
  const { base } = await webNode(t);
  for (const path of [
    "/../package.json",
    "/assets/../../package.json",
    "/..%2f..%2fpackage.json",
    "/%2e%2e/%2e%2e/package.json",
    "/assets/..%5c..%5cpackage.json",
    "//etc/passwd",
    "/.git/config",
    "/assets/%00.js",
    "/package.json",
    "/index.html/../../package.json",
  ]) {
    const head = `GET ${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\nConnection: close\r\n\r\n`;
    const answer = await exchange(base, head);
    assert([200, 400, 401, 404, 503].includes(statusOf(answer)), `${path}: ${answer.slice(0, 30)}`);
    assert(!/"devDependencies"|root:|\[core\]/u.test(answer), path);
  }
});

test("names of prototypes are names like others", async (t) => {
  const { program } = await webNode(t);
  const editor = program("editor");
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.equal((await editor.get(`/api/v1/items/${name}`)).status, 404, name);
    assert.equal((await editor.get(`/api/v1/items?${name}=1`)).status, 400, name);
    const fields = `{"title":"x","fields":{"${name}":1}}`;
    const made = await editor.send("POST", "/api/v1/items", fields);
    assert([400, 422].includes(made.status), `${name}: ${made.status}`);
  }
  assert.equal(({} as Record<string, unknown>)["role"], undefined);
  const item = { item: "constructor", title: "x" };
  assert.equal((await editor.send("POST", "/api/v1/items", item)).status, 201);
  assert.equal((await editor.get("/api/v1/items/constructor")).status, 200);
});

test("requests that are cut, smuggled or odd get an answer or nothing", async (t) => {
  const { base, stranger } = await webNode(t);
  const host = `Host: ${new URL(base).host}`;
  const session = `POST /api/v1/session HTTP/1.1\r\n${host}\r\nContent-Type: application/json`;
  const odd: readonly (readonly [text: string, statuses: readonly number[]])[] = [
    ["GET /api/v1/items HTTP/1.1\r\n\r\n", [400]],
    [`GET /api/v1/items HTTP/1.1\r\n${host}\r\n${host}\r\n\r\n`, [421]],
    [`${session}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
    [`${session}\r\nContent-Length: -1\r\n\r\n{}`, [400]],
    [`${session}\r\nContent-Length: 9999999999\r\nConnection: close\r\n\r\n{`, [413]],
    [`GET /${"x".repeat(9_000)} HTTP/1.1\r\n${host}\r\n\r\n`, [414, 431]],
    [`GET /api/v1/items HTTP/1.1\r\n${host}\r\nX: ${"x".repeat(9_000)}\r\n\r\n`, [431]],
    [`BREW /api/v1/items HTTP/1.1\r\n${host}\r\n\r\n`, [400, 405]],
    [`GET http://evil.example/ HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`, [400, 401, 404]],
  ];
  for (const [text, statuses] of odd) {
    const status = statusOf(await exchange(base, text));
    assert(statuses.includes(status), `${text.slice(0, 80)}: ${status}`);
  }
  assert.equal((await stranger.get("/healthz")).status, 200);
});

test("cookies and tokens of any shape are just wrong", async (t) => {
  const { stranger } = await webNode(t);
  const headers = [
    { cookie: `towline_${"0".repeat(16)}=x` },
    { cookie: "=;=;;;towline_=" },
    { cookie: "x".repeat(4_000) },
    { authorization: "Bearer" },
    { authorization: `Bearer ${"x".repeat(4_000)}` },
    { authorization: "Bearer tla_\u00ff" },
  ];
  for (const each of headers) {
    assert.equal((await stranger.get("/api/v1/items", each)).status, 401, JSON.stringify(each));
  }
});

test("a writer's keys, codes, sessions and failures are bounded", async (t) => {
  const sessions = new Sessions();
  const first = sessions.newCode("x");
  for (let count = 0; count < codesMax; count += 1) sessions.newCode("x");
  assert.equal(sessions.redeem(first), null);
  const opened = sessions.open({ role: "viewer", actor: "x", tokenId: null });
  for (let count = 0; count < sessionsMax; count += 1) {
    sessions.open({ role: "viewer", actor: "x", tokenId: null });
  }
  assert.equal(sessions.use(opened.secret), null);
  assert.equal(sessions.size, sessionsMax);
  const failures = new Failures();
  for (let count = 0; count < 30; count += 1) failures.note("2001:db8::1");
  assert(failures.waitFor("2001:db8:0:0:ffff::2") > 0, "a host has a whole network");
  assert.equal(failures.waitFor("2001:db8:0:1::1"), 0);
  for (let count = 0; count < 5_000; count += 1) failures.note(`10.0.${count >> 8}.${count & 255}`);
  assert.equal(failures.waitFor("2001:db8::1"), 0);
  const { program, node } = await webNode(t);
  const viewer = program("viewer");
  const tries = Array.from({ length: 50 }, async (_, at) => {
    const key = { "idempotency-key": `k${at}` };
    return await viewer.send("POST", "/api/v1/items", { title: "x" }, key);
  });
  const answers: readonly Answer[] = await Promise.all(tries);
  assert(answers.every(({ status }) => status === 403));
  assert.equal(node.status().items, 0);
});

test("a session is over after its time, a code after two minutes", () => {
  let now = 1_000_000;
  const sessions = new Sessions(() => now);
  const code = sessions.newCode("ann");
  const { secret, session } = sessions.open({ role: "editor", actor: "ann", tokenId: null });
  now += 121_000;
  assert.equal(sessions.redeem(code), null);
  now += 11 * 3_600_000;
  assert.equal(sessions.use(secret), session);
  now += 11 * 3_600_000;
  sessions.prolong(session);
  now += 11 * 3_600_000;
  assert(sessions.lasts(session));
  now += 2 * 3_600_000;
  assert.equal(sessions.lasts(session), false);
  assert.equal(sessions.use(secret), null);
});
