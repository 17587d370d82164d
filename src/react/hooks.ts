/** Hooks over LiveItems: each renders again only when what it gives has changed. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { PeerDto } from "../client/contract.ts";
import type { ItemFilter } from "../client/filter.ts";
import type { ShownItem } from "../client/item.ts";
import type { LiveItems, SyncState } from "../client/live-items.ts";
import { useTowline } from "./provider.ts";

/**
 * The items of a filter in their order: the same array until one of them changes. While something
 * about an item is on its way to the node, it is shown as it will be, with `isPending`.
 */
export function useItems(filter: ItemFilter = {}): readonly ShownItem[] {
  const { live } = useTowline();
  const { stage, label, assignee, holder, isBlocked, search, order } = filter;
  const view = useMemo(
    () => live.view({ stage, label, assignee, holder, isBlocked, search, order }),
    [live, stage, label, assignee, holder, isBlocked, search, order],
  );
  return useSyncExternalStore(view.subscribe, view.snapshot, view.snapshot);
}

/** One item; null while it is not loaded, and when there is none. */
export function useItem(id: string): ShownItem | null {
  const { live } = useTowline();
  const subscribe = useCallback(
    (listener: () => void) => live.subscribeItem(id, listener),
    [live, id],
  );
  const snapshot = (): ShownItem | null => live.item(id);
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}

/** How fresh everything is, what the node says of itself, and what is on its way to it. */
export function useSyncStatus(): SyncState {
  const { live } = useTowline();
  return useSyncExternalStore(live.subscribe, live.state, live.state);
}

const noPeers: readonly PeerDto[] = [];

/** The peers of the node; none while it has not said which. */
export function usePeers(): readonly PeerDto[] {
  return useSyncStatus().status?.peers ?? noPeers;
}

/**
 * What changes items. Each is shown at once, and taken back when it rejects: with an ApiError,
 * whose `code` says why it was not done. What got no answer is in `useSyncStatus().unsent`.
 */
export interface Writes {
  readonly create: LiveItems["create"];
  readonly edit: LiveItems["edit"];
  readonly move: LiveItems["move"];
  readonly note: LiveItems["note"];
  readonly work: LiveItems["work"];
  readonly remove: LiveItems["remove"];
  readonly resend: LiveItems["resend"];
  readonly discard: LiveItems["discard"];
}

/** The same functions for as long as the provider is the same. */
export function useWrites(): Writes {
  const { live } = useTowline();
  return useMemo(
    () => ({
      create: (item) => live.create(item),
      edit: (item, fields) => live.edit(item, fields),
      move: (item, move) => live.move(item, move),
      note: (item, text) => live.note(item, text),
      work: (action, item, how) => live.work(action, item, how),
      remove: (item) => live.remove(item),
      resend: (unsent) => live.resend(unsent),
      discard: (unsent) => live.discard(unsent),
    }),
    [live],
  );
}
