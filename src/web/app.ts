/**
 * The HTTP application: routes, who gets in, how errors are answered. It owns no server: requests
 * come from the node's listener, whose limits for strangers hold for them.
 */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { fastify } from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "../adapters/ws-listener-check.ts";
import { TowlineError } from "../base/errors.ts";
import { isDeeper } from "../base/json.ts";
import {
  apiBodyBytesMax,
  apiParamCharsMax,
  jsonDepthMax,
  strangerFrameBytesMax,
} from "../base/limits.ts";
import type { Tracing } from "../node/tracing.ts";
import { letIn, originOf, TooMany } from "./auth/guard.ts";
import type { Principal } from "./auth/sessions.ts";
import { boardPath, sendPage } from "./board.ts";
import { metricsOf } from "./metrics/metrics.ts";
import { handlerOf } from "./handling.ts";
import type { Shared } from "./handling.ts";
import { problemOf, problemType } from "./problems.ts";
import type { Requests } from "./requests.ts";
import { addSpans } from "./request-spans.ts";
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

export interface AppOptions {
  /** Tells the listener that a request came from somebody who is known. */
  readonly admit: (request: IncomingMessage) => void;
  readonly requests: Requests;
  readonly tracing: Tracing;
}

export async function createApp(web: Web, options: AppOptions): Promise<FastifyInstance> {
  const [routes, replays] = [allRoutes(), new Replays()];
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
  addSpans(app, options.tracing);
  addHooks(app, web, options);
  app.setErrorHandler((error, _, reply) => answerError(web, error, reply));
  app.setNotFoundHandler(async (request, reply) => {
    const isPage = request.method === "GET" || request.method === "HEAD";
    if (isPage && boardPath(request.url) !== null) await sendPage(request, reply);
    else refuse(request, reply, routes);
    return reply;
  });
  for (const route of routes) addRoute(app, { web, routes, replays }, route);
  await app.ready();
  return app;
}

function addHooks(app: FastifyInstance, web: Web, { admit, requests }: AppOptions): void {
  app.decorateRequest("principal", null);
  app.decorateRequest("origin", "");
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.raw.socket.destroyed) {
      requests.began();
      reply.raw.once("close", () => requests.ended());
    }
    guard(web, { request, reply, admit });
    done();
  });
  app.addHook("preValidation", (request, _, done) => {
    const schema = request.routeOptions.config.route?.query;
    if (schema !== undefined) request.query = queryOf(schema, request.query);
    done();
  });
  const metrics = metricsOf(web);
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.config.route?.url ?? "other";
    const seconds = reply.elapsedTime / 1_000;
    metrics.answered({ method, route, status: reply.statusCode, seconds });
    done();
  });
}

function guard(
  web: Web,
  at: Pick<AppOptions, "admit"> & {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  },
): void {
  const { request, reply, admit } = at;
  setSecurityHeaders(reply);
  request.origin = originOf(web, request);
  const access = request.routeOptions.config.access ?? accessOf(request.url);
  if (access === "open" || (access === "local" && isFromHere(request))) return;
  if (web.isDraining()) {
    reply.header("connection", "close");
    throw new TowlineError("http/busy", "The node is about to stop.");
  }
  reply.header("cache-control", "no-store");
  const { origin } = request;
  const role = access === "editor" ? "editor" : "viewer";
  request.principal = letIn(web, { request, reply }, { role, origin });
  // A stranger's socket ends ten seconds after it came, also amid an answer.
  admit(request.raw);
}

/** From this machine, and for nobody else: a proxy here asks for others. */
function isFromHere({ raw, headers }: FastifyRequest): boolean {
  const isPassedOn = Object.keys(headers).some((name) =>
    /^(?:x-)?forwarded|^via$|^x-real-ip$/u.test(name),
  );
  return isLoopback(raw.socket.remoteAddress) && !isPassedOn;
}

/** Of paths at which there is nothing: who may learn that. */
function accessOf(url: string): Access {
  return boardPath(url) === null ? "viewer" : "open";
}

function addRoute(app: FastifyInstance, shared: Shared, route: AnyRoute): void {
  if (route.takes === undefined) {
    addHere(app, shared, route);
    return;
  }
  const { takes } = route;
  // In a scope of its own, for no other route takes such a body.
  app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(takes, (_request, payload, parsed) => parsed(null, payload));
    addHere(scope, shared, route);
    done();
  });
}

function addHere(app: FastifyInstance, shared: Shared, route: AnyRoute): void {
  const { method, url, access, params, query, body } = route;
  app.route({
    method,
    url,
    // Whoever watches a node may ask for the headers alone.
    exposeHeadRoute: access === "open" && method === "GET",
    // Strangers get no room for more than a secret.
    bodyLimit: access === "open" ? strangerFrameBytesMax : apiBodyBytesMax,
    config: { access, route },
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
    },
    handler: handlerOf(route, shared),
  });
}

/** JSON is read with the depth that everything else here is read with, and without prototypes. */
function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = body.toString();
    // Clients that send the same headers with everything have no body to delete with.
    if (text === "" && request.method === "DELETE") return done(null, undefined);
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
  // Work that was broken off because nobody waits for it is no bug.
  if (bug !== null && !reply.raw.destroyed)
    web.logger.error({ error: stackOf(bug) }, "a request failed");
  if (error instanceof TooMany) reply.header("retry-after", String(error.seconds));
  // The rest of a body that was refused is not read.
  if (dto.status === 413 || dto.status === 429) reply.header("connection", "close");
  void reply
    .code(dto.status)
    .header("cache-control", "no-store")
    .type(problemType)
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
