/** What a peer has made durable, by its own statements, and whether those fit each other. [V3] */
import { peerHeadsMax } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Head, Heads } from "../log/frontier.ts";
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
  /** The heads that the frames of an unfinished statement have named. */
  #said: Map<NodeId, Head[]> | null = null;
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
    return this.#stated.of(author).reduce((top, { seq }) => Math.max(top, seq), 0);
  }

  /** The peer has exactly what `frontier` says. */
  adopt(frontier: Frontier): void {
    this.#isKnown = true;
    this.#stated = new Frontier(frontier.heads);
    this.#headCount = 0;
    for (const [, heads] of frontier) this.#headCount += heads.length;
  }

  take(frame: FrontierFrame): Stated {
    if (this.#said === null) {
      this.#said = new Map();
      if (frame.isWhole) this.#forget();
    }
    for (const [author, heads] of frame.entries) {
      const known = this.#said.get(author);
      const said = known ?? [];
      this.#headCount += heads.length;
      if (known === undefined) {
        this.#headCount -= this.#stated.of(author).length;
        this.#said.set(author, said);
      }
      // An author without heads takes room, too.
      if (Math.max(this.#headCount, this.#said.size) > peerHeadsMax) return "too-much";
      for (const head of heads) said.push(head);
      this.#stated.set(author, said);
    }
    if (frame.hasMore) return "more";
    this.#said = null;
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
