/** How fresh the page is, in words. */
import type { SyncState } from "../../src/client/live-items.ts";

export interface SyncWords {
  readonly tone: "good" | "warn" | "bad" | "plain";
  /** For narrow screens. */
  readonly short: string;
  readonly words: string;
}

export function syncWords({
  phase,
  status,
  sending,
}: Pick<SyncState, "phase" | "status" | "sending">): SyncWords {
  if (phase === "loading") return { tone: "plain", short: "Loading", words: "Loading" };
  if (phase === "signed-out") return { tone: "bad", short: "Signed out", words: "Signed out" };
  if (phase !== "live") return { tone: "bad", short: "Reconnecting", words: "Reconnecting" };
  if (sending > 0) return { tone: "plain", short: "Sending", words: "Sending" };
  if (status?.problem !== null && status?.problem !== undefined) {
    return { tone: "bad", short: "Problem", words: status.problem.message };
  }
  const peers = status?.sync.peers ?? 0;
  const behind = status?.sync.behind ?? 0;
  const unknown = status?.sync.unknown ?? 0;
  if (behind > 0) {
    const words = `${behind} of ${counted(peers)} behind`;
    return { tone: "warn", short: `${behind} behind`, words };
  }
  if (unknown > 0) {
    const words = `${unknown} of ${counted(peers)} not heard of`;
    return { tone: "warn", short: `${unknown} unknown`, words };
  }
  if (peers === 0) return { tone: "good", short: "Live", words: "Live, no peers" };
  return { tone: "good", short: "In sync", words: `In sync with ${counted(peers)}` };
}

function counted(peers: number): string {
  return peers === 1 ? "1 peer" : `${peers} peers`;
}
