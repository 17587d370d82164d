/** What a peer has made durable, by its own statements, and whether those fit each other. [V3] */
import { peerHeadsMax } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Head, Heads } from "../log/frontier.ts";
import type { Entry, Log } from "../log/log.ts";
import { isCovered } from "../log/missing.ts";
import type { Crypto } from "../op/crypto.ts";
import type { NodeId } from "../op/op.ts";
import type { FrontierFrame } from "./frames-3.ts";

/** `more`: frames of the statement are to come. `mismatch`: its digest is of something else. */
export type Stated = "more" | "consistent" | "mismatch" | "too-much";

export class PeerFrontier {
  readonly #log: Log;
  readonly #crypto: Crypto;
  #stated = new Frontier();
  /** What the frames of an unfinished statement have named; it holds when it is whole. */
  #next: Frontier | null = null;
  #isKnown = false;
  #isConsistent = false;
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

  /** Whether its last statement is whole and has the digest that the peer gave for it. */
  get isSettled(): boolean {
    return this.#isConsistent && this.#said === null;
  }

  /** More frames of a statement are to come: until then it names less than the peer has. */
  get isAmidStatement(): boolean {
    return this.#said !== null;
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
    this.#isConsistent = true;
    this.#stated = new Frontier(frontier.heads);
    this.#headCount = 0;
    for (const [, heads] of frontier) this.#headCount += heads.length;
  }

  take(frame: FrontierFrame): Stated {
    if (this.#said === null) {
      this.#said = new Map();
      this.#next = frame.isWhole ? new Frontier() : this.#stated;
      if (frame.isWhole) this.#headCount = 0;
    }
    const next = this.#next ?? this.#stated;
    for (const [author, heads] of frame.entries) {
      const known = this.#said.get(author);
      const said = known ?? [];
      this.#headCount += heads.length;
      if (known === undefined) {
        this.#headCount -= next.of(author).length;
        this.#said.set(author, said);
      }
      // An author without heads takes room, too.
      if (Math.max(this.#headCount, this.#said.size) > peerHeadsMax) return "too-much";
      for (const head of heads) said.push(head);
      next.set(author, said);
    }
    if (frame.hasMore) return "more";
    this.#said = null;
    this.#next = null;
    this.#stated = next;
    this.#isKnown = true;
    this.#isConsistent = this.digest === frame.digest;
    return this.#isConsistent ? "consistent" : "mismatch";
  }

  /** Whether the peer has this op on its disk, as far as can be told: never true by mistake. */
  has(entry: Entry): boolean {
    return isCovered(this.#log, this.heads, entry);
  }
}
