/**
 * The nodes of a mesh as its page shows them, in words: from a status, one entry for each node that
 * is connected, dialled, trusted, or that only gave signs of life.
 */
import { span } from "../ui/time-text.ts";
import type { PeerDto, PresentDto, StatusDto } from "../../src/client/contract.ts";

/** What the colour and the line of a node say; the words say it as well. */
export type NodeTone = "same" | "differs" | "unknown" | "away";

export interface MeshNode {
  /** Stays the same while figures change. */
  readonly key: string;
  readonly name: string;
  readonly node: string | null;
  readonly tone: NodeTone;
  /** `in sync`, `lacks 12 ops`, `not connected`. */
  readonly words: string;
  readonly peer: PeerDto | null;
  readonly present: PresentDto | null;
}

export function nodesOf(status: Pick<StatusDto, "peers" | "present">): readonly MeshNode[] {
  const present = new Map(status.present.map((one) => [one.node, one]));
  const nodes = new Map<string, MeshNode>();
  for (const peer of status.peers) {
    const key = peer.node ?? peer.url ?? "a peer";
    const before = nodes.get(key);
    const here = peer.node === null ? null : (present.get(peer.node) ?? null);
    const next = nodeOfPeer(key, peer, here);
    if (before === undefined || rank(next) < rank(before)) nodes.set(key, next);
  }
  for (const one of status.present) {
    if (nodes.has(one.node)) continue;
    nodes.set(one.node, {
      key: one.node,
      name: one.name ?? shortId(one.node),
      node: one.node,
      tone: "away",
      words: "heard of through others",
      peer: null,
      present: one,
    });
  }
  return [...nodes.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}

function nodeOfPeer(key: string, peer: PeerDto, present: PresentDto | null): MeshNode {
  const name = peer.name ?? present?.name ?? hostOf(peer) ?? shortId(peer.node ?? key);
  return {
    key,
    name,
    node: peer.node,
    tone: toneOf(peer),
    words: wordsOf(peer),
    peer,
    present,
  };
}

/** One node may be dialled and have dialled in as well: the line that works is the one to show. */
function rank(node: MeshNode): number {
  return ["same", "differs", "unknown", "away"].indexOf(node.tone);
}

function hostOf({ url, direction }: PeerDto): string | null {
  return direction === "out" && url !== null ? (URL.parse(url)?.host ?? null) : null;
}

export function isConnected(peer: PeerDto): boolean {
  return peer.state === "live" || peer.state === "syncing";
}

function toneOf(peer: PeerDto): NodeTone {
  if (!isConnected(peer)) return "away";
  if (peer.inSync === null) return "unknown";
  return peer.inSync ? "same" : "differs";
}

function wordsOf(peer: PeerDto): string {
  if (!isConnected(peer)) {
    const lag = lagWords(peer);
    return lag === "" ? stateWords(peer) : `${stateWords(peer)}; by its last word it ${lag}`;
  }
  if (peer.inSync === true) return "in sync";
  if (peer.version !== null && peer.version < 3) {
    return `speaks version ${peer.version}, which cannot tell what it has`;
  }
  if (peer.inSync === null) return lagWords(peer) || "has not said what it has";
  const since = peer.behindMs === null ? "" : `, for ${span(peer.behindMs)}`;
  return `${lagWords(peer) || "differs"}${since}`;
}

/** What the peer has on its disk of the `ops` that are durable here. */
export function durableWords({ lag }: Pick<PeerDto, "lag">, ops: number): string {
  if (lag === null) return "not known";
  const all = ops.toLocaleString("en");
  if (lag.missingThere === 0) return `all ${all} ops`;
  const has = Math.max(0, ops - lag.missingThere).toLocaleString("en");
  return `${has} of ${all} ops`;
}

const states: Readonly<Record<string, string>> = {
  connecting: "being dialled",
  waiting: "not reached; will be dialled again",
  handshake: "introducing itself",
  syncing: "catching up",
  live: "connected",
  offline: "not connected",
};

export function stateWords({ state }: Pick<PeerDto, "state">): string {
  return Object.hasOwn(states, state) ? (states[state] ?? state) : state;
}

/** `lacks 12 ops and has 3 that are not here`; empty when nothing is known to lack. */
export function lagWords({ lag }: Pick<PeerDto, "lag">): string {
  if (lag === null) return "";
  const least = lag.isExact ? "" : "at least ";
  const there = lag.missingThere > 0 ? [`lacks ${least}${opsWords(lag.missingThere)}`] : [];
  const here =
    lag.missingHere > 0 ? [`has ${least}${opsWords(lag.missingHere)} that are not here`] : [];
  return [...there, ...here].join(" and ");
}

function opsWords(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "op" : "ops"}`;
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** Cut to so many characters as a reader counts them, with an ellipsis in place of the rest. */
export function shortened(text: string, charsMax: number): string {
  const chars = Array.from(new Intl.Segmenter().segment(text.slice(0, 500)), (one) => one.segment);
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join("")}…`;
}
