/** Hears the keys of the board, wherever on the page the focus is, unless somebody types. */
import { useEffect, useRef } from "react";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import { stageOf, titleOf } from "../../src/client/item.ts";
import { useTowline } from "../../src/react/index.ts";
import { useAnnounce } from "../ui/announce.tsx";
import type { BoardActions, Cursor, Lifted } from "./board-state.ts";
import type { BoardKey, Step } from "./keys.ts";
import { boardKey, stageBeside, walk } from "./keys.ts";
import type { BoardFilter } from "./filter-url.ts";
import { stageFilter } from "./stage-items.ts";
import { stageNames } from "./stages.ts";

export interface KeyedBoard {
  readonly actions: BoardActions;
  readonly cursor: Cursor | null;
  readonly lifted: Lifted | null;
  readonly filter: BoardFilter;
  /** Columns whose cards are shown. */
  readonly open: readonly StageName[];
  /** Columns in all, folded ones as well: where a card may be put down. */
  readonly shown: readonly StageName[];
  readonly setLifted: (lifted: Lifted | null) => void;
  readonly onSearch: () => void;
  readonly onHelp: () => void;
}

/** Returns what goes to the first card, as from the search field. */
export function useBoardKeys(board: KeyedBoard): () => void {
  const { live } = useTowline();
  const announce = useAnnounce();
  const itemOf = (id: string | undefined): ShownItem | null =>
    id === undefined ? null : live.item(id);
  const press = (key: BoardKey): boolean => {
    const { lifted } = board;
    if (lifted?.by === "keys") return carry(board, key, { lifted, itemOf, announce });
    if (key.kind !== "walk") return act(board, key, { itemOf, announce });
    step(key.to, board.cursor);
    return true;
  };
  const step = (to: Step, from: Cursor | null): void => {
    const columns = board.open.map((stage) => ({
      stage,
      items: live
        .view(stageFilter(stage, board.filter))
        .snapshot()
        .map(({ item }) => item),
    }));
    const place = walk(columns, from, to);
    if (place !== null) board.actions.setCursor({ ...place, isCalled: true });
  };
  const latest = useRef(press);
  useEffect(() => {
    latest.current = press;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const key = isForBoard(event) ? boardKey(event) : null;
      if (key !== null && latest.current(key)) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return () => step("first", null);
}

interface KeyTools {
  readonly itemOf: (id: string | undefined) => ShownItem | null;
  readonly announce: (text: string) => void;
}

/** False when the key is left to the browser. */
function act(board: KeyedBoard, key: BoardKey, { itemOf, announce }: KeyTools): boolean {
  const { actions, cursor } = board;
  if (key.kind === "search") board.onSearch();
  else if (key.kind === "help") board.onHelp();
  else if (key.kind === "add" && actions.canEdit) {
    const stage = board.open.find((one) => one === cursor?.stage) ?? board.open[0];
    if (stage !== undefined) actions.addTo(stage);
  } else {
    const item = itemOf(cursor?.item);
    if (item === null || cursor === null || !hasFocus(cursor)) return false;
    return actOnCard(board, key, { item, announce });
  }
  return true;
}

function actOnCard(
  board: KeyedBoard,
  key: BoardKey,
  { item, announce }: { readonly item: ShownItem; readonly announce: (text: string) => void },
): boolean {
  const { actions } = board;
  if (key.kind === "menu") menuButtonOf(item.item)?.click();
  else if (!actions.canEdit) return false;
  else if (key.kind === "title" || key.kind === "priority" || key.kind === "labels") {
    actions.edit({ item: item.item, field: key.kind });
  } else if (key.kind === "lift") {
    const from = stageOf(item);
    board.setLifted({ item: item.item, from, over: from, by: "keys" });
    announce(
      `${titleOf(item)} lifted. Left and right choose a stage, space puts it down, escape cancels.`,
    );
  } else return false;
  return true;
}

/** Keys while a card is carried by them. */
function carry(
  board: KeyedBoard,
  key: BoardKey,
  { lifted, itemOf, announce }: KeyTools & { readonly lifted: Lifted },
): boolean {
  const over = lifted.over ?? lifted.from;
  if (key.kind === "walk" && (key.to === "left" || key.to === "right")) {
    const next = stageBeside(board.shown, over, key.to);
    board.setLifted({ ...lifted, over: next });
    announce(stageNames[next]);
  } else if (key.kind === "lift" || key.kind === "enter") {
    const item = itemOf(lifted.item);
    board.setLifted(null);
    if (item === null || over === lifted.from) announce("Put back.");
    else board.actions.move(item, over);
  } else if (key.kind === "cancel") {
    board.setLifted(null);
    announce("Put back.");
  }
  return true;
}

/** Keys go to whoever types, and to what lies over the board. */
function isForBoard(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return true;
  if (target.isContentEditable || target.closest("input, textarea, select, [role=menu]") !== null) {
    return false;
  }
  // A button has its own use for the space bar, and a link elsewhere for the arrows.
  const isAtCard = target.closest("[data-card]") !== null || target === document.body;
  return isAtCard || !/^(?: |Enter|Arrow|Home|End)/u.test(event.key);
}

function hasFocus({ item }: Cursor): boolean {
  const { activeElement } = document;
  return activeElement?.closest<HTMLElement>("[data-card]")?.dataset["card"] === item;
}

function menuButtonOf(item: string): HTMLElement | null {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-card]")];
  const card = cards.find((one) => one.dataset["card"] === item);
  return card?.querySelector<HTMLElement>(".card-menu") ?? null;
}
