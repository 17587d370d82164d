/** Makes an item wait for another one, or no longer. */
import type { ChangeTuple } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import { removals } from "../import/pack.ts";
import type { NodeCommand } from "./command.ts";
import type { ShownItem } from "./item-rows.ts";
import { liveItem, shownItem } from "./item-rows.ts";
import { writeOp } from "./write.ts";

export interface DepParams {
  readonly what: string;
  readonly item: string;
  readonly on: string;
  readonly actor: string;
}

export const dep: NodeCommand<DepParams, never, ShownItem & { readonly op: string | null }> = {
  name: "dep",
  read: (given) => ({
    what: given.text("what"),
    item: given.text("item"),
    on: given.text("on"),
    actor: given.text("actor"),
  }),
  run: async ({ node }, { what, item, on, actor }) => {
    liveItem(node, item);
    const changes: readonly ChangeTuple[] = ((): readonly ChangeTuple[] => {
      if (what === "rm") {
        const adds = node.adds(item, "depends_on", on);
        return removals({ item, field: "depends_on", value: on }, adds) as readonly ChangeTuple[];
      }
      if (what !== "add") {
        throw new TowlineError("usage/invalid", 'Write "towline dep add" or "towline dep rm".');
      }
      liveItem(node, on);
      node.work.endings.refuseCircle(item, on);
      return [["add", item, "depends_on", on]];
    })();
    const op = await writeOp(node, changes, actor);
    return { ...shownItem(liveItem(node, item)), op };
  },
};
