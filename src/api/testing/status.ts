/** Rows of peers and a status of a node as tests want them: all is well, but for what is given. */
import type { Looked } from "../attention.ts";
import type { NodeId, PeerStatus } from "../types.ts";

/** A peer that was let in and has said nothing yet. */
export function peerRow(given: Partial<PeerStatus> = {}): PeerStatus {
  return {
    ...{ node: null, name: null, url: null, direction: "in", state: "live", version: 3 },
    ...{ trusted: true, inSync: null, lag: null, lastStatementMs: null, behindMs: null },
    ...{ progress: null, sending: null, queued: 0, queuedBytes: 0 },
    ...{ receivedBytes: null, sentBytes: null },
    ...{ failures: 0, lastError: null, retryInMs: null },
    ...given,
  };
}

export function wellStatus(given: Partial<Looked> = {}): Looked {
  return {
    ...{ node: "ab".repeat(32) as NodeId, mesh: "cd".repeat(32), name: "laptop", dir: "/data" },
    ...{ version: "1.2.3", upMs: 60_000, ops: 10, items: 3, dbBytes: 40_960 },
    ...{ diskFreeBytes: 2 ** 40, recovered: 0, divergences: 0, hasTwin: false },
    ...{ pending: 0, pendingBytes: 0, pendingDropped: 0, pendingOldestMs: null },
    ...{ rejected: 0, rejections: [], forks: [], peers: [], present: [] },
    ...{ sync: { peers: 0, inSync: 0, behind: 0, unknown: 0, text: "" }, claims: {} },
    ...{ stuckClaims: 0, loop: null, problem: null },
    ...given,
  };
}
