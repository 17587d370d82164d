/** Which items a column shows, and in which order. */
import type { ItemFilter } from "../../src/client/filter.ts";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import { useItems } from "../../src/react/index.ts";
import type { BoardFilter } from "./filter-url.ts";

/** What is done is shown as it was done, what is to be done as it comes next. */
export function stageFilter(stage: StageName, filter: BoardFilter): ItemFilter {
  const isOver = stage === "done" || stage === "archived";
  return { ...filter, stage, order: isOver ? "updated" : "priority" };
}

export function useStageItems(stage: StageName, filter: BoardFilter): readonly ShownItem[] {
  return useItems(stageFilter(stage, filter));
}
