/** Paths match their patterns part by part. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchPath } from "./path.ts";

test("a path matches a pattern of the same parts, and gives what varies", () => {
  assert.deepEqual(matchPath("/", "/"), { param: null });
  assert.deepEqual(matchPath("/mesh", "/mesh"), { param: null });
  assert.deepEqual(matchPath("/item/:id", "/item/a%3Ab"), { param: "a:b" });
  assert.deepEqual(matchPath("/item/:id", "/item/%zz"), { param: "%zz" });
  for (const other of ["/item", "/item/", "/item/a/b", "/items/a", "/"]) {
    assert.equal(matchPath("/item/:id", other), null, other);
  }
});
