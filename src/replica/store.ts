/** What a node keeps on disk, as a port: `adapters/` holds SQLite and its twin in memory. */
import type { Span } from "../log/spans.ts";
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

/** Ops that the disk keeps as one page. */
export interface StoredPage extends Span {
  readonly frame: Uint8Array;
}

/** What `seal` did. */
export interface Sealed extends Span {
  /** Arrival indices of ops whose signature or claim was left out: another one vouches for them. */
  readonly bare: readonly number[];
}

/** Machine-local facts (mesh, trusted keys, tokens, pins): never replicated. null removes a key. */
export type Fact = readonly [key: string, value: string | null];

/** The fact that names the mesh. Without it a store cannot take pages apart, and has none. */
export const meshFact = "mesh";

/** A stretch of the ops of a commit that is kept as one page. */
export interface KeptPage {
  /** Place of the first op among those of the commit. */
  readonly offset: number;
  readonly count: number;
  /**
   * The frame that holds exactly these ops, in this order, each with the signature that it has here
   * or with none. One with other signatures would pass on what nobody has verified.
   */
  readonly frame: Uint8Array;
}

/** What becomes durable together, or not at all. */
export interface Commit {
  /** Ops in the order in which the log applied them. */
  readonly ops: readonly VerifiedOp[];
  readonly facts: readonly Fact[];
  /** Ascending. What is in none is kept op by op. */
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
  ops(): Iterable<StoredOp | StoredPage>;
  facts(): ReadonlyMap<string, string>;
  /** Durable (fsync) when it returns. When it throws, nothing of the commit is kept. */
  commit(commit: Commit): void;
  /**
   * The ops at these arrival indices, in the order asked for. The bytes of one from a page are a
   * view of memory that its neighbours share.
   */
  read(indices: readonly number[]): readonly StoredOp[];
  /** Ops that are kept one by one and might become pages. */
  readonly looseOps: number;
  /** Which ops are kept as pages, ascending. */
  pages(): readonly Span[];
  /** The page that begins at this arrival index, as it was given. */
  readPage(first: number): Uint8Array;
  /**
   * Turns the oldest ops that are kept one by one into a page, once many have gathered, a little at
   * each step; null in the end when there is nothing to do, or no room to do it in. Step when there
   * is time. Nothing may rest on a signature that it has left out: the core has to hear of it
   * before the next read, and no read that was asked for may wait.
   */
  seal(): Generator<undefined, Sealed | null>;
  close(): void;
}
