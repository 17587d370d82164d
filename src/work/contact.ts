/**
 * Whether this node hears of others at all: whoever is cut off from its hubs cannot tell a holder
 * that is dead from its own deafness, and lets nobody's lease run out meanwhile. [CLM-12]
 */
import type { WorkHost } from "./host.ts";

export class Contact {
  readonly #host: WorkHost;
  #since: number | null = null;
  #lastAt: number;

  constructor(host: WorkHost) {
    this.#host = host;
    this.#lastAt = host.now();
    this.note();
  }

  /** Looks whether every hub is reached. To be called whenever that may have changed. */
  note(): void {
    const now = this.#host.now();
    if (!this.#host.areHubsReached()) {
      this.#since = null;
      return;
    }
    this.#since ??= now;
    this.#lastAt = now;
  }

  /** Monotonic milliseconds since which every hub has been reached; null while one is not. */
  get since(): number | null {
    return this.#since;
  }

  /** Monotonic milliseconds when every hub was last seen to be reached. */
  get lastAt(): number {
    return this.#lastAt;
  }
}
