/**
 * Has the disk pack the ops that have gathered there, a step at a time. Steps keep a distance, in
 * which everything else has its turn, unless more gathers than they get done.
 */
import { sealedFromOps, sealGapMs, sealInHasteOps } from "../base/limits.ts";
import type { Sealed, Store } from "../replica/store.ts";
import type { SystemClock } from "./clock.ts";
import { Deadline } from "./deadline.ts";

export class Sealer {
  readonly #store: Pick<Store, "seal" | "looseOps">;
  readonly #clock: Pick<SystemClock, "now" | "setTimer">;
  readonly #rest: Deadline;
  #steps: ReturnType<Store["seal"]> | null = null;
  #hasWork: boolean;
  /** Monotonic milliseconds before which no step is due without haste. */
  #restsUntil = -Infinity;

  /** `wake` is called when a step has become due while nothing else happened. */
  constructor(input: {
    readonly store: Pick<Store, "seal" | "looseOps">;
    readonly clock: Pick<SystemClock, "now" | "setTimer">;
    readonly wake: () => void;
  }) {
    this.#store = input.store;
    this.#clock = input.clock;
    this.#rest = new Deadline(input.clock, input.wake);
    this.#hasWork = input.store.looseOps >= sealedFromOps;
  }

  /** More is on the disk. */
  committed(): void {
    this.#hasWork ||= this.#store.looseOps >= sealedFromOps;
  }

  get isDue(): boolean {
    return this.#due() <= this.#clock.now().mono;
  }

  /** Works a little; the page that came of it, with the last step for one. Throws `store/…`. */
  step(): Sealed | null {
    this.#restsUntil = this.#clock.now().mono + sealGapMs;
    this.#steps ??= this.#store.seal();
    const { done, value } = this.#steps.next();
    if (done !== true) return null;
    this.#steps = null;
    this.#hasWork = value !== null && this.#store.looseOps >= sealedFromOps;
    return value;
  }

  /**
   * Makes a page if it is in haste: a node that short commands open again and again never has the
   * turns for one.
   */
  catchUp(): void {
    if (!this.#hasWork || this.#store.looseOps < sealInHasteOps) return;
    do this.step();
    while (this.#steps !== null);
  }

  /** True when a step is due now; else `wake` is called once it is. */
  plan(): boolean {
    const { isDue } = this;
    this.#rest.set(isDue ? Infinity : this.#due());
    return isDue;
  }

  /** The disk has failed, or is closed: what was begun is not gone on with. */
  stop(): void {
    this.#steps = null;
    this.#hasWork = false;
    this.#rest.cancel();
  }

  #due(): number {
    if (!this.#hasWork) return Infinity;
    return this.#store.looseOps >= sealInHasteOps ? -Infinity : this.#restsUntil;
  }
}
