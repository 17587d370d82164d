/** A span for each request: by its route, never by what stands in its path or query. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Span, Tracing } from "../node/tracing.ts";
import { noTracing } from "../node/tracing.ts";

/** What goes on for hours would be told of when it is over: nobody waits for that. */
const streams: ReadonlySet<string> = new Set(["GET /api/v1/events", "GET /mcp"]);

export function addSpans(app: FastifyInstance, tracing: Tracing): void {
  if (tracing === noTracing) return;
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook("onRequest", (request, reply, done) => {
    const { method, headers, routeOptions } = request;
    const route = routeOptions.config.route?.url ?? "other";
    const name = `${method} ${route}`;
    if (streams.has(name)) {
      done();
      return;
    }
    const attributes = { "http.request.method": method, "http.route": route };
    const given = headers["traceparent"];
    const parent = typeof given === "string" ? given : null;
    const span = tracing.start(name, { kind: "server", attributes, parent });
    spans.set(request, span);
    reply.raw.once("close", () => {
      const status = reply.raw.statusCode;
      span.set({ "http.response.status_code": status });
      span.end(status >= 500 ? String(status) : undefined);
    });
    tracing.within(span, done);
  });
  // A body comes in turns of its own, which know nothing of where they belong.
  app.addHook("preHandler", (request, _, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else tracing.within(span, done);
  });
}
