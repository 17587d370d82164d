/** Waits until this node and others have exactly the same on disk. */
import type { PeerStatus } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { NodeCommand } from "./command.ts";
import { holdsInTime, refuseOffline } from "./wait.ts";
import { candidatesFor, isMute, nameOf, parseTarget, whyNot } from "./wait-target.ts";

export interface SyncParams {
  /** Whom to be in sync with; empty for all that are connected or dialled and can tell. */
  readonly peers: readonly string[];
  /** Null for as long as it takes. */
  readonly timeoutMs: number | null;
}

export interface SyncResult {
  readonly inSync: boolean;
  /** Those who had to be in sync. */
  readonly peers: readonly PeerStatus[];
  /** What keeps them from it; empty when nothing does. */
  readonly missing: readonly string[];
  readonly ops: number;
  readonly items: number;
}

/** Between two looks at how far a delta is, for the progress bar. */
const lookEveryMs = 100;

export const sync: NodeCommand<SyncParams, never, SyncResult> = {
  name: "sync",
  read: (given) => ({ peers: given.texts("peers"), timeoutMs: given.count("timeoutMs") }),
  run: async ({ node, signal, progress }, { peers, timeoutMs }) => {
    const targets = (peers.length === 0 ? ["all"] : peers).map(parseTarget);
    refuseOffline(node, "Start it");
    const telling = node.peers().filter((row) => peers.length > 0 || !isMute(row));
    const wanted = targets.map((target) => {
      if (target.kind === "quorum") throw quorumRefusal();
      return candidatesFor(target, telling);
    });
    const isSame = ({ inSync }: PeerStatus): boolean => inSync === true;
    const timer = setInterval(() => progress(...progressOf(node.peers())), lookEveryMs);
    try {
      const inSync = await holdsInTime(node, {
        isMet: () => {
          const rows = node.peers();
          return wanted.every((candidates) => candidates.areMet(rows, isSame));
        },
        timeoutMs,
        signal,
      });
      const { ops, items, peers: rows } = node.status();
      const parts = wanted.map((candidates) => candidates.split(rows, isSame));
      const missing = inSync ? [] : parts.flatMap((part) => part.missing.map(reason));
      const all = parts.flatMap(({ met, missing: others }) => [...met, ...others]);
      return { inSync, peers: all, missing, ops, items };
    } finally {
      clearInterval(timer);
    }
  },
};

function quorumRefusal(): TowlineError {
  const message = "A quorum is for changes. Name peers, hub, or nobody for all of them.";
  return new TowlineError("usage/invalid", message);
}

function reason(row: PeerStatus): string {
  return `${nameOf(row)} ${whyNot(row)}`;
}

/** Of all deltas that are under way, either way. */
function progressOf(rows: readonly PeerStatus[]): [done: number, all: number | null] {
  let [done, all] = [0, 0];
  for (const { progress, sending } of rows) {
    done += (progress?.received ?? 0) + (sending?.sent ?? 0);
    all += (progress?.total ?? 0) + (sending?.total ?? 0);
  }
  return [done, all === 0 ? null : all];
}
