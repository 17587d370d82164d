/** The OpenAPI document, the routes that there are, and what they answer say the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fastify } from "fastify";
import type { FastifyInstance } from "fastify";
import { silentLogger } from "../node/logger.ts";
import { noTracing } from "../node/tracing.ts";
import { createApp } from "./app.ts";
import { createWeb } from "./create-web.ts";
import { Requests } from "./requests.ts";
import type { WrittenDto } from "../client/contract.ts";
import type { Answer, Asker } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

async function documentOf(viewer: Asker): Promise<Document> {
  return (await viewer.get<Document>("/api/v1/openapi.json")).body;
}

test("the document has exactly the routes that there are", async (t) => {
  const { host, program } = await webNode(t);
  const document = await documentOf(program("viewer"));
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const web = createWeb({ host, logger: silentLogger, isDraining: () => false });
  t.after(() => web.events.close());
  const app = await createApp(web, {
    admit: () => undefined,
    requests: new Requests(),
    tracing: noTracing,
  });
  t.after(() => app.close());
  const registered = routesIn(app.printRoutes({ commonPrefix: false }));
  assert.deepEqual(described.sort(), registered.sort());
  assert.equal(document.openapi, "3.1.0");
  const ids = Object.values(document.paths).flatMap((all) => Object.values(all));
  assert.equal(new Set(ids.map(({ operationId }) => operationId)).size, described.length);
});

/** `└── /api/v1/items (GET, HEAD)` and what is indented below it. */
function routesIn(tree: string): string[] {
  const found: string[] = [];
  const path: string[] = [];
  for (const line of tree.split("\n")) {
    const [, indent = "", part = "", methods = ""] =
      /^([│├└─\s]*)(\S+)(?: \(([A-Z, ]+)\))?$/u.exec(line) ?? [];
    if (part === "") continue;
    path.length = indent.length / 4 - 1;
    path.push(part);
    const url = path.join("").replace(/:([a-z]+)/gu, "{$1}");
    const all = methods.split(", ").filter((method) => method !== "" && method !== "HEAD");
    for (const method of all) found.push(`${method} ${url}`);
  }
  return found;
}

/** Answered by streams, by nothing, or by another protocol. */
const notJson = [
  "GET /api/v1/events",
  "GET /api/v1/export",
  "GET /metrics",
  "DELETE /api/v1/session",
];

test("what is answered is as the document says, on every route", async (t) => {
  const { node, program, stranger, token } = await webNode(t);
  const editor = program("editor");
  const document = await documentOf(editor);
  const check = await checker(document);
  const asked = new Set<string>();
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    status = 200,
  ): Promise<Answer> => {
    const type = typeof body === "string" ? { "content-type": "application/x-ndjson" } : {};
    const answer = await editor.send(method, path, body, type);
    const text = JSON.stringify(answer.body).slice(0, 300);
    assert.equal(answer.status, status, `${method} ${path}: ${text}`);
    const route = (path.split("?")[0] ?? "").replace(/(?<=^\/api\/v1\/items\/)[^/]+/u, "{item}");
    check(answer, method, route);
    if (status < 400) asked.add(`${method} ${route}`);
    return answer;
  };
  await node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  await node.write([
    [
      ["new", "b", { title: "two" }],
      ["add", "b", "depends_on", "a"],
    ],
  ]);
  await ask("POST", "/api/v1/items", { title: "new", item: "c" }, 201);
  const edited = await ask("PATCH", "/api/v1/items/c", { fields: { labels: ["x"] } });
  await ask("POST", "/api/v1/items/c/undo", { op: (edited.body as WrittenDto).op });
  await ask("POST", "/api/v1/items/c/notes", { text: "x" });
  await ask("POST", "/api/v1/items/c/move", { stage: "coding" });
  for (const [action, body] of [
    ["claim", {}],
    ["release", {}],
    ["claim", {}],
    ["fail", { reason: "no" }],
    ["retry", {}],
    ["steal", { reason: "mine" }],
  ] as const) {
    await ask("POST", `/api/v1/items/c/${action}`, body);
  }
  await ask("POST", "/api/v1/take", {});
  await ask("POST", "/api/v1/items/a/done", { to: "qa" });
  await ask("POST", "/api/v1/items/a/done", { to: "backlog", more: 1 }, 400);
  await ask("POST", "/api/v1/import", '{"id":"i","title":"x","status":"todo"}\n');
  for (const name of ["a", "a/history", "a/notes"]) await ask("GET", `/api/v1/items/${name}`);
  await ask("GET", "/api/v1/items/none", undefined, 404);
  await ask("GET", "/api/v1/items?nothing", undefined, 400);
  for (const name of ["items", "claims", "ready", "status", "peers", "session", "openapi.json"]) {
    await ask("GET", `/api/v1/${name}`);
  }
  const looks = ["changes", "history/moments", "history/board?at=3", "history/compare?from=2&to=5"];
  for (const look of looks) await ask("GET", `/api/v1/${look}`);
  await ask("DELETE", "/api/v1/items/c");
  await ask("GET", "/healthz");
  await ask("GET", "/readyz");
  await ask("GET", "/readyz?peers=1", undefined, 503);
  const session = { token: token("viewer") };
  check(await stranger.send("POST", "/api/v1/session", session), "POST", "/api/v1/session");
  asked.add("POST /api/v1/session");
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const expected = all.filter((route) => !notJson.includes(route) && !route.endsWith("/mcp"));
  assert.deepEqual([...asked].sort(), expected.sort());
});

/** Checks an answer by what the document says of its route and status. */
async function checker(
  document: Document,
): Promise<(answer: Answer, method: string, path: string) => void> {
  const app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  app.addSchema({ $id: "document", definitions: localized(document.components.schemas) });
  const checks = new Map<string, (body: unknown) => string | null>();
  app.post("/", { schema: { body: {} } }, () => null);
  await app.ready();
  return ({ status, body, headers }, method, path) => {
    const { responses = {} } = document.paths[path]?.[method.toLowerCase()] ?? {};
    const answer = responses[String(status)] ?? responses["default"];
    const type = (headers.get("content-type") ?? "").split(";")[0] ?? "";
    const schema = answer?.content?.[type]?.schema;
    assert(schema !== undefined, `${method} ${path} is said to answer ${status} with ${type}`);
    const key = JSON.stringify(schema);
    const compiled = checks.get(key) ?? compile(app, schema);
    checks.set(key, compiled);
    const fault = compiled(body);
    assert.equal(fault, null, `${method} ${path} answers ${JSON.stringify(body)}`);
  };
}

function compile(app: FastifyInstance, schema: object): (body: unknown) => string | null {
  const compiler = app.validatorCompiler;
  assert(compiler !== undefined);
  const validate = compiler({
    schema: localized(schema),
    method: "POST",
    url: "/",
    httpPart: "body",
  }) as ((body: unknown) => boolean) & { readonly errors?: unknown };
  return (body) => (validate(body) ? null : JSON.stringify(validate.errors));
}

/** The document's own references, as the framework resolves them. */
function localized(value: object): object {
  const text = JSON.stringify(value).replaceAll("#/components/schemas/", "document#/definitions/");
  return JSON.parse(text) as object;
}
