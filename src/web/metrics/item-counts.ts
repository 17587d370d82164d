/** How many items are in each stage, counted with breaks, and once for all that ask meanwhile. */
import type { TowlineNode } from "../../api/types.ts";
import { member } from "../../base/json.ts";
import { breathe } from "../../commands/command.ts";
import { isStage } from "../../op/change.ts";

/** Items looked at before others get a turn. */
const itemsAtATime = 500;

export class ItemCounts {
  readonly #node: TowlineNode;
  #under: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(node: TowlineNode) {
    this.#node = node;
  }

  async byStage(): Promise<ReadonlyMap<string, number>> {
    this.#under ??= this.#count().finally(() => (this.#under = null));
    return await this.#under;
  }

  async #count(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const { signal } = new AbortController();
    let seen = 0;
    for (const { fields } of this.#node.items()) {
      seen += 1;
      if (seen % itemsAtATime === 0) await breathe(signal);
      const stage = member(fields, "stage");
      const name = isStage(stage) ? stage : "none";
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}
