/**
 * Learns the own head from peers before the node writes. A disk that was restored from a backup, or
 * cloned, ends below what peers hold already: to write there would fork the own log. [THREATS 1.5]
 */
import { ownClaimMs } from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { NodeId } from "../op/op.ts";
import type { Session } from "../sync/session.ts";

export class OwnHead<Write> {
  readonly #node: NodeId;
  readonly #log: Log;
  /** How long writes wait for a first peer; 0 when no peer is dialled. */
  readonly #learnMs: number;
  /** Monotonic milliseconds until which they do; null before the first event. */
  #learnUntil: number | null = null;
  /** Writes that wait, in order. */
  #held: Write[] = [];
  /** Since when a peer claims own ops that are not here, and do not come. */
  #claimedSince: number | null = null;

  constructor(input: { readonly node: NodeId; readonly log: Log; readonly learnMs: number }) {
    this.#node = input.node;
    this.#log = input.log;
    this.#learnMs = input.learnMs;
  }

  hold(write: Write): void {
    this.#held.push(write);
  }

  /** The writes that may go ahead. */
  release(sessions: Iterable<Session>, now: number): readonly Write[] {
    if (this.#held.length === 0 || this.#mustWait(sessions, now)) return [];
    const released = this.#held;
    this.#held = [];
    return released;
  }

  /** Whether own ops may be on their way here. Never for long. */
  #mustWait(sessions: Iterable<Session>, now: number): boolean {
    this.#learnUntil ??= now + this.#learnMs;
    const claims = [...sessions].map((session) => session.claimedOwn);
    const claimed = Math.max(0, ...claims.map((claim) => claim ?? 0));
    if (claimed > this.#log.countOf(this.#node) && !this.#log.isForked(this.#node)) {
      this.#claimedSince ??= now;
      // A claim that brings nothing is a lie, and must not keep the node from its work.
      return now < this.#claimedSince + ownClaimMs;
    }
    this.#claimedSince = null;
    return now < this.#learnUntil && claims.every((claim) => claim === null);
  }

  /** When to look again; Infinity while no write waits. */
  deadline(): number {
    if (this.#held.length === 0) return Infinity;
    if (this.#claimedSince !== null) return this.#claimedSince + ownClaimMs;
    return this.#learnUntil ?? Infinity;
  }
}
