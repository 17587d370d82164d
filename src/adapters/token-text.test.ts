/** Token texts: long enough, random, and readable. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTokenText, newTokenText } from "./token-text.ts";

test("a new token is a token of 160 random bits in characters that nobody confuses", () => {
  const texts = Array.from({ length: 500 }, () => newTokenText());
  for (const text of texts) {
    assert.match(text, /^tow_[2-9a-km-np-z]{32}$/u);
    assert(isTokenText(text));
  }
  assert.equal(new Set(texts).size, texts.length);
  assert.equal(new Set(texts.join("").replaceAll("tow_", "")).size, 32, "all 32 digits are drawn");
});

test("a token text has 16 to 256 characters, none of them half of one", () => {
  assert(isTokenText("a".repeat(16)));
  assert(isTokenText("a".repeat(256)));
  assert(isTokenText("\u{1f6f7}".repeat(256)));
  assert(isTokenText("tow_towline-shared_0123456789"));
  assert(!isTokenText("a".repeat(15)));
  assert(!isTokenText("\u{1f6f7}".repeat(15)));
  assert(!isTokenText("a".repeat(257)));
  assert(!isTokenText("a".repeat(20) + "\ud800"));
  for (const other of [null, undefined, 1, {}, [], 16n]) assert(!isTokenText(other));
});
