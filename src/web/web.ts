/** What all routes of a node share, and what a route is. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CommandContext, CommandHost, NodeCommand } from "../commands/command.ts";
import type { Logger } from "../node/logger.ts";
import type { AccessFile } from "../node/access-file.ts";
import type { Failures } from "./auth/failures.ts";
import type { Principal, Sessions } from "./auth/sessions.ts";
import type { EventHub } from "./events/hub.ts";
import type { McpDoor } from "./mcp-door.ts";

export const apiPrefix = "/api/v1";

export interface Web {
  readonly host: CommandHost;
  readonly logger: Logger;
  readonly sessions: Sessions;
  readonly access: AccessFile;
  readonly failures: Failures;
  readonly events: EventHub;
  readonly mcp: McpDoor;
  /** True from the moment at which the node was asked to stop. */
  readonly isDraining: () => boolean;
}

/** Who gets in: everybody, this machine or a viewer, whoever may look, whoever may write. */
export type Access = "open" | "local" | "viewer" | "editor";

/** A JSON Schema, as Fastify and OpenAPI 3.1 take it. */
export type Schema = Readonly<Record<string, unknown>>;

/** A request that was let in and checked. */
export interface Call<Params, Query, Body> {
  readonly web: Web;
  /** All that there are. */
  readonly routes: readonly AnyRoute[];
  /** Throws for a route that is open to everybody. */
  readonly who: Principal;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface Route<Params = never, Query = never, Body = never> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly access: Access;
  /** For the OpenAPI document. */
  readonly tag: string;
  readonly summary: string;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  /** The body is of this type, and is handed over as it comes in. */
  readonly takes?: "application/x-ndjson";
  /** What it answers with when that is no JSON. */
  readonly gives?: "application/x-ndjson" | "text/event-stream" | "text/plain";
  /** What it answers when all is well, by status. */
  readonly answers: Readonly<Record<number, Schema>>;
  /** What is returned goes out as JSON; undefined when the reply was sent already. */
  readonly handle: (call: Call<Params, Query, Body>) => unknown;
}

/** A route whose parameters only its own schemas know. */
export type AnyRoute = Route<unknown, unknown, unknown>;

export function route<Params = object, Query = object, Body = undefined>(
  given: Route<Params, Query, Body>,
): AnyRoute {
  return given as unknown as AnyRoute;
}

/** Runs the command that the command line runs, and gathers the rows that it hands out. */
export async function run<Params, Row, Result>(
  { web, signal }: Pick<Call<unknown, unknown, unknown>, "web" | "signal">,
  command: NodeCommand<Params, Row, Result>,
  params: Params,
  onRows: CommandContext<Row>["rows"] = () => Promise.resolve(),
): Promise<Result> {
  return await command.run(
    { ...web.host, signal, rows: onRows, progress: () => undefined },
    params,
  );
}
