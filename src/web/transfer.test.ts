/** Import and export over HTTP: whole, bounded, one at a time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { apiImportBytesMax } from "../base/limits.ts";
import type { ProblemDto } from "../client/contract.ts";
import type { Answer, Asker } from "./testing/web-node.ts";
import { webNode } from "./testing/web-node.ts";

const ndjson = { "content-type": "application/x-ndjson" };
const items = readFileSync(
  join(import.meta.dirname, "../../test/fixtures/import/items.jsonl"),
  "utf8",
);

function importInto(who: Asker, text: string, headers = {}): Promise<Answer> {
  return who.send("POST", "/api/v1/import", text, { ...ndjson, ...headers });
}

test("items come in, and a second time nothing changes", async (t) => {
  const { node, program } = await webNode(t);
  const editor = program("editor");
  const first = await importInto(editor, items);
  const report = first.body as { readonly format: string; readonly created: number };
  assert.equal(first.status, 200);
  assert.equal(report.format, "items");
  assert.equal(node.status().items, report.created);
  const { ops } = node.status();
  assert.equal((await importInto(editor, items)).status, 200);
  assert.equal(node.status().ops, ops);
});

test("an export goes back into a node of its mesh, and into no other", async (t) => {
  const [one, other] = [await webNode(t), await webNode(t)];
  await one.node.write(
    Array.from({ length: 1_000 }, (_, at) => [["new", `i${at}`, { title: "x" }]]),
  );
  const { body, headers } = await one.program("viewer").get<string>("/api/v1/export");
  assert.equal(headers.get("content-type"), "application/x-ndjson");
  assert.equal(body.trimEnd().split("\n").length, one.node.status().ops);
  const again = await importInto(one.program("editor"), body);
  assert.deepEqual(
    { ...(again.body as object), problems: null },
    { format: "ops", ops: 0, known: 1_001, waiting: 0, problems: null, problemCount: 0 },
  );
  const foreign = await importInto(other.program("editor"), body);
  assert.deepEqual([foreign.status, (foreign.body as ProblemDto).code], [409, "import/other-mesh"]);
});

test("what is no import, and what is too long, is refused", async (t) => {
  const { node, program, base } = await webNode(t);
  const editor = program("editor");
  const code = async (answer: Promise<Answer>): Promise<[number, string]> => {
    const { status, body } = await answer;
    return [status, (body as ProblemDto).code];
  };
  assert.deepEqual(await code(importInto(editor, "")), [422, "import/unknown-format"]);
  assert.deepEqual(await code(importInto(editor, "what?")), [422, "import/unknown-format"]);
  assert.deepEqual(await code(importInto(program("viewer"), items)), [403, "http/forbidden"]);
  const json = { "content-type": "application/json" };
  assert.deepEqual(await code(importInto(editor, items, json)), [415, "http/media-type"]);
  const key = { "idempotency-key": "x" };
  assert.deepEqual(await code(importInto(editor, items, key)), [400, "http/invalid"]);
  assert.equal(node.status().items, 0);
  const length = { "content-length": String(apiImportBytesMax + 1) };
  const sent = request(`${base}/api/v1/import`, {
    method: "POST",
    headers: { ...editor.headers, ...ndjson, ...length },
  });
  sent.on("error", () => undefined);
  sent.write("{");
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 413);
  sent.destroy();
});
