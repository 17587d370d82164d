/**
 * The door of the HTTP server: takes requests from the listener at once, and loads the application
 * behind it only in a process that serves.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { endpoint } from "../adapters/ws-listener-bind.ts";
import type { HttpHandler } from "../adapters/ws-listener.ts";
import { drainMs } from "../base/limits.ts";
import type { CommandHost, WebPort } from "../commands/command.ts";
import type { Logger } from "../node/logger.ts";
import type { Tracing } from "../node/tracing.ts";
import { noTracing } from "../node/tracing.ts";
import { createWeb } from "./create-web.ts";
import { Requests } from "./requests.ts";
import type { Web } from "./web.ts";

type Peer = Parameters<HttpHandler>[2];

export class WebServer {
  readonly #logger: Logger;
  readonly #tracing: Tracing;
  readonly #peers = new WeakMap<IncomingMessage, Peer>();
  readonly #requests = new Requests();
  #web: Web | null = null;
  #app: Promise<FastifyInstance> | null = null;
  #isDraining = false;

  constructor(logger: Logger, tracing: Tracing = noTracing) {
    this.#logger = logger;
    this.#tracing = tracing;
  }

  /** For the listener; before `serve` it says that the node is about to start. */
  readonly handler: HttpHandler = (request, response, peer) => {
    if (this.#web === null) {
      answerStarting(response);
      return;
    }
    this.#peers.set(request, peer);
    this.#app ??= this.#load(this.#web);
    this.#app.then(
      (app) => app.routing(request, response),
      (error: unknown) => {
        this.#logger.error({ error: String(error) }, "the HTTP API cannot be loaded");
        response.destroy();
      },
    );
  };

  /** From now on requests are answered for this node. */
  serve(host: CommandHost): WebPort {
    const isDraining = (): boolean => this.#isDraining;
    const web = createWeb({ host, logger: this.#logger, isDraining });
    this.#web = web;
    return portOf(web);
  }

  /** When the first request comes: it takes as long as a node takes to start. */
  async #load(web: Web): Promise<FastifyInstance> {
    const { createApp } = await import("./app.ts");
    const admit = (request: IncomingMessage): void => this.#peers.get(request)?.admitted();
    const [requests, tracing] = [this.#requests, this.#tracing];
    return await createApp(web, { admit, requests, tracing });
  }

  /** Ends what goes on for long, and lets the rest be answered; the listener cuts off others. */
  async close(): Promise<void> {
    this.#isDraining = true;
    this.#web?.events.close();
    await this.#web?.mcp.close();
    await this.#requests.idle(drainMs);
    await this.#app?.then((app) => app.close()).catch(() => undefined);
  }
}

function portOf(web: Web): WebPort {
  const url = `${localOrigin(web)}/`;
  return {
    url,
    sessionUrl: (actor) => `${url}#code=${web.sessions.newCode(actor)}`,
    accessChanged: () => {
      web.events.dropRevoked();
      web.mcp.dropRevoked().catch((error: unknown) => {
        web.logger.error({ error: String(error) }, "MCP sessions could not be ended");
      });
    },
  };
}

/** Where a browser on this machine finds the node. */
function localOrigin({ host: { node, config } }: Web): string {
  const { host } = config.listen;
  const port = Number(new URL(node.http ?? "http://127.0.0.1").port || "80");
  const isWildcard = host === "0.0.0.0" || host === "::";
  return `http://${endpoint(isWildcard ? "127.0.0.1" : host, port)}`;
}

function answerStarting(response: ServerResponse): void {
  response.writeHead(503, { "content-type": "application/problem+json", "retry-after": "1" });
  const detail = "The node is about to start. Try again in a second.";
  const type = "urn:towline:error:http/busy";
  const title = "Service Unavailable";
  response.end(JSON.stringify({ type, title, status: 503, detail, code: "http/busy" }));
}
