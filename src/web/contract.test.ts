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

test("what is answered is as the document says", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  const document = await documentOf(editor);
  const check = await checker(document);
  await node.write([[["new", "a", { title: "one", stage: "coding" }]]]);
  await node.write([
    [
      ["new", "b", { title: "two", stage: "coding" }],
      ["add", "b", "depends_on", "a"],
    ],
  ]);
  const ask = async (
    method: string,
    path: string,
    route: string,
    body?: unknown,
  ): Promise<void> => {
    check(await editor.send(method, path, body), method, route);
  };
  const item = "/api/v1/items/{item}";
  await ask("POST", "/api/v1/items", "/api/v1/items", { title: "new", item: "c" });
  await ask("PATCH", "/api/v1/items/c", item, { fields: { labels: ["x"] } });
  await ask("POST", "/api/v1/items/c/notes", `${item}/notes`, { text: "x" });
  await ask("POST", "/api/v1/items/c/move", `${item}/move`, { stage: "coding" });
  await ask("POST", "/api/v1/items/a/claim", `${item}/claim`, {});
  await ask("POST", "/api/v1/items/a/done", `${item}/done`, { to: "qa" });
  await ask("POST", "/api/v1/items/a/done", `${item}/done`, { to: "backlog", more: 1 });
  await ask("POST", "/api/v1/take", "/api/v1/take", {});
  await ask("GET", "/api/v1/items", "/api/v1/items");
  await ask("GET", "/api/v1/items?nothing", "/api/v1/items");
  await ask("GET", "/api/v1/items/a", item);
  await ask("GET", "/api/v1/items/none", item);
  await ask("DELETE", "/api/v1/items/c", item);
  for (const name of ["claims", "ready", "status", "peers", "session", "openapi.json"]) {
    await ask("GET", `/api/v1/${name}`, `/api/v1/${name}`);
  }
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
