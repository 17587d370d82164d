/** Whom to wait for, as people name them: `hub`, `all`, `quorum:N`, a key or a URL. */
import { dialUrl } from "../adapters/ws-dialer.ts";
import type { PeerStatus } from "../api/types.ts";
import { unreachable } from "../base/assert.ts";
import { TowlineError } from "../base/errors.ts";

export type Target =
  | { readonly kind: "hub" | "all" }
  /** So many nodes, this one included. */
  | { readonly kind: "quorum"; readonly nodes: number }
  | { readonly kind: "key"; readonly prefix: string }
  | { readonly kind: "url"; readonly url: string };

/** Throws `usage/invalid`, `dial/url-invalid`. */
export function parseTarget(text: string): Target {
  if (text === "hub" || text === "all") return { kind: text };
  const nodes = /^quorum:([1-9][0-9]{0,5})$/u.exec(text)?.[1];
  if (nodes !== undefined) return { kind: "quorum", nodes: Number(nodes) };
  if (text.includes("://")) return { kind: "url", url: dialUrl(text) };
  if (/^[0-9a-f]{4,64}$/u.test(text)) return { kind: "key", prefix: text };
  const message =
    `${JSON.stringify(text)} is nobody to wait for: use hub, all, quorum:N, ` +
    "the beginning of a peer's key, or its URL.";
  throw new TowlineError("usage/invalid", message);
}

type Has = (row: PeerStatus) => boolean;

interface Split {
  readonly met: readonly PeerStatus[];
  readonly missing: readonly PeerStatus[];
}

/** Peers of whom enough have to do something: one of them, all, or so many. */
export class Candidates {
  /** Null for whoever there is. */
  readonly #rows: Map<string, PeerStatus> | null;
  readonly #needed: number | "all";

  constructor(rows: readonly PeerStatus[] | null, needed: number | "all") {
    this.#rows = rows === null ? null : new Map(rows.map((row) => [keyOf(row), row]));
    this.#needed = needed;
  }

  split(now: readonly PeerStatus[], has: Has): Split {
    const rows = this.#current(now);
    return { met: rows.filter(has), missing: rows.filter((row) => !has(row)) };
  }

  areMet(now: readonly PeerStatus[], has: Has): boolean {
    const { met, missing } = this.split(now, has);
    if (this.#needed === "all") return missing.length === 0;
    return new Set(met.map(({ node }) => node)).size >= this.#needed;
  }

  /** One that has vanished from the list stays as it was last seen, and is not forgotten. */
  #current(now: readonly PeerStatus[]): readonly PeerStatus[] {
    if (this.#rows === null) return now;
    for (const row of now) if (this.#rows.has(keyOf(row))) this.#rows.set(keyOf(row), row);
    return [...this.#rows.values()];
  }
}

/** A rendezvous is known by its URL, also before anybody has answered there. */
function keyOf({ direction, url, node }: PeerStatus): string {
  return direction === "out" ? (url ?? "") : (node ?? "");
}

/** Throws `wait/no-peer` when nobody fits who could ever tell, `usage/invalid`. */
export function candidatesFor(target: Target, rows: readonly PeerStatus[]): Candidates {
  switch (target.kind) {
    case "quorum":
      return new Candidates(null, target.nodes - 1);
    case "hub": {
      const hubs = rows.filter(({ direction }) => direction === "out");
      refuseUnless(hubs, "This node dials no rendezvous, so it has no hub");
      return new Candidates(hubs, 1);
    }
    case "all": {
      const known = rows.filter(({ state }) => state !== "offline");
      refuseUnless(known, "No peer is connected or dialled");
      refuseMute(known.filter(isMute));
      return new Candidates(known, "all");
    }
    case "key":
    case "url":
      return oneOf(rows, target);
    default:
      return unreachable(target);
  }
}

function oneOf(
  rows: readonly PeerStatus[],
  target: Extract<Target, { kind: "key" | "url" }>,
): Candidates {
  const isMeant = (row: PeerStatus): boolean =>
    target.kind === "url"
      ? row.direction === "out" && row.url === target.url
      : row.node?.startsWith(target.prefix) === true;
  const name = target.kind === "url" ? target.url : target.prefix;
  const found = rows.filter(isMeant);
  if (new Set(found.map(({ node }) => node)).size > 1) {
    const message = `${name} is the beginning of several keys. Write more of it.`;
    throw new TowlineError("usage/invalid", message);
  }
  refuseUnless(found, `No peer is known as ${name}`);
  return new Candidates(found, 1);
}

function refuseUnless(found: readonly PeerStatus[], why: string): void {
  if (found.length === 0) {
    const message = `${why}. Look at "towline peers", or wait for somebody else.`;
    throw new TowlineError("wait/no-peer", message);
  }
  if (found.every(isMute)) refuseMute(found);
}

function refuseMute([first]: readonly PeerStatus[]): void {
  if (first === undefined) return;
  const message =
    `${nameOf(first)} ${whyNot(first)} whether it has a change on disk. ` +
    "Update it, or wait for somebody else.";
  throw new TowlineError("wait/no-peer", message);
}

/** Connected, and of a version that does not say what it has on disk. */
export function isMute({ version }: PeerStatus): boolean {
  return version !== null && version < 3;
}

export function nameOf({ node, url }: Pick<PeerStatus, "node" | "url">): string {
  if (node === null) return url ?? "a peer";
  return url === null ? node.slice(0, 8) : `${node.slice(0, 8)} (${url})`;
}

export function whyNot(row: PeerStatus): string {
  if (row.state !== "live" && row.state !== "syncing") return "is not connected";
  if (isMute(row)) return `speaks version ${String(row.version)}, which cannot tell`;
  const behind = row.lag?.missingThere ?? 0;
  return behind > 0 ? `lacks ${behind} ops` : "has not said so yet";
}
