/**
 * Every item as it is shown: what the node said, and over it what was asked for here and is not
 * confirmed yet. Changes are gathered and shown together, at most once a frame, so that a thousand
 * of them a second cost no more than the screen can show.
 */
import type { ItemDto, JsonValue } from "./contract.ts";
import type { ItemFilter } from "./filter.ts";
import type { ShownItem } from "./item.ts";
import type { ItemChange } from "./item-view.ts";
import { ItemView } from "./item-view.ts";

/** What a write is expected to change, shown until the node says how it is. */
export interface Patch {
  readonly item: string;
  readonly fields: { readonly [field: string]: JsonValue };
  /** The item will be gone. */
  readonly isRemoval?: boolean;
}

interface LaidPatch extends Patch {
  /** When the node had taken it, in Unix milliseconds; null before. */
  settledAt: number | null;
}

/** Runs `show` soon, once. */
export type Schedule = (show: () => void) => void;

/** Views that nobody looks at are kept for those who come back, as when a page is changed. */
const idleViewsMax = 32;
/** After this time on a living stream, the node has told what became of a write. */
const settledMs = 2_000;

export class ItemTable {
  readonly #schedule: Schedule;
  readonly #told = new Map<string, ShownItem>();
  readonly #shown = new Map<string, ShownItem>();
  readonly #patches = new Map<string, LaidPatch[]>();
  readonly #views = new Map<string, ItemView>();
  readonly #itemListeners = new Map<string, Set<() => void>>();
  #changed = new Set<string>();
  #isScheduled = false;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  get size(): number {
    return this.#told.size;
  }

  item(id: string): ShownItem | null {
    return this.#shown.get(id) ?? null;
  }

  /** The view of a filter; the same object for the same filter. */
  view(filter: ItemFilter): ItemView {
    const key = JSON.stringify(filter, Object.keys(filter).sort());
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    this.#dropIdleViews();
    const view = new ItemView(filter, this.#shown.values());
    this.#views.set(key, view);
    return view;
  }

  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#itemListeners.get(id) ?? new Set();
    this.#itemListeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#itemListeners.get(id) === listeners) {
        this.#itemListeners.delete(id);
      }
    };
  }

  /** What the node says. An item that it names is free of patches that it has taken. */
  tell(items: readonly ItemDto[], removed: readonly string[] = []): void {
    const toldAt = Date.now();
    for (const item of items) {
      this.#told.set(item.item, { ...item, toldAt });
      this.#touch(item.item);
    }
    for (const id of removed) {
      this.#told.delete(id);
      this.#touch(id);
    }
    this.#changeSoon();
  }

  /** What the node says of an item that no event has told of yet: the answer to its creation. */
  tellNew(item: ItemDto): void {
    if (!this.#told.has(item.item)) this.tell([item]);
  }

  /** Forgets what is not in `kept`: the node was loaded anew. */
  keepOnly(kept: ReadonlySet<string>): void {
    this.tell(
      [],
      [...this.#told.keys()].filter((id) => !kept.has(id)),
    );
  }

  /** Shows a patch at once. */
  lay(patch: Patch): { readonly settle: () => void; readonly takeBack: () => void } {
    const laid: LaidPatch = { ...patch, settledAt: null };
    const { item } = patch;
    this.#patches.set(item, [...(this.#patches.get(item) ?? []), laid]);
    this.#changed.add(item);
    this.show();
    return {
      settle: () => {
        laid.settledAt = Date.now();
        this.#changed.add(item);
        this.show();
      },
      takeBack: () => {
        this.#dropPatches(item, (each) => each === laid);
        this.show();
      },
    };
  }

  /**
   * To be called for each event: what the node took a while ago shows as the node has it. Without
   * it a patch would stay whose own event came before the answer to its write.
   */
  dropSettled(): void {
    const before = Date.now() - settledMs;
    for (const id of [...this.#patches.keys()]) {
      this.#dropPatches(id, ({ settledAt }) => settledAt !== null && settledAt < before);
    }
  }

  /** Shows what has changed, without waiting for the next frame. */
  show(): void {
    if (this.#changed.size === 0) return;
    const changes: ItemChange[] = [];
    const changed = this.#changed;
    this.#changed = new Set();
    for (const id of changed) {
      const before = this.#shown.get(id) ?? null;
      const after = this.#patched(id);
      if (before === after) continue;
      if (after === null) this.#shown.delete(id);
      else this.#shown.set(id, after);
      changes.push({ before, after });
    }
    const all = (): Iterable<ShownItem> => this.#shown.values();
    for (const view of this.#views.values()) view.apply(changes, all);
    if (this.#itemListeners.size === 0) return;
    for (const { before, after } of changes) {
      const id = (before ?? after)?.item ?? "";
      for (const listener of this.#itemListeners.get(id) ?? []) listener();
    }
  }

  #touch(id: string): void {
    this.#dropPatches(id, ({ settledAt }) => settledAt !== null);
    this.#changed.add(id);
  }

  #changeSoon(): void {
    if (this.#isScheduled || this.#changed.size === 0) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.show();
    });
  }

  #dropPatches(id: string, isOver: (patch: LaidPatch) => boolean): void {
    const patches = this.#patches.get(id);
    const left = patches?.filter((patch) => !isOver(patch));
    if (patches === undefined || left?.length === patches.length) return;
    if (left === undefined || left.length === 0) this.#patches.delete(id);
    else this.#patches.set(id, left);
    this.#changed.add(id);
    this.#changeSoon();
  }

  #patched(id: string): ShownItem | null {
    const told = this.#told.get(id) ?? null;
    const patches = this.#patches.get(id);
    if (told === null || patches === undefined) return told;
    if (patches.some(({ isRemoval }) => isRemoval === true)) return null;
    const fields = Object.assign(
      {},
      told.fields,
      ...patches.map((patch) => patch.fields),
    ) as object;
    const isPending = patches.some(({ settledAt }) => settledAt === null);
    return { ...told, fields: { ...fields }, ...(isPending ? { isPending } : {}) };
  }

  #dropIdleViews(): void {
    for (const [key, view] of this.#views) {
      if (this.#views.size < idleViewsMax) return;
      if (!view.hasListeners) this.#views.delete(key);
    }
  }
}
