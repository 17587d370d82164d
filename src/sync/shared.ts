/** What all sessions of a node share and only read. */
import type { Frontier } from "../log/frontier.ts";
import type { Log } from "../log/log.ts";
import type { Spans } from "../log/spans.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId } from "../op/op.ts";
import type { Compression } from "../page/compression.ts";
import type { Recent } from "./recent.ts";

export interface Shared {
  readonly log: Log;
  readonly crypto: Crypto;
  readonly compression: Compression;
  readonly signer: Signer;
  readonly mesh: MeshId;
  /** Versions that this node speaks. */
  readonly versions: readonly number[];
  readonly publicUrls: readonly string[];
  readonly disk: Disk;
}

/** What is durable. No other op ever leaves. */
export interface Disk {
  /** Ops below this arrival index are on disk. */
  readonly durable: number;
  /** Their heads. */
  readonly frontier: Frontier;
  /** What of them is kept as pages. */
  readonly spans: Spans;
  /** Those of the last commit. */
  readonly recent: Recent;
}
