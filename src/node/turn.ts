/** One turn of the event loop: what is done once at its end, and who has had enough of it. */
import type { Link } from "../adapters/link.ts";
import { turnMs } from "../base/limits.ts";

export class Turn {
  readonly #now: () => number;
  /** When the first event of this turn came; null between turns. */
  #since: number | null = null;
  /** Links not read until the next turn, so that one busy peer does not starve the rest. */
  readonly #held = new Set<Link>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Notes that an event came; `atEnd` runs once, when all that is ready has been handled, and again
   * after the next turn when it returns true.
   */
  began(atEnd: () => boolean): void {
    if (this.#since !== null) return;
    this.#since = this.#now();
    setImmediate(() => {
      const hasMore = atEnd();
      const held = [...this.#held];
      this.#held.clear();
      this.#since = null;
      if (hasMore) this.began(atEnd);
      // What they have kept back begins the next turn.
      for (const link of held) link.resume();
    });
  }

  /** Stops reading `link` for the rest of a turn that has gone on for long. */
  holdIfLong(link: Link): void {
    const isLong = this.#since !== null && this.#now() - this.#since >= turnMs;
    if (!isLong || this.#held.has(link)) return;
    this.#held.add(link);
    link.pause();
  }
}
