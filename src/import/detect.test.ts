/** What a file is told by, and what is said when nothing tells it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { detectFormat } from "./detect.ts";
import { jsonLines } from "./lines.ts";
import { fixture, jsonl } from "./testing/fixtures.ts";

function formatOf(input: string | Uint8Array): string {
  const format = detectFormat(input);
  return format.ok ? format.value : `${format.error.code}: ${format.error.message}`;
}

const op = {
  author: "a".repeat(64),
  seq: 1,
  prev: "0".repeat(64),
  lamport: 1,
  time: 0,
  deps: [],
  actor: "",
  body: "[]",
  sig: null,
};

test("each format is recognised by its members", () => {
  assert.equal(formatOf(fixture("items.jsonl")), "items");
  assert.equal(formatOf(fixture("trace.jsonl")), "trace");
  assert.equal(formatOf(jsonl(op)), "ops");
});

test("marks, CRLF, blank and bad lines before the first good one do not matter", () => {
  const noise = "\uFEFF\r\n\r\nnot json\r\n[]\r\n{}\r\n";
  assert.equal(formatOf(noise + fixture("trace.jsonl").replaceAll("\n", "\r\n")), "trace");
  const bytes = new TextEncoder().encode(noise + fixture("items.jsonl"));
  assert.equal(formatOf(bytes), "items");
  assert.equal(formatOf(`"${"x".repeat(1_200_000)}"\n${jsonl(op)}`), "ops");
});

test("an unknown file is refused with what was seen and what is understood", () => {
  const unknown = formatOf(jsonl({ name: "x", colour: "red" }));
  assert.match(unknown, /^import\/unknown-format: .*line 1 has the members "name", "colour"/u);
  assert.match(unknown, /tracker items.*edit trace.*towline export.*1_backlog/u);
  assert.match(formatOf("# A title\n"), /line 1 cannot be read: it is not JSON: "# A title"/u);
  for (const empty of ["", "\n \r\n", "\uFEFF"]) assert.match(formatOf(empty), /file is empty/u);
  assert.match(formatOf(new Uint8Array([255, 254, 123, 0])), /UTF-16/u);
  assert.match(formatOf("x\n".repeat(1_000) + jsonl(op)), /unknown-format/u);
});

test("lines are numbered, and a byte that is no UTF-8 costs only its own", () => {
  const bytes = new Uint8Array([
    ...[0xef, 0xbb, 0xbf, 123, 125, 13, 10],
    ...[10, 123, 0xff, 125, 10],
    ...[32, 123, 125],
  ]);
  const lines = [...jsonLines(bytes)].map(({ line, entry }) => {
    return `${line} ${entry.ok ? "ok" : entry.error.code}`;
  });
  assert.deepEqual(lines, ["1 ok", "3 entry/not-utf8", "4 ok"]);
});
