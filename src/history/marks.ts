/** Evenly spread moments of the past, for a slider of time to run over. */
import type { PastSource, Sliced } from "./source.ts";

export interface Mark {
  /** So many arrivals. */
  readonly at: number;
  /** When the last of them was written, by its author's clock. */
  readonly time: number;
}

/** Marks on a slider of time. */
const marksMax = 200;
/** Marks that are read at a time: each may lie in a page of its own. */
const marksAtATime = 4;

/** Evenly spread moments and their times; what was read is remembered while the spread is so. */
export class Marks {
  #step = 1;
  #times = new Map<number, number>();

  *of(source: PastSource): Sliced<readonly Mark[]> {
    const { count } = source;
    const step = Math.max(1, Math.ceil(count / marksMax));
    if (step !== this.#step) {
      this.#step = step;
      this.#times = new Map();
    }
    const times = this.#times;
    const wanted = Array.from({ length: Math.floor(count / step) }, (_, at) => (at + 1) * step);
    const missing = wanted.filter((at) => !times.has(at));
    for (let at = 0; at < missing.length; at += marksAtATime) {
      const some = missing.slice(at, at + marksAtATime);
      for (const [place, op] of source.read(some.map((each) => each - 1)).entries()) {
        times.set(some[place] ?? 0, op.time);
      }
      yield;
    }
    return wanted.map((at) => ({ at, time: times.get(at) ?? 0 }));
  }
}
