/** No input makes an importer throw, plan an op that cannot be, or write anything twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { success } from "../base/brand.ts";
import { detectFormat } from "./detect.ts";
import { importFolder } from "./folder.ts";
import { readMarkdown } from "./front-matter.ts";
import type { Planner } from "./testing/fixtures.ts";
import { items, trace } from "./testing/fixtures.ts";
import { TestPipeline } from "./testing/pipeline.ts";

const names = [
  ...["id", "title", "status", "labels", "dependencies", "depends_on", "comments", "__proto__"],
  ...["constructor", "close_reason", "priority", "trace", "x", "op", "item", "set", "t", "node"],
];
const word = fc.oneof(
  fc.constantFrom("a", "b", "open", "closed", "pinned", "tombstone", "create", "update", "delete"),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "__proto__", "", "x".repeat(66_000)),
);
const value = fc.oneof(
  { maxDepth: 3 },
  word,
  fc.double(),
  fc.constant(null),
  fc.array(word, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom(...names), word, { maxKeys: 3 }),
  fc.jsonValue({ maxDepth: 4 }),
);
const id = fc.constantFrom("a", "b", "bd-1");
const item = fc
  .tuple(fc.dictionary(fc.constantFrom(...names), value), id, word)
  .map(([rest, itemId, title]) => ({ id: itemId, title, status: "open", ...rest }));
const edit = fc
  .tuple(id, fc.constantFrom("create", "update", "delete"), fc.dictionary(word, value))
  .map(([itemId, op, set]) => ({ t: 1, node: "n01", item: itemId, op, set }));
const line = fc.oneof(
  item.map((entry) => JSON.stringify(entry)),
  edit.map((entry) => JSON.stringify(entry)),
  fc.string(),
  fc.json(),
  fc.constantFrom('{"id":"a","title":"T","status":"open","x":1e400}', "[".repeat(9_000), "{}"),
);
const file = fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n"));

/** Runs the plan twice, the first time in chunks; the pipeline checks each op. */
function checkPlan(plan: Planner, chunk: number): void {
  const pipeline = new TestPipeline();
  pipeline.run(plan, { chunk });
  const before = pipeline.text();
  assert.equal(pipeline.run(plan).ops, 0);
  assert.equal(pipeline.text(), before);
}

test("no text makes an importer throw, or write anything in a second run", () => {
  fc.assert(
    fc.property(file, fc.constantFrom(1, 2, 50), (text, chunk) => {
      detectFormat(text);
      checkPlan(items(text), chunk);
      checkPlan(trace(text), chunk);
    }),
    { numRuns: 300 },
  );
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});

test("no bytes make an importer throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      detectFormat(bytes);
      checkPlan(items(bytes), 1);
      checkPlan(trace(bytes), 1);
    }),
  );
});

const yamlish = fc
  .array(
    fc.constantFrom(
      ...["name: ", "depends_on: ", "retry_count: ", "x: ", "\n", "  ", "- ", "[", "]", "{", "}"],
      ...["&a ", "*a", "!!map ", "!x ", "<<: ", "? ", ": ", '"', "'", "|\n", "#", "1", "a", ","],
      ...["---\n", "...\n", "%YAML 1.1\n", ".inf", "0x10", "~", "\t", "__proto__: "],
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

test("no Markdown makes the importer throw, or write anything in a second run", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(yamlish, fc.string()), { maxLength: 4 }), (texts) => {
      const files = texts.map((text, at) => {
        const content = `---\n${text}\n---\n${text}`;
        readMarkdown(text);
        return { path: `1_backlog/${at}.md`, text: success(content) };
      });
      checkPlan((state) => importFolder(files, state), 1);
    }),
    { numRuns: 500 },
  );
});

test("front matter that nests too deep is refused before the parser goes down into it", () => {
  const nested = (levels: number, open: string, close: string): string =>
    `---\nx: ${open.repeat(levels)}1${close.repeat(levels)}\n---\n# Title\n`;
  assert.ok(readMarkdown(nested(20, "[", "]")).ok);
  assert.ok(readMarkdown(`---\nx:\n${"- \n".repeat(40)}---\n`).ok, "a list of forty empty ones");
  const closedFirst = `---\n${"]".repeat(100)}${"[".repeat(100)}\n---\n`;
  const inOneLine = `---\n${"- ? ".repeat(17)}1\n---\n`;
  const flows = [nested(33, "[", "]"), nested(33, "{a: ", "}"), nested(7_000, "[", "")];
  for (const text of [...flows, closedFirst, inOneLine]) {
    const read = readMarkdown(text);
    assert.ok(!read.ok && read.error.message.includes("it nests too deep"), JSON.stringify(read));
  }
});
