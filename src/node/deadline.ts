/** The one timer of a node: set for the core's deadline, and set anew only when that has moved. */
import type { SystemClock } from "./clock.ts";

export class Deadline {
  readonly #clock: Pick<SystemClock, "now" | "setTimer">;
  readonly #fire: () => void;
  #timer: { readonly at: number; cancel(): void } | null = null;

  constructor(clock: Pick<SystemClock, "now" | "setTimer">, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** `at`: monotonic milliseconds; Infinity for never. */
  set(at: number): void {
    if (this.#timer?.at === at) return;
    this.cancel();
    if (at === Infinity) return;
    const ms = Math.max(0, at - this.#clock.now().mono);
    const cancel = this.#clock.setTimer(ms, () => {
      this.#timer = null;
      this.#fire();
    });
    this.#timer = { at, cancel };
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
