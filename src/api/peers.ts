/** Who is connected, who should be, and who may be: one row for each peer. */
import type { NodeId } from "../op/op.ts";
import type { ConnId } from "../replica/events.ts";
import type { Replica } from "../replica/replica.ts";
import type { RendezvousStatus } from "../node/rendezvous.ts";
import type { Session } from "../sync/session.ts";
import type { SyncState } from "./sync-state.ts";
import type { PeerState, PeerStatus } from "./types.ts";

interface PeerSources {
  readonly replica: Replica;
  readonly sync: SyncState;
  readonly rendezvous: readonly RendezvousStatus[];
  readonly remoteOf: (conn: ConnId) => string | null;
}

type Of<Keys extends keyof PeerStatus> = Pick<PeerStatus, Keys>;
type Attempts = Of<"failures" | "lastError" | "retryInMs">;
type Flow = Of<"progress" | "sending" | "queued" | "queuedBytes">;
type Said = Of<"inSync" | "lag" | "lastStatementMs">;

const still: Flow = { progress: null, sending: null, queued: 0, queuedBytes: 0 };

export function peerRows(sources: PeerSources): readonly PeerStatus[] {
  const { replica, rendezvous, sync } = sources;
  const rows: PeerStatus[] = [];
  const dialled = new Map<string, Session>();
  for (const [conn, session] of replica.sessions()) {
    if (session.side.role === "connector") dialled.set(session.side.audience, session);
    else if (session.peer !== null) {
      const row = rowOf(session, sources, sources.remoteOf(conn));
      rows.push({ ...row, ...attemptsOf(session.peer, sync) });
    }
  }
  for (const status of rendezvous) {
    rows.push(rendezvousRow(status, dialled.get(status.url), sources));
  }
  const seen = new Set<NodeId | null>(rows.map((row) => row.node));
  for (const node of replica.trust.trusted().keys()) {
    if (seen.has(node)) continue;
    const row = { url: null, direction: null, version: null, trusted: true, ...still } as const;
    rows.push({ node, state: "offline", ...row, ...saidOf(node, sync), ...attemptsOf(node, sync) });
  }
  return rows;
}

function rowOf(
  session: Session,
  { replica, sync }: PeerSources,
  url: string | null,
): Omit<PeerStatus, keyof Attempts> {
  const node = session.peer;
  return {
    node,
    url,
    direction: session.side.role === "listener" ? "in" : "out",
    state: stateOf(session),
    version: session.version,
    trusted: node !== null && replica.trust.isTrusted(node),
    ...saidOf(node, sync),
    ...flowOf(session),
  };
}

function rendezvousRow(
  status: RendezvousStatus,
  session: Session | undefined,
  sources: PeerSources,
): PeerStatus {
  const { replica, sync } = sources;
  const pinned = replica.trust.pin(status.url);
  const attempts = {
    failures: status.failures,
    lastError: status.lastError ?? (pinned === null ? null : sync.dropOf(pinned)),
    retryInMs: status.nextAttemptInMs,
  };
  if (session !== undefined) {
    const row = rowOf(session, sources, status.url);
    return { ...row, ...attempts, node: row.node ?? pinned };
  }
  return {
    node: pinned,
    url: status.url,
    direction: "out",
    state: status.state === "waiting" ? "waiting" : "connecting",
    version: null,
    trusted: pinned !== null && replica.trust.isTrusted(pinned),
    ...saidOf(pinned, sync),
    ...still,
    ...attempts,
  };
}

function attemptsOf(node: NodeId, sync: SyncState): Attempts {
  return { failures: 0, lastError: sync.dropOf(node), retryInMs: null };
}

function saidOf(node: NodeId | null, sync: SyncState): Said {
  const last = node === null ? null : sync.last(node);
  if (node === null || last === null) return { inSync: null, lag: null, lastStatementMs: null };
  const { there: missingThere, here: missingHere, isExact } = last.lag;
  const lag = { missingThere, missingHere, isExact };
  return { inSync: sync.isInSync(node), lag, lastStatementMs: last.ageMs };
}

function flowOf({ incoming, outgoing, queuedOps }: Session): Flow {
  const sending = outgoing?.progress ?? null;
  return {
    progress: incoming === null ? null : { received: incoming.ops, total: incoming.of },
    sending: sending === null ? null : { sent: sending.ops, total: sending.of },
    queued: queuedOps,
    queuedBytes: outgoing?.inFlightBytes ?? 0,
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
