/** Frames as bytes: what is malformed, and that reading never throws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../base/bytes.ts";
import { bulkFrame, clockFrame, liveFrame, readFrame } from "./frames.ts";

function textVerdict(json: string): string {
  const read = readFrame(utf8(json), false);
  return read.ok ? read.value.type : "malformed";
}

function binaryVerdict(json: string): string {
  const read = readFrame(utf8(json), true);
  return read.ok ? read.value.type : "malformed";
}

const author = "ab".repeat(32);

test("[SYN-9] a malformed control frame is told from an empty or a generous one", () => {
  const rows: readonly (readonly [json: string, verdict: string])[] = [
    ['{"type":"bulk","ops":[]}', "bulk"],
    ['{"type":"bulk","ops":[{}],"more":1}', "bulk"],
    ['{"type":"bulk"}', "malformed"],
    ['{"type":"bulk","ops":{}}', "malformed"],
    ['{"type":"bulk","ops":[[]]}', "malformed"],
    ['{"type":"bulk","ops":[{},null]}', "malformed"],
    ['{"type":"clock","clock":{}}', "clock"],
    [`{"type":"clock","clock":{"${author}":0}}`, "clock"],
    [`{"type":"clock","clock":{"${author}":3.0}}`, "clock"],
    [`{"type":"clock","clock":{"${author}":-1}}`, "malformed"],
    [`{"type":"clock","clock":{"${author}":1.5}}`, "malformed"],
    [`{"type":"clock","clock":{"${author}":"1"}}`, "malformed"],
    [`{"type":"clock","clock":{"${author}":null}}`, "malformed"],
    [`{"type":"clock","clock":{"${author.toUpperCase()}":1}}`, "malformed"],
    ['{"type":"clock","clock":{"__proto__":1}}', "malformed"],
    ['{"type":"clock","clock":[]}', "malformed"],
    ['{"type":"clock"}', "malformed"],
    ['{"type":"ready"}', "ready"],
    ['{"type":"constructor"}', "unknown"],
    ['{"type":null}', "malformed"],
  ];
  for (const [json, verdict] of rows) assert.equal(textVerdict(json), verdict, json);
});

test("[SYN-8] [SYN-9] a binary frame is version 1 with an op that is an object", () => {
  assert.equal(binaryVerdict('{"v":1,"op":{}}'), "live");
  for (const json of ['{"v":2,"op":{}}', '{"op":{}}', '{"v":1,"op":[]}', '{"v":1}', "[]", "\0"]) {
    assert.equal(binaryVerdict(json), "malformed", json);
  }
  assert.equal(textVerdict('{"v":1,"op":{}}'), "malformed", "a live frame is never text");
});

test("[CON-6] [OP-3] bytes that are not UTF-8, a byte order mark and deep nesting are refused", () => {
  assert.equal(readFrame(new Uint8Array([0x7b, 0xff, 0x7d]), false).ok, false);
  assert.equal(textVerdict('\u{feff}{"type":"ready"}'), "malformed");
  const nested = (depth: number): string =>
    `{"type":"x","a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.equal(textVerdict(nested(31)), "unknown");
  assert.equal(textVerdict(nested(32)), "malformed");
});

test("of a member that comes twice the last counts", () => {
  assert.equal(textVerdict('{"type":"ready","type":"bulk","ops":[]}'), "bulk");
});

test("whatever the bytes, reading a frame does not throw", () => {
  const json = fc.json().map((text) => utf8(text));
  const near = fc
    .record({
      type: fc.constantFrom("bulk", "clock", "auth", "challenge", "welcome"),
      ops: fc.anything(),
    })
    .map((value) => utf8(safeJson(value)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), json, near), fc.boolean(), (data, isBinary) => {
      readFrame(data, isBinary);
    }),
    { numRuns: 500 },
  );
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "{}";
  }
}

test("what is written is read back as it was", () => {
  const counts = new Map([
    [author, 3],
    ["cd".repeat(32), 0],
  ]);
  const clock = readFrame(utf8(clockFrame(counts)), false);
  assert.deepEqual(clock.ok && clock.value, { type: "clock", clock: counts });
  const bulk = readFrame(utf8(bulkFrame(['{"a":1}', '{"a":2}'])), false);
  assert.deepEqual(bulk.ok && bulk.value, { type: "bulk", ops: [{ a: 1 }, { a: 2 }] });
  const live = readFrame(liveFrame('{"a":1}'), true);
  assert.deepEqual(live.ok && live.value, { type: "live", op: { a: 1 } });
});
