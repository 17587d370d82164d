/**
 * The way from HTTP to MCP: what is behind it is loaded when the first client comes, since most
 * nodes have none.
 */
import type { CommandHost } from "../commands/command.ts";
import { callerOn } from "../mcp/caller.ts";
import type { HttpSessions, HttpSessionsOptions, McpRequest } from "../mcp/http-sessions.ts";
import type { Logger } from "../node/logger.ts";
import { packageVersion } from "../node/version.ts";

export class McpDoor {
  readonly #options: HttpSessionsOptions;
  #sessions: Promise<HttpSessions> | null = null;

  constructor(host: CommandHost, logger: Logger, isStillIn: HttpSessionsOptions["isStillIn"]) {
    this.#options = { caller: callerOn(host), version: packageVersion(), logger, isStillIn };
  }

  /** What is returned answers the request. Throws `http/not-found`, `http/invalid`, `http/busy`. */
  async enter(asked: McpRequest): Promise<() => Promise<void>> {
    this.#sessions ??= this.#load();
    return await (await this.#sessions).enter(asked);
  }

  async #load(): Promise<HttpSessions> {
    const { HttpSessions } = await import("../mcp/http-sessions.ts");
    return new HttpSessions(this.#options);
  }

  /** Ends the sessions of tokens that were removed. */
  async dropRevoked(): Promise<void> {
    await (await this.#sessions)?.sweep();
  }

  async close(): Promise<void> {
    await (await this.#sessions)?.close();
  }
}
