/** What a replica is made of. */
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId } from "../op/op.ts";
import type { Compression } from "../page/compression.ts";
import type { StoredOp, StoredPage } from "./store.ts";
import type { TrustConfig } from "./trust.ts";

/** Versions that this node speaks, ascending. */
export const versionsSpoken: readonly number[] = [1, 2, 3];

export interface ReplicaOptions {
  readonly mesh: MeshId;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly compression: Compression;
  readonly trust: TrustConfig;
  /** URLs under which this node is reached; empty when not configured. */
  readonly publicUrls: readonly string[];
  readonly versions?: readonly number[];
  /** How long writes wait after the start for a first peer to tell the own head. Default: 0. */
  readonly learnOwnHeadMs?: number;
  /** What beats call this node. */
  readonly name?: string;
}

/** What the disk holds when a node opens. */
export interface Stored {
  readonly ops: Iterable<StoredOp | StoredPage>;
  readonly facts: ReadonlyMap<string, string>;
}
