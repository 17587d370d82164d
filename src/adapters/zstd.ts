/** The compression port on node:zlib. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Compression } from "../page/compression.ts";

/** Of the levels 1 to 3, the first packs pages of ops smallest, and fastest. */
const level = 1;
/** Memory that a frame may make us hold: 8 MiB, which RFC 8878 asks every decoder to support. */
const windowLogMax = 23;
/** The least output buffer that zlib takes. */
const chunkBytesMin = 64;

export const zstd: Compression = {
  compress: (bytes) =>
    zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
  decompress: (bytes, sizeMax) => {
    // zlib takes no limit of 0.
    const maxOutputLength = Math.max(1, sizeMax);
    // One buffer for all of it, instead of many that are then joined.
    const chunkSize = Math.max(chunkBytesMin, sizeMax);
    const params = { [constants.ZSTD_d_windowLogMax]: windowLogMax };
    try {
      const unpacked = zstdDecompressSync(bytes, { maxOutputLength, chunkSize, params });
      return unpacked.length <= sizeMax ? unpacked : null;
    } catch {
      return null;
    }
  },
};
