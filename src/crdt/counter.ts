/**
 * A sum of steps. Each step counts once for each call, so whoever calls must tell ops apart.
 * Steps are integers of at most a million: below nine thousand million of them the sum is exact,
 * and therefore the same in any order.
 */
import type { Stamp } from "./order.ts";
import { laterStamp } from "./order.ts";

export class Counter {
  #sum = 0;
  #last: Stamp;

  /** Starts at zero; `stamp` is that of the first step. */
  constructor(stamp: Stamp) {
    this.#last = stamp;
  }

  step(by: number, stamp: Stamp): void {
    this.#sum += by;
    this.#last = laterStamp(this.#last, stamp);
  }

  get sum(): number {
    return this.#sum;
  }

  /** The latest step, for blame. */
  get last(): Stamp {
    return this.#last;
  }
}
