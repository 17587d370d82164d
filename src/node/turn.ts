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
   * after the next turn when it returns true. After a long turn the event loop goes round before
   * `atEnd`, and again before anything that was kept back: work, disk and more work are three
   * pauses for everybody else, not one.
   */
  began(atEnd: () => boolean): void {
    if (this.#since !== null) return;
    this.#since = this.#now();
    setImmediate(() => {
      if (this.#held.size === 0) this.#end(atEnd);
      else setImmediate(() => this.#end(atEnd));
    });
  }

  #end(atEnd: () => boolean): void {
    const hasMore = atEnd();
    const held = [...this.#held];
    this.#held.clear();
    this.#since = null;
    if (hasMore) this.began(atEnd);
    // What they have kept back begins the next turn.
    if (held.length > 0) setImmediate(() => held.forEach((link) => link.resume()));
  }

  /**
   * Stops reading `link` for the rest of a turn that has gone on for long, or has `enough`; true
   * when it is not read until then.
   */
  holdIfLong(link: Link, enough: boolean): boolean {
    if (this.#held.has(link)) return true;
    if (this.#since === null) return false;
    if (!enough && this.#now() - this.#since < turnMs) return false;
    this.#held.add(link);
    link.pause();
    return true;
  }
}
