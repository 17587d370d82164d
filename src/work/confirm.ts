/** Which peers must have a claim before it is sure. [CLM-11] */
import { TowlineError } from "../base/errors.ts";
import type { Guarantee } from "../claims/change.ts";
import type { OpId } from "../op/op.ts";
import type { WorkHost } from "./host.ts";

export type Confirmation =
  | { readonly kind: "hub" }
  /** So many nodes, this one included. */
  | { readonly kind: "quorum"; readonly nodes: number }
  | { readonly kind: "none" };

/** `hub`, `quorum:N` or `none`. Throws `usage/invalid`. */
export function parseConfirmation(text: string): Confirmation {
  if (text === "hub" || text === "none") return { kind: text };
  const nodes = /^quorum:([1-9][0-9]{0,5})$/u.exec(text)?.[1];
  if (nodes !== undefined) return { kind: "quorum", nodes: Number(nodes) };
  const message = `${JSON.stringify(text)} confirms nothing: use hub, quorum:N or none.`;
  throw new TowlineError("usage/invalid", message);
}

export function guaranteeOf({ kind }: Confirmation): Guarantee {
  return kind;
}

/**
 * True when the peers that matter have the claim and this node has all that they had by then. A
 * node that dials no rendezvous is one itself, for those who dial it: what is durable here counts.
 */
export function isWitnessed(host: WorkHost, claim: OpId, confirmation: Confirmation): boolean {
  switch (confirmation.kind) {
    case "none":
      return true;
    case "hub":
      return host.hubs().every((hub) => hub.has(claim));
    case "quorum":
      return witnessesOf(host, claim) >= confirmation.nodes;
  }
}

function witnessesOf(host: WorkHost, claim: OpId): number {
  const nodes = new Set<string>([host.node]);
  for (const peer of host.peers()) {
    if (peer.node !== null && peer.has(claim)) nodes.add(peer.node);
  }
  return nodes.size;
}

/**
 * What makes it useless to ask now, for people: somebody is not connected, or of a version that
 * does not say what it has on disk. Null when a claim may be confirmed.
 */
export function cannotConfirm(host: WorkHost, confirmation: Confirmation): string | null {
  if (confirmation.kind === "none") return null;
  if (confirmation.kind === "quorum") {
    const telling = host.peers().filter(({ isTelling }) => isTelling);
    const count = 1 + new Set(telling.map(({ node }) => node)).size;
    if (count >= confirmation.nodes) return null;
    return `${count} of ${confirmation.nodes} nodes are connected and say what they have on disk`;
  }
  const mute = host.hubs().filter(({ isTelling }) => !isTelling);
  if (mute.length === 0) return null;
  const names = mute.map(({ name }) => name).join(", ");
  return `no connection of version 3 to ${names}`;
}

/** Who has not answered, for people. */
export function missingWitnesses(host: WorkHost, claim: OpId, confirmation: Confirmation): string {
  if (confirmation.kind === "quorum") {
    return `${witnessesOf(host, claim)} of ${confirmation.nodes} nodes have it`;
  }
  const missing = host.hubs().filter((hub) => !hub.has(claim));
  return missing.length === 0
    ? "another claim of the same epoch was not taken back"
    : `no answer from ${missing.map(({ name }) => name).join(", ")}`;
}
