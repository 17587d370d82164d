/**
 * The HTTP application: routes, who gets in, how errors are answered. It owns no server: requests
 * come from the node's listener, whose limits for strangers hold for them.
 */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { TowlineError } from "../base/errors.ts";
import { isDeeper } from "../base/json.ts";
import { apiBodyBytesMax, apiParamCharsMax, jsonDepthMax } from "../base/limits.ts";
import { itemOfSegment } from "../client/item-path.ts";
import { AccessFile } from "../node/access-file.ts";
import { Failures } from "./auth/failures.ts";
import { isStillIn, letIn, originOf, TooMany } from "./auth/guard.ts";
import type { Principal } from "./auth/sessions.ts";
import { Sessions } from "./auth/sessions.ts";
import { EventHub } from "./events/hub.ts";
import { boardPath, sendPage } from "./board.ts";
import { McpDoor } from "./mcp-door.ts";
import { problemOf } from "./problems.ts";
import { Replays } from "./replays.ts";
import { methodsAt, queryOf } from "./route-table.ts";
import { allRoutes } from "./routes/all.ts";
import type { Access, AnyRoute, Web } from "./web.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Null on routes that are open to everybody. */
    principal: Principal | null;
    origin: string;
  }
  interface FastifyContextConfig {
    access?: Access;
    route?: AnyRoute;
  }
}

/** What the listener tells of the socket a request came over. */
export type Admit = (request: IncomingMessage) => void;

export function createWeb(given: Pick<Web, "host" | "logger" | "isDraining">): Web {
  const { node } = given.host;
  const web: Web = {
    ...given,
    sessions: new Sessions(),
    access: new AccessFile(node.dir ?? ""),
    failures: new Failures(),
    events: new EventHub(node, (principal) => isStillIn(web, principal)),
    mcp: new McpDoor(given.host, given.logger, ({ key, role }) =>
      isStillIn(web, { session: null, tokenId: key, role }),
    ),
    routes: allRoutes(),
  };
  return web;
}

export async function createApp(web: Web, admit: Admit): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: (handler) => createServer(handler),
    bodyLimit: apiBodyBytesMax,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestIdHeader: false,
    routerOptions: { maxParamLength: apiParamCharsMax },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
    frameworkErrors: (error, _, reply) => {
      setSecurityHeaders(reply);
      answerError(web, error, reply);
    },
  });
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  takeJson(app);
  app.decorateRequest("principal", null);
  app.decorateRequest("origin", "");
  app.addHook("onRequest", (request, reply, done) => {
    guard(web, { request, reply, admit });
    done();
  });
  app.addHook("preValidation", (request, _, done) => {
    const schema = request.routeOptions.config.route?.query;
    if (schema !== undefined) request.query = queryOf(schema, request.query);
    done();
  });
  new Replays().addTo(app);
  app.setErrorHandler((error, _, reply) => answerError(web, error, reply));
  app.setNotFoundHandler(async (request, reply) => {
    const isPage = request.method === "GET" || request.method === "HEAD";
    if (isPage && boardPath(request.url) !== null) await sendPage(request, reply);
    else refuse(request, reply, web.routes);
    return reply;
  });
  for (const route of web.routes) addRoute(app, web, route);
  await app.ready();
  return app;
}

function guard(
  web: Web,
  at: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly admit: Admit },
): void {
  const { request, reply, admit } = at;
  setSecurityHeaders(reply);
  request.origin = originOf(web, request);
  const access = request.routeOptions.config.access ?? accessOf(request.url);
  if (access === "open") return;
  reply.header("cache-control", "no-store");
  request.principal = letIn(web, { request, reply }, { access, origin: request.origin });
  // A stranger's socket ends ten seconds after it came, also amid an answer.
  admit(request.raw);
}

/** Of paths at which there is nothing: who may learn that. */
function accessOf(url: string): Access {
  return boardPath(url) === null ? "viewer" : "open";
}

function addRoute(app: FastifyInstance, web: Web, route: AnyRoute): void {
  if (route.takes === undefined) {
    addHere(app, web, route);
    return;
  }
  const { takes } = route;
  // In a scope of its own, for no other route takes such a body.
  app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(takes, (_request, payload, parsed) => parsed(null, payload));
    addHere(scope, web, route);
    done();
  });
}

function addHere(app: FastifyInstance, web: Web, route: AnyRoute): void {
  const { method, url, access, params, query, body } = route;
  app.route({
    method,
    url,
    config: { access, route },
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
    },
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const answer = await route.handle({
        web,
        get who(): Principal {
          if (request.principal !== null) return request.principal;
          throw new Error(`bug in towline: ${url} is open to everybody`);
        },
        params: paramsOf(request.params),
        query: request.query,
        body: request.body,
        request,
        reply,
        signal: gone.signal,
      });
      return reply.sent ? reply : answer;
    },
  });
}

/** An item in a path is written so that no id is taken for a step between folders. */
function paramsOf(params: unknown): unknown {
  const { item, ...others } = params as { readonly item?: string };
  return item === undefined ? params : { ...others, item: itemOfSegment(item) };
}

/** JSON is read with the depth that everything else here is read with, and without prototypes. */
function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body.toString();
    if (!isDeeper(text, jsonDepthMax)) return parse(request, text, done);
    const message = `The body nests deeper than ${jsonDepthMax} levels.`;
    done(new TowlineError("http/invalid", message));
  });
}

/** There is nothing at this path, or not with this method. */
function refuse(request: FastifyRequest, reply: FastifyReply, routes: readonly AnyRoute[]): never {
  const methods = methodsAt(routes, request.url);
  if (methods.length === 0) {
    throw new TowlineError("http/not-found", "There is nothing at this path.");
  }
  reply.header("allow", methods.join(", "));
  throw new TowlineError("http/method", `This path takes ${methods.join(", ")}.`);
}

function answerError(web: Web, error: unknown, reply: FastifyReply): void {
  const { dto, bug } = problemOf(error);
  if (bug !== null) web.logger.error({ error: stackOf(bug) }, "a request failed");
  if (error instanceof TooMany) reply.header("retry-after", String(error.seconds));
  // The rest of a body that was refused is not read.
  if (dto.status === 413 || dto.status === 429) reply.header("connection", "close");
  void reply
    .code(dto.status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .send(JSON.stringify(dto));
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function setSecurityHeaders(reply: FastifyReply): void {
  reply.headers({
    "content-security-policy": contentPolicy,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  });
}
