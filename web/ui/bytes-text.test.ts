/** Sizes in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText } from "./bytes-text.ts";

test("sizes are written with the unit that fits", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 999_999, 1_500_000, 3.2e12, 8e15].map(bytesText), [
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "1000 kB",
    "1.5 MB",
    "3.2 TB",
    "8000 TB",
  ]);
});
