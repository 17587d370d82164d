/** What a peer has made durable, by its own statements, and whether those fit each other. [V3] */
import { peerHeadsMax } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Heads } from "../log/frontier.ts";
import type { Entry, Log } from "../log/log.ts";
import type { Crypto } from "../op/crypto.ts";
import type { NodeId } from "../op/op.ts";
import type { FrontierFrame } from "./frames-3.ts";

/** `more`: frames of the statement are to come. `mismatch`: its digest is that of something else. */
export type Stated = "more" | "consistent" | "mismatch" | "too-much";

export class PeerFrontier {
  readonly #log: Log;
  readonly #crypto: Crypto;
  #stated = new Frontier();
  #isKnown = false;
  /** Authors that the frames of an unfinished statement have named. */
  #named: Set<NodeId> | null = null;
  #headCount = 0;

  constructor(log: Log, crypto: Crypto) {
    this.#log = log;
    this.#crypto = crypto;
  }

  /** Whether the peer has said what it has. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  get heads(): Heads {
    return this.#stated.heads;
  }

  /** 64 hex digits; equal to the own one when both have made the same ops durable. */
  get digest(): string {
    return this.#stated.digest(this.#crypto);
  }

  /** The greatest seq that the peer has of `author`; 0 for none. */
  topSeq(author: NodeId): number {
    return Math.max(0, ...this.#stated.of(author).map(({ seq }) => seq));
  }

  /** The peer has exactly what `frontier` says. */
  adopt(frontier: Frontier): void {
    this.#isKnown = true;
    this.#stated = new Frontier(frontier.heads);
    this.#headCount = 0;
    for (const [, heads] of frontier) this.#headCount += heads.length;
  }

  take(frame: FrontierFrame): Stated {
    if (this.#named === null) {
      this.#named = new Set();
      if (frame.isWhole) this.#forget();
    }
    for (const [author, heads] of frame.entries) {
      const before = this.#stated.of(author);
      const kept = this.#named.has(author) ? before : [];
      this.#named.add(author);
      this.#headCount += kept.length + heads.length - before.length;
      if (this.#headCount > peerHeadsMax) return "too-much";
      this.#stated.set(author, [...kept, ...heads]);
    }
    if (frame.hasMore) return "more";
    this.#named = null;
    this.#isKnown = true;
    return this.digest === frame.digest ? "consistent" : "mismatch";
  }

  #forget(): void {
    this.#stated = new Frontier();
    this.#headCount = 0;
  }

  /** Whether the peer has this op on its disk, as far as can be told: never true by mistake. */
  has(entry: Entry): boolean {
    for (const { id } of this.#stated.of(entry.author)) {
      let at: Entry | null = this.#log.find(id) ?? null;
      if (at !== null && !this.#log.isForked(entry.author) && at.author === entry.author) {
        if (at.seq >= entry.seq) return true;
        continue;
      }
      while (at !== null && at.seq > entry.seq) at = at.prev;
      if (at === entry) return true;
    }
    return false;
  }
}
