/** Virtual time: a heap of what is to happen, by time and then by the order in which it was set. */

export interface Entry {
  /** Microseconds since the run began. */
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

export class Queue {
  /** Microseconds since the run began. */
  now = 0;
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Runs `run` after `us` microseconds, behind all that was set for the same instant. */
  after(us: number, run: () => void): Entry {
    const at = this.now + Math.max(0, Math.round(us));
    const entry: Entry = { at, order: this.#order, run, isCancelled: false };
    this.#order += 1;
    this.#push(entry);
    return entry;
  }

  /** The next entry that is due by `until`, with the clock set to it; null when there is none. */
  next(until: number): Entry | null {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.at > until) {
        this.now = Math.max(this.now, until);
        return null;
      }
      this.#pop();
      if (top.isCancelled) continue;
      this.now = top.at;
      return top;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Entry)) child += 1;
      const below = heap[child] as Entry;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
