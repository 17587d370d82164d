/**
 * The items of one filter in their order, kept up to date change by change: a change costs a
 * binary search, whatever the number of items. What `snapshot` gives stays as it is and is the same
 * object until something in it changes.
 */
import type { ItemFilter, Order } from "./filter.ts";
import { matcher, orderOf } from "./filter.ts";
import type { ShownItem } from "./item.ts";

/** One item before and after; null for none. */
export interface ItemChange {
  readonly before: ShownItem | null;
  readonly after: ShownItem | null;
}

/** From so many changes at once on, sorting everything is cheaper. */
const changesMax = 400;

export class ItemView {
  readonly #matches: (item: ShownItem) => boolean;
  readonly #order: Order;
  readonly #listeners = new Set<() => void>();
  #sorted: ShownItem[];
  #snapshot: readonly ShownItem[];

  constructor(filter: ItemFilter, items: Iterable<ShownItem>) {
    this.#matches = matcher(filter);
    this.#order = orderOf(filter);
    this.#sorted = this.#all(items);
    this.#snapshot = this.#sorted.slice();
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly snapshot = (): readonly ShownItem[] => this.#snapshot;

  /** `items` gives all of them, after the changes. */
  apply(changes: readonly ItemChange[], items: () => Iterable<ShownItem>): void {
    const isTouched = changes.some(
      ({ before, after }) => this.#has(before) || (after !== null && this.#matches(after)),
    );
    if (!isTouched) return;
    if (changes.length > changesMax) this.#sorted = this.#all(items());
    else for (const change of changes) this.#replace(change);
    this.#snapshot = this.#sorted.slice();
    for (const listener of this.#listeners) listener();
  }

  #all(items: Iterable<ShownItem>): ShownItem[] {
    return [...items].filter(this.#matches).sort(this.#order);
  }

  #has(item: ShownItem | null): boolean {
    return item !== null && this.#sorted[this.#placeOf(item)] === item;
  }

  #replace({ before, after }: ItemChange): void {
    if (before !== null && this.#has(before)) this.#sorted.splice(this.#placeOf(before), 1);
    if (after !== null && this.#matches(after)) {
      this.#sorted.splice(this.#placeOf(after), 0, after);
    }
  }

  /** Where the item stands, or would stand. */
  #placeOf(item: ShownItem): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#sorted[middle];
      if (there !== undefined && this.#order(there, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
