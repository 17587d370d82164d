/** The OpenAPI document of the routes, made of the schemas by which they check what comes in. */
import { csrfHeader } from "./auth/guard.ts";
import { actorHeader } from "./actor.ts";
import { claimSchema, itemPageSchema, itemSchema, wholeItemSchema } from "./schemas/item.ts";
import { object, text, whole } from "./schemas/parts.ts";
import { sessionSchema } from "./schemas/session.ts";
import { peerSchema, statusSchema } from "./schemas/status.ts";
import { writtenSchema } from "./schemas/write.ts";
import type { Access, AnyRoute, Schema } from "./web.ts";
import { apiPrefix } from "./web.ts";

export const problemSchema = object(
  { type: text, title: text, status: whole, detail: text, code: text, now: {} },
  ["now"],
);

/** What many answers hold stands in the document once. */
const named: ReadonlyMap<Schema, string> = new Map([
  [itemSchema, "Item"],
  [wholeItemSchema, "WholeItem"],
  [itemPageSchema, "ItemPage"],
  [claimSchema, "Claim"],
  [writtenSchema, "Written"],
  [sessionSchema, "Session"],
  [peerSchema, "Peer"],
  [statusSchema, "Status"],
  [problemSchema, "Problem"],
]);

export function openApiOf(routes: readonly AnyRoute[], version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:([a-z]+)/gu, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Towline", version },
    paths,
    components: {
      schemas: Object.fromEntries([...named].map(([schema, name]) => [name, inner(schema)])),
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "towline_<node>" },
      },
    },
  };
}

const accessTexts: Readonly<Record<Access, string>> = {
  open: "Open to everybody.",
  local: "Open to this machine; for others a viewer's.",
  viewer: "For a viewer.",
  editor: "For an editor.",
};

function operationOf(route: AnyRoute): Schema {
  const { access, summary, tag, method, answers, gives = "application/json" } = route;
  const answered = Object.entries(answers).map(([status, schema]) => [
    status,
    status === "204"
      ? { description: "done" }
      : { description: "what was asked for", content: { [gives]: { schema: refer(schema) } } },
  ]);
  return {
    operationId: operationId(route),
    tags: [tag],
    summary,
    description: accessTexts[access],
    security: access === "open" ? [] : [{ token: [] }, { session: [] }],
    parameters: parametersOf(route),
    ...(method !== "GET" && bodyOf(route)),
    responses: {
      ...(Object.fromEntries(answered) as Schema),
      default: {
        description: "a problem",
        content: { "application/problem+json": { schema: refer(problemSchema) } },
      },
    },
  };
}

function operationId({ method, url }: AnyRoute): string {
  const words = url.replace(apiPrefix, "").split(/[/:.]+/u);
  return [method.toLowerCase(), ...words.filter((word) => word !== "")].join("-");
}

function bodyOf({ body, takes }: AnyRoute): Schema {
  if (takes !== undefined) return { requestBody: { content: { [takes]: { schema: text } } } };
  if (body === undefined) return {};
  return { requestBody: { required: true, content: { "application/json": { schema: body } } } };
}

function parametersOf(route: AnyRoute): readonly Schema[] {
  const { params, query, access, method, url } = route;
  const all = [...parametersIn("path", params), ...parametersIn("query", query)];
  if (method === "GET" || access === "open") return all;
  const header = (name: string, description: string): Schema => {
    return { name, in: "header", required: false, description, schema: text };
  };
  return [
    ...all,
    header(csrfHeader, "with a session: the value of GET /api/v1/session"),
    header(actorHeader, "with a token: for whom it acts"),
    header("idempotency-key", "a request that comes again with it is not done again"),
    ...(url.includes(":item") ? [header("if-match", "the ETag of the item that is meant")] : []),
  ];
}

function parametersIn(place: "path" | "query", schema: Schema | undefined): readonly Schema[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, each]) => {
    return { name, in: place, required: required.includes(name), schema: each };
  });
}

/** A schema with those in it that have a name replaced by it. */
function refer(schema: unknown): unknown {
  const name = named.get(schema as Schema);
  return name === undefined ? inner(schema) : { $ref: `#/components/schemas/${name}` };
}

function inner(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(refer);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, refer(value)]));
}
