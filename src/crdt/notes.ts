/** Notes that are only ever appended, read in the order of their ops. */
import type { Place } from "./order.ts";
import { comparePlaces } from "./order.ts";

export interface PlacedNote extends Place {
  readonly text: string;
}

/**
 * Late arrivals are put in their place when somebody reads, all at once: inserting each on arrival
 * moves half of a long list every time, and whoever joins two long branches pays for that squared.
 */
export class Notes {
  #notes: PlacedNote[] = [];
  #isSorted = true;

  /** A note that is there already stays one note. */
  add(note: PlacedNote): void {
    const last = this.#notes.at(-1);
    if (last !== undefined && comparePlaces(last, note) >= 0) this.#isSorted = false;
    this.#notes.push(note);
  }

  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  list(): readonly PlacedNote[] {
    if (!this.#isSorted) {
      const sorted = this.#notes.sort(comparePlaces);
      this.#notes = sorted.filter((note, at) => {
        const before = sorted[at - 1];
        return before === undefined || comparePlaces(before, note) < 0;
      });
      this.#isSorted = true;
    }
    return this.#notes;
  }
}
