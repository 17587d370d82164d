/**
 * MCP sessions over streamable HTTP: each belongs to one token, their number is bounded, and one
 * that nobody uses ends, which gives back what it had claimed.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import {
  mcpIdleMs,
  mcpSessionsMax,
  mcpSessionsOfTokenMax,
  mcpSweepMs,
} from "../base/edge-limits.ts";
import { TowlineError } from "../base/errors.ts";
import type { Logger } from "../node/logger.ts";
import type { Caller } from "./caller.ts";
import type { McpOptions } from "./server.ts";
import { McpSession } from "./server.ts";

/** Whose request it is, by its token. */
export interface McpUser {
  /** Names the token. */
  readonly key: string;
  readonly role: McpOptions["role"];
  readonly actor: string;
}

export interface McpRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Read and parsed already; undefined when there was none. */
  readonly body: unknown;
  readonly user: McpUser;
}

export interface HttpSessionsOptions {
  readonly caller: Caller;
  readonly version: string;
  readonly logger: Logger;
  /** Whether the token is still good for as much as when the session began. */
  readonly isStillIn: (user: McpUser) => boolean;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

interface Entry {
  readonly user: McpUser;
  readonly session: McpSession;
  readonly transport: StreamableHTTPServerTransport;
  usedAt: number;
  /** Streams by which the client listens: while there is one, the session is in use. */
  streams: number;
}

export class HttpSessions {
  readonly #options: HttpSessionsOptions;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: HttpSessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) => {
        options.logger.error({ error: String(error) }, "MCP sessions could not be ended");
      });
    }, mcpSweepMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Finds the session of the request, or begins one; what is returned answers it. Throws
   * `http/not-found`, `http/invalid`, `http/busy`.
   */
  async enter(asked: McpRequest): Promise<() => Promise<void>> {
    const { request, response, body } = asked;
    const entry = await this.#entryFor(asked);
    entry.usedAt = this.#now();
    return async () => {
      const isStream = request.method === "GET";
      if (isStream) entry.streams += 1;
      response.once("close", () => {
        if (isStream) entry.streams -= 1;
        entry.usedAt = this.#now();
      });
      await entry.transport.handleRequest(request, response, body);
    };
  }

  async #entryFor({ request, body, user }: McpRequest): Promise<Entry> {
    const id = request.headers["mcp-session-id"];
    if (id === undefined && request.method === "POST" && isInitializeRequest(body)) {
      return await this.#begin(user);
    }
    if (typeof id !== "string") {
      const message = "There is no Mcp-Session-Id: begin a session with an initialize request.";
      throw new TowlineError("http/invalid", message);
    }
    const entry = this.#entries.get(id);
    // Who has another token learns nothing about the session.
    const isTheirs = entry?.user.key === user.key && entry.user.role === user.role;
    if (entry !== undefined && isTheirs) return entry;
    throw new TowlineError("http/not-found", "There is no such MCP session, or no longer.");
  }

  async #begin(user: McpUser): Promise<Entry> {
    await this.#makeRoom(user, 1);
    const { caller, version, logger } = this.#options;
    const id = randomUUID();
    const session = new McpSession({
      ...{ caller, version, logger, role: user.role, actor: null, user: user.actor },
    });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      // What is refused before makes no session; several may have come at once.
      onsessioninitialized: async () => {
        this.#entries.set(id, entry);
        await this.#makeRoom(user, 0);
      },
      onsessionclosed: async () => await this.#end(id),
    });
    const entry: Entry = { user, session, transport, usedAt: this.#now(), streams: 0 };
    await session.server.connect(transport);
    return entry;
  }

  /**
   * Of a token's sessions, or of all, the one that was not used for longest makes room for `news`
   * more. Throws `http/busy` when all are in use.
   */
  async #makeRoom({ key }: McpUser, news: number): Promise<void> {
    for (;;) {
      const all = [...this.#entries];
      const own = all.filter(([, { user }]) => user.key === key);
      const isOwnFull = own.length + news > mcpSessionsOfTokenMax;
      if (!isOwnFull && all.length + news <= mcpSessionsMax) return;
      const [oldest] = (isOwnFull ? own : all)
        .filter(([, { session, streams }]) => streams === 0 && !session.isBusy)
        .sort(([, left], [, right]) => left.usedAt - right.usedAt);
      if (oldest === undefined) {
        const message = "There are as many MCP sessions as may be. Try later.";
        throw new TowlineError("http/busy", message);
      }
      await this.#end(oldest[0]);
    }
  }

  /** Ends sessions that nobody uses, and those whose token is no longer good. */
  async sweep(): Promise<void> {
    const now = this.#now();
    const over = [...this.#entries].filter(([, { user, streams, usedAt }]) => {
      const isIdle = streams === 0 && now - usedAt >= mcpIdleMs;
      return isIdle || !this.#options.isStillIn(user);
    });
    await Promise.all(over.map(async ([id]) => await this.#end(id)));
  }

  async #end(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    await entry?.session.close();
  }

  /** Ends all sessions: what they had claimed is given back while the node is still there. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#entries.keys()].map(async (id) => await this.#end(id)));
  }
}
