/**
 * Asks for what is wanted, one thing at a time: while an answer is on its way, only the latest wish
 * is kept. So a slider that is dragged shows something on its way, and never piles up requests.
 */
import { useEffect, useState } from "react";

export interface Answered<T> {
  /** The last answer that came, perhaps to an earlier wish; null before the first. */
  readonly value: T | null;
  readonly error: Error | null;
  readonly isBusy: boolean;
}

export type Load<Wish, T> = (wish: Wish, signal: AbortSignal) => Promise<T>;

const nothing = { value: null, error: null, isBusy: false } as const;

export class Latest<Wish extends string | number, T> {
  readonly #load: Load<Wish, T>;
  readonly #onState: (state: Answered<T>) => void;
  readonly #stop = new AbortController();
  #state: Answered<T> = nothing;
  #wish: Wish | null = null;
  #isAsking = false;

  constructor(load: Load<Wish, T>, onState: (state: Answered<T>) => void) {
    this.#load = load;
    this.#onState = onState;
  }

  /** Null wants nothing, and forgets what was answered. */
  want(wish: Wish | null): void {
    if (wish === this.#wish) return;
    this.#wish = wish;
    if (wish === null) this.#tell(nothing);
    else if (!this.#isAsking) void this.#askOn();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #askOn(): Promise<void> {
    this.#isAsking = true;
    let asked: Wish | null = null;
    for (let wish = this.#wish; wish !== null && wish !== asked; wish = this.#wish) {
      asked = wish;
      this.#tell({ isBusy: true });
      const answer = await this.#ask(wish);
      if (this.#stop.signal.aborted) return;
      if (!this.#isWishless()) this.#tell(answer);
    }
    this.#isAsking = false;
    this.#tell({ isBusy: false });
  }

  #isWishless(): boolean {
    return this.#wish === null;
  }

  async #ask(wish: Wish): Promise<Partial<Answered<T>>> {
    try {
      return { value: await this.#load(wish, this.#stop.signal), error: null };
    } catch (error) {
      return { error: error as Error };
    }
  }

  #tell(change: Partial<Answered<T>>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}

/** `load` has to stay the same function. */
export function useLatest<Wish extends string | number, T>(
  wish: Wish | null,
  load: Load<Wish, T>,
): Answered<T> {
  const [state, setState] = useState<Answered<T>>(nothing);
  const [latest, setLatest] = useState<Latest<Wish, T> | null>(null);
  useEffect(() => {
    const made = new Latest(load, setState);
    setLatest(made);
    return () => made.stop();
  }, [load]);
  useEffect(() => latest?.want(wish), [latest, wish]);
  return state;
}
