/** Figures of each peer, named by the beginning of its key; of many, the first hundred. */
import { Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { PeerStatus } from "../../api/types.ts";
import { metricPeersMax } from "../../base/limits.ts";
import type { Web } from "../web.ts";
import { statusOf } from "./node-figures.ts";

interface Figure {
  readonly name: string;
  readonly help: string;
  /** Null for what is not known. */
  readonly read: (peer: PeerStatus) => number | null;
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);

const figures: readonly Figure[] = [
  {
    name: "lag_ops",
    help: "Ops that are durable here and that the peer lacks, by its own word",
    read: ({ lag }) => lag?.missingThere ?? null,
  },
  {
    name: "ahead_ops",
    help: "Ops that the peer has and that are not durable here",
    read: ({ lag }) => lag?.missingHere ?? null,
  },
  {
    name: "in_sync",
    help: "1 when the peer has exactly what is durable here",
    read: ({ inSync }) => (inSync === null ? null : Number(inSync)),
  },
  {
    name: "behind_seconds",
    help: "How long it has had something else",
    read: ({ behindMs, inSync }) => (inSync === true ? 0 : seconds(behindMs)),
  },
  {
    name: "last_seen_seconds",
    help: "Since the peer last said what it has on disk",
    read: ({ lastStatementMs }) => seconds(lastStatementMs),
  },
  { name: "queue_bytes", help: "On their way into its socket", read: (peer) => peer.queuedBytes },
  { name: "received_bytes", help: "Over the connection that stands", read: (p) => p.receivedBytes },
  { name: "sent_bytes", help: "Over the connection that stands", read: (peer) => peer.sentBytes },
  { name: "failures", help: "Attempts in a row that failed", read: ({ failures }) => failures },
];

export function addPeerFigures(web: Web, registers: Registry[]): void {
  const look = statusOf(web);
  const peers = (): readonly PeerStatus[] => named(look().peers);
  for (const { name, help, read } of figures) {
    new Gauge({
      name: `towline_peer_${name}`,
      help,
      labelNames: ["peer"],
      registers,
      collect() {
        this.reset();
        for (const peer of peers()) {
          const value = read(peer);
          if (value !== null) this.set({ peer: peer.node?.slice(0, 8) ?? "" }, value);
        }
      },
    });
  }
  new Gauge({
    name: "towline_connections",
    help: "Peers that are connected, dialled or trusted",
    labelNames: ["direction", "state"],
    registers,
    collect() {
      this.reset();
      for (const { direction, state } of look().peers) {
        this.inc({ direction: direction ?? "none", state });
      }
    },
  });
}

/** Connected ones first; of two connections to one node, the first. */
function named(all: readonly PeerStatus[]): readonly PeerStatus[] {
  const found = new Map<string, PeerStatus>();
  const isUp = ({ state }: PeerStatus): boolean => state === "live" || state === "syncing";
  for (const peer of [...all.filter(isUp), ...all.filter((each) => !isUp(each))]) {
    if (found.size >= metricPeersMax) break;
    if (peer.node !== null && !found.has(peer.node)) found.set(peer.node, peer);
  }
  return [...found.values()];
}
