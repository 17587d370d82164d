/** Which items a column shows, and in which order. */
import { createContext, use } from "react";
import type { ItemFilter } from "../../src/client/filter.ts";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import { useItems } from "../../src/react/index.ts";
import type { BoardFilter } from "./filter-url.ts";

/** What is shown in place of the items as they are now; null for those. */
export const PastItemsContext = createContext<ItemsOfStage | null>(null);

export type ItemsOfStage = (stage: StageName) => readonly ShownItem[];

/** What is done is shown as it was done, what is to be done as it comes next. */
export function stageFilter(stage: StageName, filter: BoardFilter): ItemFilter {
  const isOver = stage === "done" || stage === "archived";
  return { ...filter, stage, order: isOver ? "updated" : "priority" };
}

export function useStageItems(stage: StageName, filter: BoardFilter): readonly ShownItem[] {
  const items = useItems(stageFilter(stage, filter));
  const past = use(PastItemsContext);
  return past === null ? items : past(stage);
}
