/** Pages of a list, the newest first, put together while new entries come in at the top. */

export interface Loaded<T> {
  readonly entries: readonly T[];
  /** For the next page of older ones; null when there is none. */
  readonly next: string | null;
}

export type KeyOf<T> = (entry: T) => string;

/** The first page, read anew, before what was loaded earlier. */
export function withNewest<T>(known: Loaded<T>, first: Loaded<T>, keyOf: KeyOf<T>): Loaded<T> {
  const last = first.entries.at(-1);
  const lastKey = last === undefined ? null : keyOf(last);
  const overlap = known.entries.findIndex((entry) => keyOf(entry) === lastKey);
  // More came meanwhile than a page holds: what lies between would be missing.
  if (overlap < 0) return first;
  return {
    entries: [...first.entries, ...known.entries.slice(overlap + 1)],
    next: known.entries.length > overlap + 1 ? known.next : first.next,
  };
}

/** The next page behind what was loaded earlier. */
export function withOlder<T>(known: Loaded<T>, page: Loaded<T>, keyOf: KeyOf<T>): Loaded<T> {
  const seen = new Set(known.entries.map(keyOf));
  const older = page.entries.filter((entry) => !seen.has(keyOf(entry)));
  return { entries: [...known.entries, ...older], next: page.next };
}
