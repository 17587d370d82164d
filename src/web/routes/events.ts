/** What changes, as it changes: server-sent events. */
import type { Call } from "../web.ts";
import { route } from "../web.ts";
import { param, query, text } from "../schemas/parts.ts";

interface EventsQuery {
  readonly lastEventId?: string;
}

export const eventRoutes = [
  route<object, EventsQuery>({
    method: "GET",
    url: "/api/v1/events",
    access: "viewer",
    tag: "events",
    summary: "Items, status and resets as server-sent events; Last-Event-ID goes on after a break",
    query: query({ lastEventId: param }),
    gives: "text/event-stream",
    answers: { 200: text },
    handle: (call) => {
      const { web, who, request, reply, query: given } = call;
      web.events.refuseMore(who);
      const header = request.headers["last-event-id"];
      const lastId = typeof header === "string" && header !== "" ? header : given.lastEventId;
      writeHead(call);
      web.events.follow(who, reply.raw, lastId ?? null);
      return undefined;
    },
  }),
];

function writeHead({ reply }: Call<object, EventsQuery, undefined>): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies gather what they pass on unless they are told not to.
    "x-accel-buffering": "no",
  });
  reply.raw.flushHeaders();
}
