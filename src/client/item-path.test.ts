/** Item ids in paths: each survives the way through a URL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { itemOfSegment, itemSegment } from "./item-path.ts";

test("every id comes out of a URL as it went in", () => {
  for (const item of [".", "..", "...", "a", "bd-12.3", "a:b", "__proto__", "-", "_"]) {
    const url = new URL(`/api/v1/items/${itemSegment(item)}/history`, "http://127.0.0.1:1");
    const parts = url.pathname.split("/");
    assert.equal(parts.length, 6, url.pathname);
    assert.equal(itemOfSegment(decodeURIComponent(parts[4] ?? "")), item);
  }
});
