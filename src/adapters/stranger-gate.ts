/**
 * The waiting room of a listener: sockets that were accepted and have not been admitted yet. Each
 * has one absolute deadline, which no byte moves, and when the room is full the oldest leaves. So
 * a flood of idle sockets costs a bounded amount of memory and keeps nobody out.
 */

export interface GateClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs `fire` once after `ms`; returns what cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** What the gate does to a stranger; each is called at most once, and never after `leave`. */
export interface Stranger {
  /** The deadline has passed. The stranger still counts until it leaves. */
  expire(): void;
  /** A newer stranger needs the room. This one has left already. */
  evict(): void;
}

interface Entry {
  readonly stranger: Stranger;
  readonly deadline: number;
  isExpired: boolean;
}

export class StrangerGate {
  readonly #clock: GateClock;
  readonly #strangersMax: number;
  readonly #deadlineMs: number;
  /** In the order of arrival, which is the order of the deadlines too. */
  readonly #entries = new Set<Entry>();
  #cancelTimer: (() => void) | null = null;

  constructor(options: {
    readonly clock: GateClock;
    readonly strangersMax: number;
    readonly deadlineMs: number;
  }) {
    this.#clock = options.clock;
    this.#strangersMax = options.strangersMax;
    this.#deadlineMs = options.deadlineMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Lets a stranger wait, and returns what to call when it is admitted or gone. */
  enter(stranger: Stranger): () => void {
    if (this.#entries.size >= this.#strangersMax) this.#evictOldest();
    const deadline = this.#clock.now() + this.#deadlineMs;
    const entry: Entry = { stranger, deadline, isExpired: false };
    this.#entries.add(entry);
    this.#arm();
    return () => {
      this.#entries.delete(entry);
      if (this.#entries.size === 0) this.#disarm();
    };
  }

  #evictOldest(): void {
    for (const entry of this.#entries) {
      this.#entries.delete(entry);
      entry.stranger.evict();
      return;
    }
  }

  /** One timer serves all: it waits for the oldest that has not expired. */
  #arm(): void {
    if (this.#cancelTimer !== null) return;
    for (const entry of this.#entries) {
      if (entry.isExpired) continue;
      const ms = Math.max(0, entry.deadline - this.#clock.now());
      this.#cancelTimer = this.#clock.setTimer(ms, () => this.#expireDue());
      return;
    }
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #expireDue(): void {
    this.#cancelTimer = null;
    const now = this.#clock.now();
    // A copy, because whoever expires may leave at once.
    for (const entry of [...this.#entries]) {
      if (entry.deadline > now) break;
      if (entry.isExpired || !this.#entries.has(entry)) continue;
      entry.isExpired = true;
      entry.stranger.expire();
    }
    this.#arm();
  }
}
