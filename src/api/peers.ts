/** Who is connected, who should be, and who may be: one row for each peer. */
import type { NodeId } from "../op/op.ts";
import type { ConnId } from "../replica/events.ts";
import type { Replica } from "../replica/replica.ts";
import type { RendezvousStatus } from "../node/rendezvous.ts";
import type { Session } from "../sync/session.ts";
import type { PeerState, PeerStatus } from "./types.ts";

const idle = { queued: 0, failures: 0, lastError: null, retryInMs: null } as const;

export function peerRows(input: {
  readonly replica: Replica;
  readonly rendezvous: readonly RendezvousStatus[];
  readonly remoteOf: (conn: ConnId) => string | null;
}): readonly PeerStatus[] {
  const { replica, rendezvous } = input;
  const rows: PeerStatus[] = [];
  const dialled = new Map<string, Session>();
  for (const [conn, session] of replica.sessions()) {
    if (session.side.role === "connector") dialled.set(session.side.audience, session);
    else if (session.peer !== null) {
      const remote = input.remoteOf(conn);
      const queued = session.queuedOps;
      rows.push({ ...idle, ...rowOf(session, replica), url: remote, queued });
    }
  }
  for (const status of rendezvous)
    rows.push(rendezvousRow(status, dialled.get(status.url), replica));
  const seen = new Set<NodeId | null>(rows.map((row) => row.node));
  for (const node of replica.trust.trusted().keys()) {
    if (seen.has(node)) continue;
    const row = { url: null, direction: null, version: null, trusted: true, ...idle } as const;
    rows.push({ node, state: "offline", ...row });
  }
  return rows;
}

function rowOf(
  session: Session,
  replica: Replica,
): Pick<PeerStatus, "node" | "direction" | "state" | "version" | "trusted"> {
  const node = session.peer;
  return {
    node,
    direction: session.side.role === "listener" ? "in" : "out",
    state: stateOf(session),
    version: session.version,
    trusted: node !== null && replica.trust.isTrusted(node),
  };
}

function rendezvousRow(
  status: RendezvousStatus,
  session: Session | undefined,
  replica: Replica,
): PeerStatus {
  const pinned = replica.trust.pin(status.url);
  const attempts = {
    url: status.url,
    failures: status.failures,
    lastError: status.lastError,
    retryInMs: status.nextAttemptInMs,
  };
  if (session !== undefined) {
    const row = rowOf(session, replica);
    const node = row.node ?? pinned;
    return { ...row, ...attempts, node, queued: session.queuedOps };
  }
  return {
    ...attempts,
    node: pinned,
    direction: "out",
    state: status.state === "waiting" ? "waiting" : "connecting",
    version: null,
    trusted: pinned !== null && replica.trust.isTrusted(pinned),
    queued: 0,
  };
}

function stateOf(session: Session): PeerState {
  switch (session.phase) {
    case "live":
    case "dump":
    case "streaming":
      return "live";
    case "greeting":
    case "delta":
    case "hailing":
    case "matching":
      return "syncing";
    case "closed":
      return "offline";
    default:
      return "handshake";
  }
}
