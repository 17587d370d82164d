/** Events come out of a stream whole, however it was cut into chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ServerEvent } from "./sse.ts";
import { EventParser } from "./sse.ts";

function parsed(...chunks: readonly string[]): readonly ServerEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

test("an event has a name, an id that lasts, and its lines of data", () => {
  const text = 'id: 7\nevent: items\ndata: {"a":1}\n\n: alive\n\ndata: one\ndata:two\nretry: 5\n\n';
  assert.deepEqual(parsed(text), [
    { id: "7", event: "items", data: '{"a":1}' },
    { id: "7", event: "message", data: "one\ntwo" },
  ]);
});

test("what has no data, or no end, is no event", () => {
  assert.deepEqual(parsed("event: items\nid: 3\n\n"), []);
  assert.deepEqual(parsed("data: begun\n"), []);
});

test("an id with a NUL is not taken, since no header can hold it", () => {
  assert.deepEqual(parsed("id: a\0b\ndata: x\n\n"), [{ id: null, event: "message", data: "x" }]);
});

test("cuts anywhere and each kind of line end give the same events", () => {
  const text = 'id: 1\nevent: items\ndata: {"é":"🙂"}\n\ndata: a\ndata: b\n\n';
  const whole = parsed(text);
  fc.assert(
    fc.property(
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(fc.nat(text.length * 2), { maxLength: 8 }),
      (end, cuts) => {
        const bytes = text.replaceAll("\n", end);
        const places = [0, ...cuts.map((at) => Math.min(at, bytes.length)), bytes.length];
        const sorted = places.sort((left, right) => left - right);
        const chunks = sorted.slice(1).map((to, at) => bytes.slice(sorted[at], to));
        assert.deepEqual(parsed(...chunks), whole);
      },
    ),
  );
});

test("an event that does not end is given up instead of filling the memory", () => {
  const parser = new EventParser();
  const chunk = `data: ${"x".repeat(8 * 1024 * 1024)}\n`;
  assert.throws(() => {
    for (let at = 0; at < 9; at += 1) parser.push(chunk);
  }, /does not end/u);
});
