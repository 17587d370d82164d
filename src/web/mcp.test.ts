/** MCP over HTTP: the client of the SDK with a token, on the port of the node. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { mcpIdleMs, mcpSessionsOfTokenMax } from "../base/edge-limits.ts";
import type { ProblemDto } from "../client/contract.ts";
import { silentLogger } from "../node/logger.ts";
import { HttpSessions } from "../mcp/http-sessions.ts";
import { TestAgent } from "../mcp/testing/client.ts";
import { callerOn } from "../mcp/caller.ts";
import { until } from "../../test/support/until.ts";
import type { Answer, WebNode } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

async function agentWith(
  t: TestContext,
  { base }: WebNode,
  token: string,
): Promise<{ readonly agent: TestAgent; readonly transport: StreamableHTTPClientTransport }> {
  const headers = { authorization: `Bearer ${token}` };
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", base), {
    requestInit: { headers },
  });
  const agent = new TestAgent();
  await agent.client.connect(transport);
  t.after(() => agent.client.close());
  return { agent, transport };
}

function refused(answer: Answer, status: number, code: string): void {
  const problem = answer.body as ProblemDto;
  assert.deepEqual([answer.status, problem.code], [status, code]);
}

test("an agent works an item over HTTP, and what it left is given back with its session", async (t) => {
  const web = await webNode(t);
  await web.node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  await web.node.write([[["new", "b", { title: "two", stage: "coding" }]]]);
  const { agent, transport } = await agentWith(t, web, web.token("editor", "bot"));
  const claimed = await agent.ok("towline_claim", { item: "a" });
  assert.equal(claimed["epoch"], 1);
  await agent.ok("towline_note", { item: "a", text: "over HTTP" });
  await agent.ok("towline_done", { item: "a" });
  const [note] = web.node.item("a")?.notes ?? [];
  assert.deepEqual([note?.text, note?.actor], ["over HTTP", "test-agent (bot)"]);
  await agent.ok("towline_claim", { item: "b" });
  await transport.terminateSession();
  assert.equal(web.node.work.board.state("b"), "free");
  await assert.rejects(agent.ok("towline_status"));
});

test("two clients race for one item: one gets it", async (t) => {
  const web = await webNode(t);
  await web.node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  const token = web.token("editor");
  const both = await Promise.all([agentWith(t, web, token), agentWith(t, web, token)]);
  const calls = await Promise.allSettled(both.map(({ agent }) => agent.ok("towline_claim")));
  assert.deepEqual(calls.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("a viewer reads; who brings no token, a cookie, or comes from another site gets nothing", async (t) => {
  const web = await webNode(t);
  const { agent } = await agentWith(t, web, web.token("viewer"));
  const { tools } = await agent.client.listTools();
  assert(tools.every(({ annotations }) => annotations?.readOnlyHint === true));
  await assert.rejects(agent.ok("towline_add", { title: "No" }), /There is no tool/u);

  const init = { jsonrpc: "2.0", id: 1, method: "initialize", params: {} };
  refused(await web.stranger.send("POST", "/mcp", init), 401, "http/unauthenticated");
  const browser = await web.browser();
  refused(await browser.send("POST", "/mcp", init), 403, "http/forbidden");
  const editor = web.program("editor");
  const foreign = { origin: "https://evil.example" };
  refused(await editor.send("POST", "/mcp", init, foreign), 403, "http/csrf");
  refused(await editor.send("POST", "/mcp", init), 400, "http/invalid");
  refused(await editor.send("PUT", "/mcp", init), 405, "http/method");
  refused(await editor.send("POST", "/mcp", "[".repeat(1_000)), 400, "http/invalid");
  refused(await editor.send("POST", "/mcp", `"${"x".repeat(300_000)}"`), 413, "http/too-large");
});

test("a session answers its own token only, and ends when that is removed", async (t) => {
  const web = await webNode(t);
  await web.node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  const { agent, transport } = await agentWith(t, web, web.token("editor", "bot"));
  await agent.ok("towline_claim", { item: "a" });
  const session = { "mcp-session-id": transport.sessionId ?? "" };
  const ping = { jsonrpc: "2.0", id: 9, method: "ping" };
  const other = web.program("editor", "other");
  refused(await other.send("POST", "/mcp", ping, session), 404, "http/not-found");
  refused(await other.send("DELETE", "/mcp", undefined, session), 404, "http/not-found");
  const bot = web.access.entries().find(({ label }) => label === "bot");
  web.access.remove(bot?.id ?? "");
  web.port.accessChanged();
  await until(() => web.node.work.board.state("a") === "free", "the item is given back");
});

/** A server that has nothing but sessions; `now` is their clock. */
async function sessionServer(
  t: TestContext,
  now: () => number,
): Promise<{
  readonly sessions: HttpSessions;
  readonly begin: (key: string, headers?: Readonly<Record<string, string>>) => Promise<number>;
}> {
  const { host } = await webNode(t);
  const caller = callerOn(host);
  const options = { caller, version: "0", logger: silentLogger, isStillIn: () => true, now };
  const sessions = new HttpSessions(options);
  t.after(() => sessions.close());
  const server = createServer((request, response) => {
    const key = String(request.headers["x-key"]);
    const user = { key, role: "editor", actor: "bot" } as const;
    request.resume();
    void sessions
      .enter({ request, response, body: init, user })
      .then(async (answer) => await answer());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const begin = async (key: string, headers = {}): Promise<number> => {
    const accept = "application/json, text/event-stream";
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { accept, "content-type": "application/json", "x-key": key, ...headers },
    });
    await response.text();
    return response.status;
  };
  return { sessions, begin };
}

const init = {
  ...{ jsonrpc: "2.0", id: 1, method: "initialize" },
  params: {
    ...{ protocolVersion: "2025-06-18", capabilities: {} },
    clientInfo: { name: "x", version: "1" },
  },
};

test("sessions are bounded, and those that nobody uses end", async (t) => {
  let now = 0;
  const { sessions, begin } = await sessionServer(t, () => now);
  assert.equal(await begin("k", { accept: "text/html" }), 406);
  assert.equal(sessions.size, 0, "what was refused is no session");
  for (let at = 0; at < mcpSessionsOfTokenMax + 5; at += 1) {
    now += 1;
    assert.equal(await begin("k"), 200);
  }
  assert.equal(sessions.size, mcpSessionsOfTokenMax);
  now += 1;
  await Promise.all(Array.from({ length: 40 }, () => begin("k")));
  assert.equal(sessions.size, mcpSessionsOfTokenMax, "also when many come at once");
  await begin("l");
  assert.equal(sessions.size, mcpSessionsOfTokenMax + 1);
  now += mcpIdleMs - 1;
  await sessions.sweep();
  assert.equal(sessions.size, mcpSessionsOfTokenMax + 1);
  now += 1;
  await sessions.sweep();
  assert.equal(sessions.size, 0);
});

test("a client that names a type of content for nothing ends its session, too", async (t) => {
  const web = await webNode(t);
  const editor = web.program("editor");
  const accept = "application/json, text/event-stream";
  const begun = await editor.send("POST", "/mcp", init, { accept });
  const id = begun.headers.get("mcp-session-id") ?? "";
  const headers = { "mcp-session-id": id, "content-type": "application/json" };
  assert.equal((await editor.send("DELETE", "/mcp", undefined, headers)).status, 200);
  refused(await editor.send("DELETE", "/mcp", undefined, headers), 404, "http/not-found");
});
