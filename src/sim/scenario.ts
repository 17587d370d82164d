/**
 * A run before it is run: the options and the list of decisions, as plain data. The same scenario
 * always runs the same; a corpus file is one, and the shrinker leaves parts of one out.
 */
import type { CryptoKind } from "./crypto.ts";

/** One change, told without what only the moment knows: ids of adds, which items there are. */
export interface Edit {
  readonly kind: "new" | "set" | "add" | "rem" | "inc" | "note" | "del" | "odd";
  readonly item: number;
  readonly field: string;
  readonly value: string | number | null;
}

export const tricks = [
  "equivocate",
  "inflate",
  "fake-dep",
  "gap",
  "own-dep",
  "wrong-prev",
  "bad-signature",
  "tamper",
  "unsigned",
  "undecodable",
  "late-voucher",
  "replay",
  "lie-high",
  "lie-low",
  "malformed",
  "flood",
  "ask-all",
  "lie-heads",
  "garbled-page",
  "replayed-page",
  "beyond-credit",
  "ask-again",
  "endless-frontier",
] as const;
export type Trick = (typeof tricks)[number];

/** What happens to one node, or to the network, at a moment of act one. */
export type Deed =
  | {
      readonly kind: "write";
      readonly node: number;
      readonly actor: string;
      readonly ops: readonly (readonly Edit[])[];
    }
  | { readonly kind: "import"; readonly node: number; readonly from: number; readonly part: number }
  | { readonly kind: "look"; readonly node: number }
  | {
      readonly kind: "crash";
      readonly node: number;
      readonly ms: number;
      readonly isSilent: boolean;
    }
  /** The process dies at its next commit, before or after that became durable. */
  | {
      readonly kind: "crash-at-commit";
      readonly node: number;
      readonly ms: number;
      readonly isDurable: boolean;
    }
  | { readonly kind: "pause"; readonly node: number; readonly ms: number }
  | {
      readonly kind: "partition";
      readonly from: readonly number[];
      readonly to: readonly number[];
      readonly ms: number;
      readonly isOneWay: boolean;
    }
  | { readonly kind: "cut"; readonly node: number; readonly to: number }
  /** The connections of these two go dead and nobody is told. */
  | { readonly kind: "half-open"; readonly node: number; readonly to: number }
  /** The next page from one to the other never comes: a peer that loses what it has taken. */
  | { readonly kind: "lose-page"; readonly node: number; readonly to: number }
  | {
      readonly kind: "slow";
      readonly node: number;
      readonly bytesPerMs: number;
      readonly ms: number;
    }
  | { readonly kind: "storm"; readonly node: number; readonly to: number; readonly count: number }
  | { readonly kind: "disk-full"; readonly node: number; readonly ms: number }
  | { readonly kind: "read-error"; readonly node: number; readonly ms: number }
  /** A flipped bit or a torn page: found when the store opens next, which then refuses. */
  | { readonly kind: "corrupt"; readonly node: number; readonly ms: number }
  | { readonly kind: "backup"; readonly node: number }
  | { readonly kind: "restore"; readonly node: number; readonly ms: number }
  | {
      readonly kind: "clone";
      readonly node: number;
      readonly dials: readonly number[];
      /** For so many ms the two are cut off from all others, and each writes; 0 for not at all. */
      readonly apartMs?: number;
    }
  | { readonly kind: "clock-jump"; readonly node: number; readonly ms: number }
  | { readonly kind: "token-race"; readonly node: number; readonly count: number }
  | { readonly kind: "trick"; readonly node: number; readonly trick: Trick; readonly size: number };

export type Action = Deed & {
  /** Milliseconds since the run began. */
  readonly at: number;
  /** Names the substream of what is drawn while it is carried out. */
  readonly key: number;
};

export interface NodeOptions {
  /** Versions of the protocol that it speaks. */
  readonly versions: readonly number[];
  /** Nodes that it dials and keeps dialling. */
  readonly dials: readonly number[];
  readonly isByzantine: boolean;
  /** Milliseconds by which its wall clock is wrong. */
  readonly skewMs: number;
  /** How fast its clocks run: 1 is right. */
  readonly rate: number;
}

export interface NetworkOptions {
  readonly latencyMs: number;
  /** How often a frame meets a delay of `tailMs` on top. */
  readonly tailChance: number;
  readonly tailMs: number;
  readonly bytesPerMs: number;
  /** How often a dial fails for no reason at all. */
  readonly dialFailure: number;
}

export interface DiskOptions {
  readonly syncMs: number;
  readonly tailChance: number;
  readonly tailMs: number;
  /** How often the disk packs some rows into a page after a commit. */
  readonly sealChance: number;
}

export interface Options {
  readonly crypto: CryptoKind;
  readonly nodes: readonly NodeOptions[];
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  /** Length of act one. */
  readonly chaosMs: number;
  /** Whether byzantine nodes go on with their noise in act two. */
  readonly isNoisyToTheEnd: boolean;
}

export interface Scenario {
  readonly seed: string;
  readonly options: Options;
  readonly actions: readonly Action[];
  /** In a corpus file: what it once found. */
  readonly note?: string;
}
