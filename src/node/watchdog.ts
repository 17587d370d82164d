/** Watches the event loop: a node that stands still answers nobody, and somebody should know. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { SystemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** A pause that is worth a line in the log. */
const stallMs = 1_000;
const lookEveryMs = 5_000;
/** A pause may seem shorter by so much, and each wakes a machine that may have nothing to do. */
const resolutionMs = 50;

export class Watchdog {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #clock: SystemClock;
  readonly #logger: Logger;
  #cancel: (() => void) | null = null;
  #longestMs = 0;
  #stalls = 0;

  constructor(clock: SystemClock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  start(): void {
    this.#delay.enable();
    this.#lookLater();
  }

  stop(): void {
    this.#cancel?.();
    this.#delay.disable();
  }

  /** Pauses of a second or more since the start, and the longest pause at all. */
  status(): { readonly stalls: number; readonly longestMs: number } {
    return { stalls: this.#stalls, longestMs: Math.max(this.#longestMs, this.#recentMs()) };
  }

  #recentMs(): number {
    return Math.round(this.#delay.max / 1e6);
  }

  #lookLater(): void {
    this.#cancel = this.#clock.setTimer(lookEveryMs, () => {
      const ms = this.#recentMs();
      this.#delay.reset();
      this.#longestMs = Math.max(this.#longestMs, ms);
      if (ms >= stallMs) {
        this.#stalls += 1;
        this.#logger.warn(
          { ms },
          "the event loop stood still: the machine is overloaded, or slept",
        );
      }
      this.#lookLater();
    });
  }
}
