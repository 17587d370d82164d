/** Items in the order in which they were touched, as far back as slow clients may need it. */
import { eventRecentMax } from "../../base/limits.ts";

/** Up to where a client has been told. */
export interface Mark {
  /** Ops of the log of which it knows all. */
  readonly index: number;
  /** Touches that it was told of, those by no op as well. */
  readonly touch: number;
}

/** What comes next for a client. */
export interface Piece {
  readonly items: readonly string[];
  readonly mark: Mark;
}

interface Touch {
  readonly item: string;
  /** Ops that were durable when it came. */
  readonly index: number;
}

export class Touches {
  #touches: Touch[] = [];
  /** The number of the first of them. */
  #first = 0;

  /** How many there were in all. */
  get count(): number {
    return this.#first + this.#touches.length;
  }

  add(touch: Touch): void {
    this.#touches.push(touch);
    if (this.#touches.length < 2 * eventRecentMax) return;
    this.#touches = this.#touches.slice(eventRecentMax);
    this.#first += eventRecentMax;
  }

  /**
   * The next items, each once, at most `max`; `index` is the mark's when nothing is left after
   * them. Null when what follows the mark is not known any more.
   */
  take(mark: Mark, max: number, index: number): Piece | null {
    const start = mark.touch - this.#first;
    if (start < 0) return null;
    const items = new Set<string>();
    let at = start;
    for (; at < this.#touches.length; at += 1) {
      const item = this.#touches[at]?.item ?? "";
      if (items.size >= max && !items.has(item)) break;
      items.add(item);
    }
    const touch = this.#first + at;
    if (at === this.#touches.length) return { items: [...items], mark: { index, touch } };
    // Of what came at one moment, a client that breaks off here may not know all.
    const open = this.#touches[at]?.index;
    let last = at - 1;
    while (last >= start && this.#touches[last]?.index === open) last -= 1;
    const known = last >= start ? (this.#touches[last]?.index ?? mark.index) : mark.index;
    return { items: [...items], mark: { index: Math.max(mark.index, known), touch } };
  }
}
