/** JSON from strangers never overflows the stack and never reaches a prototype. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeeper, isObject, isWellFormed, member, parseJson } from "./json.ts";

function nested(depth: number, open = "[", close = "]"): string {
  return open.repeat(depth) + close.repeat(depth);
}

test("[OP-17] depth counts brackets outside strings, the outermost being 1", () => {
  for (const depth of [1, 2, 31, 32]) {
    assert.equal(isDeeper(nested(depth), depth), false);
    assert.equal(isDeeper(nested(depth), depth - 1), true);
  }
  assert.equal(isDeeper(nested(3, '{"a":', "}"), 3), false);
  assert.equal(isDeeper(nested(3, '[{"a":', "}]"), 5), true);
  assert.equal(isDeeper('["[[[[", "\\"[[[", "\\\\", []]', 2), false);
  assert.equal(isDeeper('["\\\\", [[]]]', 2), true);
  assert.equal(isDeeper(`[${"[],".repeat(1_000)}[]]`, 2), false);
});

test("[OP-17] text of any depth ends in a result", () => {
  assert.equal(parseJson(nested(32)).ok, true);
  for (const depth of [33, 10_000, 1_000_000]) {
    assert.deepEqual(parseJson(nested(depth)), { ok: false, error: "deep" });
    assert.equal(parseJson("[".repeat(depth)).ok, false);
    assert.equal(parseJson("]".repeat(depth) + "[".repeat(depth)).ok, false);
  }
});

test("[OP-18] what is not JSON is refused", () => {
  for (const text of [
    "",
    " ",
    "{",
    "[1,]",
    "{'a':1}",
    "01",
    "NaN",
    "[]]",
    '"\n"',
    "\ufeff[]",
    "// a",
  ]) {
    assert.deepEqual(parseJson(text), { ok: false, error: "syntax" }, text);
  }
});

test("own members only are read, and nothing reaches Object.prototype", () => {
  const parsed = parseJson('{"__proto__":{"polluted":1},"a":null}');
  assert.ok(parsed.ok && isObject(parsed.value));
  assert.equal(member(parsed.value, "a"), null);
  for (const key of ["constructor", "toString", "polluted", "b"]) {
    assert.equal(member(parsed.value, key), undefined);
  }
  assert.deepEqual(member(parsed.value, "__proto__"), { polluted: 1 });
  assert.equal((Object.prototype as { readonly polluted?: unknown }).polluted, undefined);
  for (const other of [null, [], "", 1, undefined]) assert.equal(isObject(other), false);
});

test("[OP-20] a lone surrogate is found in values and keys at any place", () => {
  for (const value of ["\ud800", ["a\udc00"], { a: ["\udbff"] }, { "\ud800": 1 }, "\udc00\ud800"]) {
    assert.equal(isWellFormed(value), false);
  }
  for (const value of ["", "😀", { "😀": ["é", null, 1, true] }]) assert.ok(isWellFormed(value));
});
