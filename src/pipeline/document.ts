/** The pipeline document: all items, as a pure function of the set of applied ops. [WIRE 3] */
import { compareText } from "../base/bytes.ts";
import type { Place, Stamp } from "../crdt/order.ts";
import type { Write } from "../crdt/register.ts";
import { winner } from "../crdt/register.ts";
import type { Change } from "../op/change.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Blame, ItemView } from "./item.ts";
import { Item } from "./item.ts";
import { itemOf, newerIn } from "./schema.ts";

export type { Authorship, Blame, ItemView, NoteView } from "./item.ts";

/**
 * Ops may be applied in any order, each exactly once: the log sees to that. The state is the same
 * whatever the order; only `history` and `drainTouched` tell of arrivals.
 */
export class Document {
  readonly #items = new Map<string, Item>();
  /** One text for each author: every decoded op comes with a copy of its own. */
  readonly #authors = new Map<NodeId, NodeId>();
  #touched = new Set<string>();
  #mesh: Write<string> | null = null;
  #liveCount = 0;
  #newerCount = 0;
  /** Made when asked for, dropped when an item is created or deleted. */
  #liveItems: readonly Item[] | null = null;

  /** `index` is the arrival index of the op in the log; it rises from call to call. */
  apply(op: Op, index: number): void {
    const stamp = this.#stamp(op);
    for (let position = 0; position < op.changes.length; position += 1) {
      const change = op.changes[position];
      if (change !== undefined) this.#applyChange(change, { stamp, position, index });
    }
  }

  /** The live item `id`, else null. */
  item(id: string): ItemView | null {
    return this.#items.get(id)?.view() ?? null;
  }

  /** `deleted` is final; `absent` is an id that nothing created, whatever was written to it. */
  state(id: string): "live" | "deleted" | "absent" {
    return this.#items.get(id)?.state ?? "absent";
  }

  /** Ids of the live items, sorted by code units. */
  itemIds(): string[] {
    return this.#live().map((item) => item.id);
  }

  /** The live items, sorted by id; those behind `after` when it is given. */
  *items(after?: string): IterableIterator<ItemView> {
    const live = this.#live();
    for (let at = after === undefined ? 0 : firstAfter(live, after); at < live.length; at += 1) {
      const view = live[at]?.view() ?? null;
      if (view !== null) yield view;
    }
  }

  get liveCount(): number {
    return this.#liveCount;
  }

  /** Changes and fields in all ops that only a newer version may understand. */
  get newerCount(): number {
    return this.#newerCount;
  }

  /** Arrival indices of the ops that touch `id`, also if it is deleted or was never created. */
  history(id: string): readonly number[] {
    return this.#items.get(id)?.history ?? [];
  }

  /** Ids of the items that ops from this arrival index on touch, live or not. */
  touchedSince(index: number): string[] {
    return [...this.#items.values()]
      .filter(({ history }) => (history.at(-1) ?? -1) >= index)
      .map(({ id }) => id);
  }

  /** Who wrote what a live item shows, sorted by field. */
  blame(id: string): readonly Blame[] {
    return this.#items.get(id)?.blame() ?? [];
  }

  /** Which write a register shows; null when nobody wrote it, or the item is deleted. */
  place(item: string, field: string): Place | null {
    return this.#items.get(item)?.place(field) ?? null;
  }

  /** The adds that keep `value` in a set, sorted: whoever removes it names them. */
  adds(item: string, field: string, value: string): readonly OpId[] {
    return this.#items.get(item)?.adds(field, value) ?? [];
  }

  /** The name that the founder gave the mesh. Whether the change is valid, the log checks. */
  meshName(): string | null {
    return this.#mesh?.value ?? null;
  }

  /** Ids of the items that were touched since the last drain, live or not. */
  drainTouched(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  /** The text of each live item for the state digest, sorted by item id. [WIRE 9] */
  texts(): string[] {
    return this.#live().map((item) => item.text());
  }

  #stamp({ lamport, author, id, time, actor }: Op): Stamp {
    let shared = this.#authors.get(author);
    if (shared === undefined) {
      shared = author;
      this.#authors.set(author, author);
    }
    return { lamport, author: shared, id, time, actor };
  }

  #applyChange(
    change: Change,
    { stamp, position, index }: { stamp: Stamp; position: number; index: number },
  ): void {
    if (change.kind === "mesh") {
      const write = { value: change.name, stamp, position };
      this.#mesh = this.#mesh === null ? write : winner(this.#mesh, write);
      return;
    }
    const newer = newerIn(change);
    this.#newerCount += newer;
    const id = itemOf(change);
    if (id === null) return;
    const item = this.#itemNamed(id);
    const wasLive = item.state === "live";
    item.apply(change, stamp, position, newer);
    const isLive = item.state === "live";
    if (wasLive !== isLive) {
      this.#liveCount += isLive ? 1 : -1;
      this.#liveItems = null;
    }
    if (item.history.at(-1) !== index) item.history.push(index);
    this.#touched.add(item.id);
  }

  #itemNamed(id: string): Item {
    let item = this.#items.get(id);
    if (item === undefined) {
      item = new Item(id);
      this.#items.set(id, item);
    }
    return item;
  }

  #live(): readonly Item[] {
    this.#liveItems ??= [...this.#items.values()]
      .filter((item) => item.state === "live")
      .sort((left, right) => compareText(left.id, right.id));
    return this.#liveItems;
  }
}

/** Where the items begin whose id is greater. */
function firstAfter(items: readonly Item[], id: string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(items[middle]?.id ?? "", id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
