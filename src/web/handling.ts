/** From a request that was let in and checked to its answer. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { itemOfSegment } from "../client/item-path.ts";
import type { Principal } from "./auth/sessions.ts";
import { problemOf, problemType } from "./problems.ts";
import type { Outcome, Replays } from "./replays.ts";
import type { AnyRoute, Call } from "./web.ts";

export interface Shared extends Pick<Call<unknown, unknown, unknown>, "web" | "routes"> {
  readonly replays: Replays;
}

/** What Fastify calls for the route. */
export function handlerOf(
  route: AnyRoute,
  shared: Shared,
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const handle = async (): Promise<unknown> =>
      await route.handle(callOf(route, shared, { request, reply }));
    const key = shared.replays.keyOf(request);
    if (key === null) {
      const answer = await handle();
      return reply.sent ? reply : answer;
    }
    const act = async (): Promise<Outcome> => await outcomeOf(handle, reply);
    const { outcome, isReplay } = await shared.replays.once(key, request, act);
    reply.code(outcome.status).headers(outcome.headers);
    if (isReplay) reply.header("idempotency-replayed", "true");
    return outcome.status === 204 ? null : Buffer.from(outcome.body);
  };
}

/** The answer as it would go out, also when nobody is there to take it. */
async function outcomeOf(handle: () => Promise<unknown>, reply: FastifyReply): Promise<Outcome> {
  try {
    const answer = await handle();
    const location = reply.getHeader("location");
    const type = { "content-type": "application/json; charset=utf-8" };
    return {
      status: reply.statusCode,
      headers: typeof location === "string" ? { ...type, location } : type,
      body: JSON.stringify(answer),
    };
  } catch (error) {
    const { dto, bug } = problemOf(error);
    if (bug !== null) throw error;
    return {
      status: dto.status,
      headers: { "content-type": problemType },
      body: JSON.stringify(dto),
    };
  }
}

function callOf(
  { url }: AnyRoute,
  { web, routes }: Shared,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Call<unknown, unknown, unknown> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return {
    web,
    routes,
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
  };
}

/** An item in a path is written so that no id is taken for a step between folders. */
function paramsOf(params: unknown): unknown {
  const { item, ...others } = params as { readonly item?: string };
  return item === undefined ? params : { ...others, item: itemOfSegment(item) };
}
