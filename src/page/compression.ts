/** The compression that pages need, as a port: an adapter brings zstd. */

export interface Compression {
  /** One zstd frame. */
  compress(bytes: Uint8Array): Uint8Array;
  /** Null when `bytes` are no zstd frame, or stand for more than `sizeMax`. Never throws. */
  decompress(bytes: Uint8Array, sizeMax: number): Uint8Array | null;
}
