/** Who is connected, who should be, and who may be: one row for each peer. */
import type { Link } from "../adapters/link.ts";
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
  readonly linkAt: (conn: ConnId) => Link | null;
  readonly nameOf: (node: NodeId) => string | null;
}

type Of<Keys extends keyof PeerStatus> = Pick<PeerStatus, Keys>;
type Attempts = Of<"failures" | "lastError" | "retryInMs">;
type Flow = Of<"progress" | "sending" | "queued" | "queuedBytes" | "receivedBytes" | "sentBytes">;
type Said = Of<"name" | "inSync" | "lag" | "lastStatementMs" | "behindMs">;

const still: Flow = {
  ...{ progress: null, sending: null, queued: 0, queuedBytes: 0 },
  ...{ receivedBytes: null, sentBytes: null },
};

interface Connected {
  readonly session: Session;
  readonly link: Link | null;
}

export function peerRows(sources: PeerSources): readonly PeerStatus[] {
  const { replica, rendezvous, sync } = sources;
  const rows: PeerStatus[] = [];
  const dialled = new Map<string, Connected>();
  for (const [conn, session] of replica.sessions()) {
    const link = sources.linkAt(conn);
    if (session.side.role === "connector") dialled.set(session.side.audience, { session, link });
    else if (session.peer !== null) {
      const row = rowOf({ session, link }, sources, link?.remote ?? null);
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
    rows.push({
      node,
      state: "offline",
      ...row,
      ...saidOf(node, sources),
      ...attemptsOf(node, sync),
    });
  }
  return rows;
}

function rowOf(
  { session, link }: Connected,
  sources: PeerSources,
  url: string | null,
): Omit<PeerStatus, keyof Attempts> {
  const { trust } = sources.replica;
  const node = session.peer;
  return {
    node,
    url,
    direction: session.side.role === "listener" ? "in" : "out",
    state: stateOf(session),
    version: session.version,
    trusted: node !== null && trust.isTrusted(node),
    ...saidOf(node, sources),
    ...flowOf(session, link),
  };
}

function rendezvousRow(
  status: RendezvousStatus,
  connected: Connected | undefined,
  sources: PeerSources,
): PeerStatus {
  const { replica, sync } = sources;
  const pinned = replica.trust.pin(status.url);
  const attempts = {
    failures: status.failures,
    lastError: status.lastError ?? (pinned === null ? null : sync.dropOf(pinned)),
    retryInMs: status.nextAttemptInMs,
  };
  if (connected !== undefined) {
    const row = rowOf(connected, sources, status.url);
    return { ...row, ...attempts, node: row.node ?? pinned };
  }
  return {
    node: pinned,
    url: status.url,
    direction: "out",
    state: status.state === "waiting" ? "waiting" : "connecting",
    version: null,
    trusted: pinned !== null && replica.trust.isTrusted(pinned),
    ...saidOf(pinned, sources),
    ...still,
    ...attempts,
  };
}

function attemptsOf(node: NodeId, sync: SyncState): Attempts {
  return { failures: 0, lastError: sync.dropOf(node), retryInMs: null };
}

function saidOf(node: NodeId | null, { sync, nameOf }: PeerSources): Said {
  const name = node === null ? null : nameOf(node);
  const last = node === null ? null : sync.last(node);
  if (node === null || last === null) {
    return { name, inSync: null, lag: null, lastStatementMs: null, behindMs: null };
  }
  const { there: missingThere, here: missingHere, isExact } = last.lag;
  const lag = { missingThere, missingHere, isExact };
  const inSync = sync.isInSync(node);
  const behindMs = inSync === false ? sync.behindMs(node) : null;
  return { name, inSync, lag, lastStatementMs: last.ageMs, behindMs };
}

function flowOf({ incoming, outgoing, queuedOps }: Session, link: Link | null): Flow {
  const sending = outgoing?.progress ?? null;
  return {
    progress: incoming === null ? null : { received: incoming.ops, total: incoming.of },
    sending: sending === null ? null : { sent: sending.ops, total: sending.of },
    queued: queuedOps,
    queuedBytes: outgoing?.inFlightBytes ?? 0,
    receivedBytes: link?.receivedBytes ?? null,
    sentBytes: link?.sentBytes ?? null,
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
