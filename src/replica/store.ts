/** What a node keeps on disk, as a port: `adapters/` holds SQLite and its twin in memory. */
import type { Signature, VerifiedOp } from "../op/op.ts";

/** An op as the disk gives it back. */
export interface StoredOp {
  /** The op's bytes as received. */
  readonly bytes: Uint8Array;
  /** Its own verified signature, or null where a later op of its run vouches for it. */
  readonly sig: Signature | null;
  /** A signature that nobody has checked: to be verified before it is passed on. */
  readonly claim?: Signature;
}

/** Machine-local facts (mesh, trusted keys, tokens, pins): never replicated. null removes a key. */
export type Fact = readonly [key: string, value: string | null];

/** A stretch of the ops of a commit that is kept as one page. */
export interface KeptPage {
  /** Place of the first op among those of the commit. */
  readonly offset: number;
  readonly count: number;
  /** The frame that holds exactly these ops, in this order. */
  readonly frame: Uint8Array;
}

/** What becomes durable together, or not at all. */
export interface Commit {
  /** Ops in the order in which the log applied them. */
  readonly ops: readonly VerifiedOp[];
  readonly facts: readonly Fact[];
  readonly pages?: readonly KeptPage[];
}

/**
 * Ops are numbered 0, 1, 2, … in the order of their commits: the log's arrival index.
 * Methods throw `TowlineError` with a `store/…` code, never anything else.
 */
export interface Store {
  /**
   * All ops in arrival order, read once when a node opens. A row that fails its check throws
   * `store/corrupt`.
   */
  ops(): Iterable<StoredOp>;
  facts(): ReadonlyMap<string, string>;
  /** Durable (fsync) when it returns. When it throws, nothing of the commit is kept. */
  commit(commit: Commit): void;
  /** The ops at these arrival indices, in the order asked for. */
  read(indices: readonly number[]): readonly StoredOp[];
  /** The page that begins at this arrival index, as it was given. */
  readPage(first: number): Uint8Array;
  close(): void;
}
