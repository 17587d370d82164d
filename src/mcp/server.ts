/**
 * One MCP session: a server with our tools and resources, over whatever transport it is connected
 * to, and the claims that it holds until it ends.
 */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult, ListToolsResult } from "@modelcontextprotocol/sdk/types.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import type { z } from "zod";
import { utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { mcpCallsMax, mcpCloseMs } from "../base/edge-limits.ts";
import { actorBytesMax } from "../base/limits.ts";
import type { Logger } from "../node/logger.ts";
import type { Caller } from "./caller.ts";
import { HeldClaims } from "./held-claims.ts";
import { readTools } from "./read-tools.ts";
import { addResources } from "./resources.ts";
import type { AnyTool, ToolContext } from "./tool.ts";
import { workTools } from "./work-tools.ts";
import { writeTools } from "./write-tools.ts";

export interface McpOptions {
  readonly caller: Caller;
  readonly version: string;
  readonly logger: Logger;
  /** Who acts; null for the name that the client gives, with `user` behind it. */
  readonly actor: string | null;
  readonly user: string;
  /** Viewers get the tools that only read. */
  readonly role: "viewer" | "editor";
}

const instructions = `Towline keeps one pipeline of work items in step on many machines. Stages: \
backlog, coding, qa, merge, done, archived. To work: towline_next shows what is ready; \
towline_claim takes an item and returns its epoch, the fencing token; towline_show tells all about \
it; write down what you find with towline_note; end with towline_done, or towline_fail with a \
reason, or towline_release to give it back. Work only on items that you claimed. The claim is kept \
while this session lives. When a result says that a claim is lost or that you should stop, stop \
the work on that item at once. Errors begin with a stable code, such as claim/held.`;

export class McpSession {
  readonly server: McpServer;
  readonly #options: McpOptions;
  readonly #tools: ReadonlyMap<string, AnyTool>;
  readonly #claims: HeldClaims;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: McpOptions) {
    this.#options = options;
    const { caller, version, logger, role } = options;
    const all = role === "viewer" ? readTools : [...readTools, ...workTools, ...writeTools];
    this.#tools = new Map(all.map((tool) => [tool.name, tool]));
    this.server = new McpServer(
      { name: "towline", title: "Towline", version },
      { instructions, capabilities: { logging: {} } },
    );
    this.server.server.onerror = (error) => {
      logger.debug({ error: error.message }, "an MCP client sent what was not understood");
    };
    this.#claims = new HeldClaims({
      ...{ caller, logger, actor: () => this.#actor },
      onAlert: (text) => this.#tell(text),
    });
    this.#serveTools();
    addResources(this.server, caller);
  }

  /**
   * Lets calls that run come to their end, ends those that take longer, and gives back what was
   * claimed and not finished.
   */
  async close(): Promise<void> {
    await this.#rest();
    this.#ending.abort(new TowlineError("node/stopped", "The MCP session has ended."));
    await this.#rest();
    await this.#claims.close();
    await this.server.close();
  }

  /** What came just before the end begins a turn later. */
  async #rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), mcpCloseMs);
    await Promise.race([Promise.allSettled(this.#running), late]);
    clearTimeout(timer);
  }

  /** Whether it holds items, or a call runs. */
  get isBusy(): boolean {
    return this.#running.size > 0 || this.#claims.all().length > 0;
  }

  get #actor(): string {
    const { actor, user } = this.#options;
    if (actor !== null) return actor;
    const client = this.server.server.getClientVersion()?.name ?? "mcp";
    const both = `${client.replace(/[^\x20-\x7e]/gu, "").slice(0, 40)} (${user})`;
    return utf8(both).length > actorBytesMax ? user : both;
  }

  /** The agent may hear of it before its next call, if its client shows such messages. */
  #tell(text: string): void {
    this.server
      .sendLoggingMessage({ level: "warning", logger: "towline", data: text })
      .catch((error: unknown) => {
        this.#options.logger.debug({ error: String(error) }, "a client could not be told");
      });
  }

  #serveTools(): void {
    const { server } = this.server;
    const tools: ListToolsResult["tools"] = [...this.#tools.values()].map(({ listed }) => listed);
    server.registerCapabilities({ tools: {} });
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
      const tool = this.#tools.get(params.name);
      if (tool === undefined) {
        const names = [...this.#tools.keys()].join(", ");
        const message = `There is no tool ${JSON.stringify(params.name.slice(0, 100))}: use one of ${names}`;
        throw new McpError(ErrorCode.InvalidParams, message);
      }
      const answer = this.#call(tool, params.arguments ?? {}, signal);
      this.#running.add(answer);
      return await answer.finally(() => this.#running.delete(answer));
    });
  }

  async #call(tool: AnyTool, given: unknown, withdrawn: AbortSignal): Promise<CallToolResult> {
    if (this.#running.size >= mcpCallsMax) return this.#refusal(tooMany);
    const args = tool.input.safeParse(given);
    if (!args.success) return this.#refusal(wrongArguments(tool, args.error));
    const signal = AbortSignal.any([withdrawn, this.#ending.signal]);
    const { caller } = this.#options;
    const context: ToolContext = {
      call: async (command, params, hooks) =>
        await caller.call(command, params, { ...hooks, signal }),
      actor: this.#actor,
      claims: this.#claims,
      signal,
    };
    try {
      const { result, text } = await tool.run(context, args.data);
      const alerts = this.#claims.takeAlerts();
      const structuredContent = alerts.length === 0 ? result : { ...result, alerts };
      return { content: [textBlock(text), ...alerts.map(textBlock)], structuredContent };
    } catch (error) {
      return this.#refusal(error);
    }
  }

  /** A tool error: the agent reads it, and can do something about it. */
  #refusal(error: unknown): CallToolResult {
    const { code, message } = this.#described(error);
    return {
      isError: true,
      content: [textBlock(`${code}: ${message}`), ...this.#claims.takeAlerts().map(textBlock)],
      _meta: { "towline/code": code },
    };
  }

  #described(error: unknown): { readonly code: string; readonly message: string } {
    if (error instanceof TowlineError) return error;
    this.#options.logger.error({ error: String(error) }, "a tool failed");
    const what = error instanceof Error ? error.message : String(error);
    return { code: "bug", message: `This is a bug in towline: ${what}. Please report it.` };
  }
}

const tooMany = new TowlineError(
  "usage/invalid",
  `This session makes more than ${mcpCallsMax} calls at a time. Wait for some of them.`,
);

function textBlock(text: string): { readonly type: "text"; readonly text: string } {
  return { type: "text", text };
}

/** Problems of the arguments that one error names. */
const issuesMax = 5;

function wrongArguments(tool: AnyTool, error: z.ZodError): TowlineError {
  const issues = error.issues.slice(0, issuesMax).map(({ path, message }) => {
    const where = path.map(String).join(".").slice(0, 100);
    return where === "" ? message.slice(0, 300) : `${where}: ${message.slice(0, 300)}`;
  });
  const text = `The arguments of ${tool.name} are wrong: ${issues.join("; ")}.`;
  return new TowlineError("usage/invalid", text);
}
