/** What goes on at the board besides its items: which card has the keys, is lifted, or edited. */
import { createContext, use } from "react";
import type { ShownItem, StageName } from "../../src/client/item.ts";

/** The card that the keys go to. */
export interface Cursor {
  readonly stage: StageName;
  readonly item: string;
  /** True when the focus has to go there; false when it came from there. */
  readonly isCalled: boolean;
}

/** A card that is carried: by the pointer, or by the keys. */
export interface Lifted {
  readonly item: string;
  readonly from: StageName;
  /** Where it would be put down; null over no column. */
  readonly over: StageName | null;
  readonly by: "pointer" | "keys";
}

export type EditedField = "title" | "priority" | "labels";

export interface Edited {
  readonly item: string;
  readonly field: EditedField;
}

/** What cards and columns call; the same object for as long as the board is shown. */
export interface BoardActions {
  readonly canEdit: boolean;
  readonly setCursor: (cursor: Cursor) => void;
  readonly edit: (edited: Edited | null) => void;
  readonly addTo: (stage: StageName | null) => void;
  readonly toggleFold: (stage: StageName) => void;
  /** Moves it, says so, and offers to force it when the rules are against it. */
  readonly move: (item: ShownItem, to: StageName) => void;
  /** Opens the panel of the item. */
  readonly open: (item: string) => void;
}

export const BoardContext = createContext<BoardActions | null>(null);

export function useBoardActions(): BoardActions {
  const actions = use(BoardContext);
  if (actions === null) throw new Error("useBoardActions needs a board around it");
  return actions;
}
