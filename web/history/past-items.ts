/** Items as they once were, as the columns of the board take them. */
import type { PastBoardDto, PastItemDto } from "../../src/client/contract.ts";
import { orderOf } from "../../src/client/filter.ts";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import { dependenciesOf, stageOf, stages } from "../../src/client/item.ts";

export type PastStages = ReadonlyMap<StageName, readonly ShownItem[]>;

const nobody = { author: "", actor: "", time: 0 };

export function pastStages({ items }: Pick<PastBoardDto, "items">): PastStages {
  const shown = new Map(items.map((item) => [item.item, shownItem(item)]));
  const byStage = new Map<StageName, ShownItem[]>(stages.map((stage) => [stage, []]));
  for (const item of shown.values()) {
    byStage.get(stageOf(item))?.push({ ...item, waitsFor: waitsFor(item, shown) });
  }
  for (const list of byStage.values()) list.sort(orderOf({}));
  return byStage;
}

/** Who held it, and who wrote about it, belongs to its history. */
function shownItem({ item, fields }: PastItemDto): ShownItem {
  return {
    ...{ item, fields, created: nobody, updated: nobody, notes: 0, toldAt: 0 },
    ...{ claim: null, waitsFor: [], hasConflict: false },
  };
}

/** What it depends on, was there, and was not done. */
function waitsFor(item: ShownItem, all: ReadonlyMap<string, ShownItem>): readonly string[] {
  return dependenciesOf(item).filter((id) => {
    const other = all.get(id);
    return other !== undefined && !["done", "archived"].includes(stageOf(other));
  });
}
