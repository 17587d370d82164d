/** Moments of the history: a moment is how many ops had arrived. Steps, times and addresses. */
import type { ComparisonDto, MomentsDto } from "../../src/client/contract.ts";

/** What the address of the page names: a moment, and one to compare it with. Null is now. */
export interface Wanted {
  readonly at: number | null;
  readonly from: number | null;
}

export function readWanted(search: URLSearchParams): Wanted {
  return { at: count(search.get("at")), from: count(search.get("from")) };
}

export function wantedSearch({ at, from }: Wanted): string {
  const search = new URLSearchParams();
  if (at !== null) search.set("at", `${at}`);
  if (from !== null) search.set("from", `${from}`);
  return search.size === 0 ? "" : `?${search.toString()}`;
}

function count(text: string | null): number | null {
  if (text === null || !/^\d{1,15}$/u.test(text)) return null;
  return Number(text);
}

/** A link may be older, or newer, than what this node has. */
export function clampMoment(moments: MomentsDto, at: number): number {
  return Math.min(Math.max(at, 0), moments.ops);
}

/** The mark after `at`; the end when there is none. */
export function markAfter({ ops, marks }: MomentsDto, at: number): number {
  return marks.find((mark) => mark.at > at)?.at ?? ops;
}

/** The mark before `at`; the beginning when there is none. */
export function markBefore({ marks }: MomentsDto, at: number): number {
  return marks.findLast((mark) => mark.at < at)?.at ?? 0;
}

/** About when that was: what the last mark before says; null before the first. */
export function timeOf({ marks }: MomentsDto, at: number): number | null {
  return marks.findLast((mark) => mark.at <= at)?.time ?? null;
}

/** The moment that a key leads to; null for a key that means nothing here. */
export function momentByKey(moments: MomentsDto, at: number, key: string): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return clampMoment(moments, at - 1);
    case "ArrowRight":
    case "ArrowUp":
      return clampMoment(moments, at + 1);
    case "PageDown":
      return markBefore(moments, at);
    case "PageUp":
      return markAfter(moments, at);
    case "Home":
      return 0;
    case "End":
      return moments.ops;
    default:
      return null;
  }
}

/** Where playing goes next: from mark to mark, so that each history takes as long. Null: end. */
export function playedOn(moments: MomentsDto, at: number): number | null {
  return at >= moments.ops ? null : markAfter(moments, at);
}

/** `3 created, 1 deleted, 5 changed`. */
export function comparisonWords({ items }: Pick<ComparisonDto, "items">): string {
  const words = (["created", "deleted", "changed"] as const).flatMap((change) => {
    const found = items.filter((item) => item.change === change).length;
    return found === 0 ? [] : [`${found} ${change}`];
  });
  return words.length === 0 ? "nothing differs" : words.join(", ");
}
