/** The keys of the board: what each asks for, and where the arrows lead. */
import type { StageName } from "../../src/client/item.ts";

export type BoardKey =
  | { readonly kind: "walk"; readonly to: "up" | "down" | "left" | "right" | "first" | "last" }
  | { readonly kind: "lift" | "menu" | "open" | "title" | "priority" | "labels" }
  | { readonly kind: "add" | "search" | "help" | "cancel" | "enter" };

const walks = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  Home: "first",
  End: "last",
  k: "up",
  j: "down",
} as const;

const kinds = {
  " ": "lift",
  m: "menu",
  e: "title",
  F2: "title",
  p: "priority",
  l: "labels",
  n: "add",
  "/": "search",
  "?": "help",
  Escape: "cancel",
  Enter: "enter",
} as const;

/** What a key asks for; null when it is none of the board's. */
export function boardKey(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): BoardKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Object.hasOwn(walks, key)) {
    return { kind: "walk", to: walks[key as keyof typeof walks] };
  }
  return Object.hasOwn(kinds, key) ? { kind: kinds[key as keyof typeof kinds] } : null;
}

export type Step = Extract<BoardKey, { readonly kind: "walk" }>["to"];

export interface ColumnItems {
  readonly stage: StageName;
  readonly items: readonly string[];
}

export interface Place {
  readonly stage: StageName;
  readonly item: string;
}

/**
 * Where a step leads. Sideways it goes to the card of the same place in the next column that has
 * any; from nowhere it goes to the first card. Null when there is no card that way.
 */
export function walk(columns: readonly ColumnItems[], from: Place | null, to: Step): Place | null {
  const column = columns.findIndex(({ stage }) => stage === from?.stage);
  const here = columns[column];
  const at = here?.items.indexOf(from?.item ?? "") ?? -1;
  if (here === undefined || at < 0) return firstOf(columns);
  switch (to) {
    case "up":
      return placeAt(here, at - 1);
    case "down":
      return placeAt(here, at + 1);
    case "first":
      return placeAt(here, 0);
    case "last":
      return placeAt(here, here.items.length - 1);
    default: {
      const beside = to === "left" ? columns.slice(0, column).reverse() : columns.slice(column + 1);
      const next = beside.find(({ items }) => items.length > 0);
      return next === undefined ? null : placeAt(next, Math.min(at, next.items.length - 1));
    }
  }
}

function firstOf(columns: readonly ColumnItems[]): Place | null {
  const column = columns.find(({ items }) => items.length > 0);
  return column === undefined ? null : placeAt(column, 0);
}

function placeAt({ stage, items }: ColumnItems, at: number): Place | null {
  const item = items[at];
  return item === undefined ? null : { stage, item };
}

/** The stage beside `from`, for a card that is carried by the keys; the same one at the ends. */
export function stageBeside(
  shown: readonly StageName[],
  from: StageName,
  to: "left" | "right",
): StageName {
  const at = shown.indexOf(from);
  return shown[at + (to === "left" ? -1 : 1)] ?? from;
}
