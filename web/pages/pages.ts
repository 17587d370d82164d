/** Pages of changes, the newest first, put together while new ones come in at the top. */
import type { ChangeDto, ChangePageDto } from "../../src/client/contract.ts";

export interface Loaded {
  readonly changes: readonly ChangeDto[];
  /** For the next page of older ones; null when there is none. */
  readonly next: string | null;
}

/** The first page, read anew, before what was loaded earlier. */
export function withNewest(known: Loaded, first: ChangePageDto): Loaded {
  const last = first.changes.at(-1);
  const overlap = known.changes.findIndex(({ op }) => op === last?.op);
  // More came meanwhile than a page holds: what lies between would be missing.
  if (last === undefined || overlap < 0) return first;
  return {
    changes: [...first.changes, ...known.changes.slice(overlap + 1)],
    next: known.changes.length > overlap + 1 ? known.next : first.next,
  };
}

/** The next page behind what was loaded earlier. */
export function withOlder(known: Loaded, page: ChangePageDto): Loaded {
  const seen = new Set(known.changes.map(({ op }) => op));
  const older = page.changes.filter(({ op }) => !seen.has(op));
  return { changes: [...known.changes, ...older], next: page.next };
}
