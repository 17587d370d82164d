/** Follows a node: changes as they become durable here, and its peers as they come and go. */
import type { PeerStatus, TowlineNode } from "../api/types.ts";
import type { NodeCommand } from "./command.ts";
import { breathe } from "./command.ts";
import type { ChangeRow } from "./history.ts";
import { changeRow } from "./history.ts";
import { meantItem } from "./item-rows.ts";
import { refuseOffline } from "./wait.ts";

export interface WatchParams {
  /** Only what touches this item; null for all. */
  readonly item: string | null;
  /** Ends after so many; null for as long as somebody watches. */
  readonly limit: number | null;
}

/** Ops decoded at a time. */
const opsAtATime = 32;

/**
 * Each op from now on, once it has told of progress. Whoever reads slowly gets them later: the log
 * is the queue.
 */
export const watch: NodeCommand<WatchParams, ChangeRow, null> = {
  name: "watch",
  read: (given) => ({ item: given.optionalText("item"), limit: given.count("limit") }),
  run: async (context, { item, limit }) => {
    const { node, signal } = context;
    refuseOffline(node, "Start it");
    const id = item === null ? null : meantItem(node, item);
    const bell = new Bell(signal);
    const stop = node.on("applied", () => bell.ring());
    try {
      context.progress(0, null);
      let left = limit ?? Infinity;
      for (let at = node.arrivals.durable; left > 0;) {
        const end = Math.min(node.arrivals.durable, at + opsAtATime);
        if (at >= end) {
          await bell.rung(null);
          // A full disk takes the node back to what is on it.
          at = Math.min(at, node.arrivals.durable);
          continue;
        }
        const rows = rowsBetween(node, at, end);
        const some = id === null ? rows : rows.filter(({ items }) => items.includes(id));
        await context.rows(some.slice(0, left));
        left -= some.length;
        at = end;
        await breathe(signal);
      }
      return null;
    } finally {
      stop();
    }
  },
};

function rowsBetween(node: TowlineNode, from: number, to: number): readonly ChangeRow[] {
  const indices = Array.from({ length: to - from }, (_, place) => from + place);
  const ops = node.arrivals.read(indices);
  return ops.map((op, place) => changeRow(node, { index: from + place, op }));
}

/** The peers at one moment. */
export interface PeersLook {
  /** Unix milliseconds. */
  readonly at: number;
  readonly peers: readonly PeerStatus[];
}

/** The least and the most time between two looks. */
const lookMsMin = 500;
const lookMsMax = 5_000;

/** All peers, whenever something about them changes, and every few seconds. */
export const watchPeers: NodeCommand<{ readonly limit: number | null }, PeersLook, null> = {
  name: "watch-peers",
  read: (given) => ({ limit: given.count("limit") }),
  run: async (context, { limit }) => {
    const { node, signal } = context;
    refuseOffline(node, "Start it");
    const bell = new Bell(signal);
    const stops = (["peers", "synced", "stated", "diverged"] as const).map((name) =>
      node.on(name, () => bell.ring()),
    );
    try {
      for (let left = limit ?? Infinity; left > 0; left -= 1) {
        await context.rows([{ at: Date.now(), peers: node.peers() }]);
        if (left === 1) break;
        await pause(lookMsMin, signal);
        await bell.rung(lookMsMax - lookMsMin);
      }
      return null;
    } finally {
      for (const stop of stops) stop();
    }
  },
};

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Bell(signal).rung(ms);
}

/** Something that rings any number of times, and somebody who waits for it to have rung. */
class Bell {
  readonly #signal: AbortSignal;
  #hasRung = false;
  #wake: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Resolves when it has rung since the last call, or after `ms`; rejects with the signal. */
  async rung(ms: number | null): Promise<void> {
    const signal = this.#signal;
    signal.throwIfAborted();
    if (!this.#hasRung) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = (): void => resolve(undefined);
      this.#wake = wake;
      signal.addEventListener("abort", wake);
      const timer = ms === null ? null : setTimeout(wake, ms);
      await promise;
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      this.#wake = null;
    }
    this.#hasRung = false;
    signal.throwIfAborted();
  }
}
