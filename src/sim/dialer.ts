/** Keeps one connection to another node: the production client's rules, on virtual time. */
import { backoffCapMs } from "../base/limits.ts";
import { backoffMs, isHealthy, isRefusal } from "../node/backoff.ts";
import type { Prng } from "./prng.ts";
import type { Entry, Queue } from "./queue.ts";

export interface DialerOptions {
  readonly queue: Queue;
  readonly chance: Prng;
  /** Opens a connection; says whether it opened, later. */
  dial(opened: (isOpen: boolean) => void): void;
}

export class Dialer {
  readonly #options: DialerOptions;
  #failures = 0;
  #admittedAt: number | null = null;
  #isStopped = false;
  #waiting: Entry | null = null;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  dial(): void {
    if (this.#isStopped) return;
    this.#waiting = null;
    this.#admittedAt = null;
    this.#options.dial((isOpen) => {
      if (!isOpen) this.ended(null);
    });
  }

  admitted(): void {
    this.#admittedAt = this.#options.queue.now;
  }

  /** The connection ended, or could not be opened (null). */
  ended(code: number | null): void {
    if (this.#isStopped || this.#waiting !== null) return;
    const { queue, chance } = this.#options;
    const admittedFor = this.#admittedAt === null ? 0 : (queue.now - this.#admittedAt) / 1_000;
    const isWell = this.#admittedAt !== null && isHealthy(admittedFor);
    const isRefused = code !== null && isRefusal(code);
    this.#failures = isWell && !isRefused ? 0 : this.#failures + 1;
    const failures = Math.max(1, this.#failures);
    const ms = isRefused ? backoffCapMs : backoffMs({ failures, random: chance.float() });
    this.#waiting = queue.after(1_000 * ms, () => this.dial());
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#waiting !== null) this.#waiting.isCancelled = true;
  }
}
