/** The compression port gives back what it was given, and holds no more than it is allowed to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, zstdCompressSync } from "node:zlib";
import { zstd } from "./zstd.ts";

test("bytes come back, up to the size that is allowed", () => {
  for (const size of [0, 1, 63, 64, 65, 100_000]) {
    const bytes = new Uint8Array(size).map((_, at) => at * at);
    const packed = zstd.compress(bytes);
    const unpacked = zstd.decompress(packed, size);
    assert.ok(unpacked !== null && Buffer.compare(unpacked, bytes) === 0, String(size));
    if (size > 0) assert.equal(zstd.decompress(packed, size - 1), null, String(size));
  }
});

test("what is no frame, is cut short or wants too much memory is null", () => {
  const packed = zstd.compress(new Uint8Array(5_000).map((_, at) => at * at));
  assert.equal(zstd.decompress(new Uint8Array([1, 2, 3]), 1_000), null);
  assert.equal(zstd.decompress(packed.subarray(0, -1), 5_000), null);
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  const greedy = zstdCompressSync(new Uint8Array(2 ** 24), { params });
  assert.equal(zstd.decompress(greedy, 2 ** 24), null);
});
