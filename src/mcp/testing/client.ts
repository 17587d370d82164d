/** MCP clients of the SDK on a node of their own, and what they get out of tools. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { TowlineNode } from "../../api/types.ts";
import { anyPort, foundedFolder, openFor } from "../../api/testing/folders.ts";
import { resolveConfig } from "../../node/config.ts";
import { silentLogger } from "../../node/logger.ts";
import { callerOn } from "../caller.ts";
import type { Caller } from "../caller.ts";
import type { McpOptions } from "../server.ts";
import { McpSession } from "../server.ts";

/** A node that dials nobody: what is on its disk is confirmed. */
export async function newNode(
  t: TestContext,
  lease = "10m",
): Promise<{ readonly node: TowlineNode; readonly caller: Caller }> {
  const dir = foundedFolder(t);
  const { config } = resolveConfig({ flags: {}, env: { TOWLINE_LEASE: lease }, dir });
  const node = await openFor(t, dir, { settings: config, listen: anyPort });
  return { node, caller: callerOn({ node, config }) };
}

/** A session with its own client, in this process. */
export async function newSession(
  t: TestContext,
  options: Pick<McpOptions, "caller"> & Partial<McpOptions>,
): Promise<{ readonly session: McpSession; readonly agent: TestAgent }> {
  const session = new McpSession({
    ...{ version: "0", logger: silentLogger, actor: null, user: "ann", role: "editor" },
    ...options,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const agent = new TestAgent();
  await Promise.all([session.server.connect(ours), agent.client.connect(theirs)]);
  t.after(async () => {
    await session.close();
    await agent.client.close();
  });
  return { session, agent };
}

export interface Failure {
  readonly code: string;
  readonly text: string;
}

type Structured = Readonly<Record<string, unknown>>;

/** A client that knows the schemas of the tools, and so checks each result against them. */
export class TestAgent {
  readonly client = new Client({ name: "test-agent", version: "1" });

  /** What the tool answers; it has to succeed. */
  async ok<Result = Structured>(tool: string, args: Structured = {}): Promise<Result> {
    const { structuredContent, text, isError } = await this.#call(tool, args);
    assert(!isError, `${tool}: ${text}`);
    return structuredContent as Result;
  }

  async text(tool: string, args: Structured = {}): Promise<string> {
    return (await this.#call(tool, args)).text;
  }

  /** The error of the tool; it has to fail. */
  async failure(tool: string, args: Structured = {}): Promise<Failure> {
    const { text, isError, code } = await this.#call(tool, args);
    assert(isError, `${tool} succeeded: ${text}`);
    assert(text.startsWith(`${code}: `), text);
    return { code, text };
  }

  /** Lists the tools first: else the client does not know what to expect of a result. */
  async #call(
    name: string,
    args: Structured,
  ): Promise<{
    readonly structuredContent: unknown;
    readonly text: string;
    readonly isError: boolean;
    readonly code: string;
  }> {
    await this.client.listTools();
    const result = await this.client.callTool({ name, arguments: args });
    const content = result.content as readonly { readonly text: string }[];
    const { structuredContent, isError, _meta } = result;
    return {
      structuredContent,
      text: content.map(({ text }) => text).join("\n"),
      isError: isError === true,
      code: String(_meta?.["towline/code"]),
    };
  }
}
