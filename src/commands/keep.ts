/** What an agent tells the node that it works through: that it lives, and that it waits. */
import type { OpId } from "../api/types.ts";
import type { Kept, Verdict } from "../work/keeper.ts";
import { nextChange } from "../work/waiting.ts";
import type { NodeCommand } from "./command.ts";
import { Given } from "./command.ts";

export interface KeepParams {
  readonly kept: readonly Kept[];
  /** Waits so long for a change first; null for not at all. */
  readonly afterMs: number | null;
}

/** Keeps claims alive, and says of each whether to go on with the work. */
export const keep: NodeCommand<KeepParams, never, readonly Verdict[]> = {
  name: "keep",
  read: (given) => ({
    afterMs: given.count("afterMs"),
    kept: given.objects("kept").map((object) => {
      const one = new Given(object);
      return {
        item: one.text("item"),
        claim: one.text("claim") as OpId,
        stage: one.optionalText("stage"),
      };
    }),
  }),
  run: async ({ node, signal }, { kept, afterMs }) => {
    const { keeper, host } = node.work;
    const before = keeper.keep(kept);
    // Bad news does not wait.
    if (afterMs === null || before.some(({ stop }) => stop !== null)) return before;
    await nextChange(host, afterMs, signal);
    return keeper.keep(kept);
  },
};
