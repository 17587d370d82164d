/** towline mcp as an MCP client starts it: real processes, with and without a running node. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { json, RunningNode, spawnTowline, towline } from "../src/cli/testing/program.ts";
import { TestAgent } from "../src/mcp/testing/client.ts";
import { pipelineWith } from "./support/pipeline.ts";
import { until } from "./support/until.ts";

const main = join(import.meta.dirname, "../src/cli/main.ts");

interface Claim {
  readonly item: string;
  readonly state: string;
  readonly actor: string;
  readonly reason: string;
}

/** A client of the SDK with a process of its own. */
async function agentOn(t: TestContext, dir: string): Promise<TestAgent & { readonly pid: number }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, "mcp", "--dir", dir],
    env: { TOWLINE_ACTOR: "agent", TOWLINE_LEASE: "500ms", NODE_COMPILE_CACHE: cache },
    stderr: "inherit",
  });
  const agent = new TestAgent();
  t.after(() => agent.client.close());
  await agent.client.connect(transport);
  return Object.assign(agent, { pid: transport.pid ?? 0 });
}

const cache = join(import.meta.dirname, "../node_modules/.cache/compiled");

async function claims(dir: string): Promise<readonly Claim[]> {
  return await json<Claim[]>(["claims", "--all", "--dir", dir]);
}

test("without a node the process runs one: an item is worked, and what is left is given back", async (t) => {
  const dir = await pipelineWith(t, { one: {}, two: {} });
  const agent = await agentOn(t, dir);
  const claimed = await agent.ok("towline_claim", { item: "one" });
  assert.equal(claimed["epoch"], 1);
  // Others work through this process meanwhile.
  await json(["note", "one", "hello from the command line", "--dir", dir]);
  assert.match(await agent.text("towline_show", { item: "one" }), /hello from the command line/u);
  await agent.ok("towline_note", { item: "one", text: "half way" });
  await agent.ok("towline_done", { item: "one" });
  await agent.ok("towline_claim", { item: "two" });
  await agent.client.close();
  const [one, two] = await claims(dir);
  assert.deepEqual([one?.state, one?.actor], ["done", "agent"]);
  assert.deepEqual([two?.state, two?.reason], ["free", "the MCP session ended"]);
});

test("two agents race for one item; when the winner is killed, the item comes free", async (t) => {
  const dir = await pipelineWith(t, { only: {} });
  const node = await RunningNode.start(["up", "--port", "0", "--dir", dir], {
    env: { TOWLINE_LEASE: "500ms", TOWLINE_LEASE_GRACE: "100ms" },
  });
  t.after(() => node.stop());
  const agents = await Promise.all([agentOn(t, dir), agentOn(t, dir)]);
  const results = await Promise.allSettled(
    agents.map(async (agent) => await agent.ok("towline_claim", { item: "only" })),
  );
  const won = results.findIndex(({ status }) => status === "fulfilled");
  const [winner, loser] = [agents[won], agents[1 - won]];
  assert(winner !== undefined && loser !== undefined);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal((await loser.failure("towline_claim", { item: "only" })).code, "claim/held");
  process.kill(winner.pid, "SIGKILL");
  let isFree = false;
  while (!isFree) isFree = (await loser.text("towline_next")).startsWith("1 ready");
  const taken = await loser.ok("towline_claim");
  assert.equal(taken["epoch"], 2);
  await loser.client.close();
});

test("a node that is started takes over from the process that ran it meanwhile", async (t) => {
  const dir = await pipelineWith(t, { kept: {} });
  const agent = await agentOn(t, dir);
  await agent.ok("towline_claim", { item: "kept" });
  const start = async (): Promise<RunningNode> =>
    await RunningNode.start(["up", "--port", "0", "--dir", dir]);
  const node = await start();
  await agent.ok("towline_note", { item: "kept", text: "through the other process" });
  await node.stop();
  // It comes back in time, so the agent waits for it.
  const again = await start();
  t.after(() => again.stop());
  let isBack = false;
  for (; !isBack;) isBack = /kept/u.test(await agent.text("towline_show", { item: "kept" }));
  const done = await agent.ok("towline_done", { item: "kept" });
  assert.equal(done["stage"], "coding");
});

test("stdout carries MCP alone, whatever comes in, and the end of stdin ends the process", async (t) => {
  const dir = await pipelineWith(t);
  const child = spawnTowline(["mcp", "--debug", "--dir", dir]);
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const init = {
    ...{ protocolVersion: "2025-06-18", capabilities: {} },
    clientInfo: { name: "x", version: "1" },
  };
  const send = (message: unknown): boolean | undefined =>
    child.stdin?.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
  send({ jsonrpc: "2.0", id: 1, method: "initialize", params: init });
  send("this is no JSON");
  send({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: 5 } });
  send({ jsonrpc: "2.0", id: 3, method: "nothing/known" });
  const long = { name: "towline_add", arguments: { title: "x".repeat(200_000) } };
  send({ jsonrpc: "2.0", id: 4, method: "tools/call", params: long });
  await until(
    () => stdout.includes('"id":4'),
    () => `all are answered: ${stdout}${stderr}`,
  );
  child.stdin?.end();
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number });
  assert.deepEqual(answers.map(({ id }) => id).sort(), [1, 2, 3, 4]);
  assert.match(stderr, /not understood/u);
});

test("what was asked before the end of stdin is answered", async (t) => {
  const dir = await pipelineWith(t, { one: {} });
  const call = (id: number, name: string, args: object): string =>
    JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
  const input = [call(1, "towline_claim", { item: "one" }), call(2, "towline_status", {})];
  const { code, stdout } = await towline(["mcp", "--dir", dir], { input: `${input.join("\n")}\n` });
  assert.equal(code, 0);
  assert.match(stdout, /"id":1/u);
  assert.match(stdout, /"id":2/u);
  const [claim] = await claims(dir);
  assert.equal(claim?.state, "free", "and given back after it");
});

test("a message without end closes the session with a word on stderr", async (t) => {
  const dir = await pipelineWith(t);
  const child = spawnTowline(["mcp", "--dir", dir]);
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.on("error", () => undefined);
  child.stdin?.write("x".repeat(1_100_000));
  await once(child, "close");
  assert.match(stderr, /exceeded maximum size/u);
});
