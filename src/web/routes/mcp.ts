/** MCP over streamable HTTP: what `towline mcp` serves, on the port of a node that runs. */
import { TowlineError } from "../../base/errors.ts";
import { anything } from "../schemas/parts.ts";
import type { AnyRoute, Call } from "../web.ts";
import { route } from "../web.ts";

const summaries = {
  POST: "Messages of an MCP client, which brings its token as Bearer",
  GET: "What the server tells an MCP client by itself, as server-sent events",
  DELETE: "End an MCP session: what it had claimed is given back",
} as const;

export const mcpRoutes: readonly AnyRoute[] = (["POST", "GET", "DELETE"] as const).map((method) =>
  route<object, object, unknown>({
    method,
    url: "/mcp",
    access: "viewer",
    tag: "mcp",
    summary: summaries[method],
    answers: { 200: anything },
    handle: answer,
  }),
);

async function answer(call: Call<object, object, unknown>): Promise<undefined> {
  refusePages(call);
  const { web, who, request, reply, body } = call;
  const { key, role, actor } = who;
  const user = { key, role, actor };
  const go = await web.mcp.enter({ request: request.raw, response: reply.raw, body, user });
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  try {
    await go();
  } catch (error) {
    web.logger.error({ error: String(error) }, "an MCP request failed");
    reply.raw.destroy();
  }
  return undefined;
}

/** MCP clients are programs: a page that brings a cookie, or another site, has no business here. */
function refusePages({ who, request }: Call<object, object, unknown>): void {
  if (who.session !== null) {
    const message = "MCP clients bring a token of `towline access add` as Bearer, no cookie.";
    throw new TowlineError("http/forbidden", message);
  }
  const { origin } = request.headers;
  if (origin === undefined || origin === request.origin) return;
  throw new TowlineError("http/csrf", "Pages of other sites may not ask this node.");
}
