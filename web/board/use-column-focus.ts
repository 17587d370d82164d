/** Puts the focus on the card that has the cursor, and keeps it when that card goes elsewhere. */
import type { Virtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";
import { useLayoutEffect, useRef } from "react";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import type { Cursor } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";

export interface ColumnFocus {
  readonly stage: StageName;
  readonly items: readonly ShownItem[];
  readonly cursor: Cursor | null;
  /** Where the cursor's item stands in `items`; -1 when it is not among them. */
  readonly cursorAt: number;
  readonly cards: Virtualizer<HTMLDivElement, Element>;
  readonly scroller: RefObject<HTMLDivElement | null>;
}

export function useColumnFocus(given: ColumnFocus): void {
  const { stage, items, cursor, cursorAt, cards, scroller } = given;
  const { setCursor } = useBoardActions();
  /** The call that was followed: one call moves the focus once. */
  const followed = useRef<Cursor | null>(null);
  const lastAt = useRef(-1);
  useLayoutEffect(() => {
    if (cursor === null) return;
    if (cursorAt >= 0) lastAt.current = cursorAt;
    if (cursor.isCalled && cursorAt >= 0 && followed.current !== cursor) {
      followed.current = cursor;
      cards.scrollToIndex(cursorAt, { align: "auto" });
      linkIn(scroller.current, cursor.item)?.focus({ preventScroll: true });
      return;
    }
    // Somebody else moved it away, and the focus with it: the next one takes its place.
    const isLost = cursorAt < 0 && lastAt.current >= 0 && document.activeElement === document.body;
    const heir = items[Math.min(lastAt.current, items.length - 1)];
    if (!isLost || heir === undefined) return;
    lastAt.current = -1;
    setCursor({ stage, item: heir.item, isCalled: true });
  }, [stage, items, cursor, cursorAt, cards, scroller, setCursor]);
}

function linkIn(scroller: HTMLElement | null, item: string): HTMLElement | null {
  const links = scroller?.querySelectorAll<HTMLElement>("[data-focus]") ?? [];
  return [...links].find((link) => link.dataset["focus"] === item) ?? null;
}
