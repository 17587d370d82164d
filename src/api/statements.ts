/**
 * What each peer last said that it has on its disk, and why it was dropped: also after it has gone,
 * for as long as this process lives.
 */
import { statedHeadsMax, statedPeersMax } from "../base/limits.ts";
import type { Heads } from "../log/frontier.ts";
import type { NodeId } from "../op/op.ts";
import type { ConnId, Notice } from "../replica/events.ts";
import { closeCodes } from "../sync/close-codes.ts";
import type { Session } from "../sync/session.ts";

export interface Statement {
  /** The connection over which it came. */
  readonly conn: ConnId;
  readonly heads: Heads;
  /** Monotonic milliseconds. */
  readonly at: number;
}

type Sessions = ReadonlyMap<ConnId, Session>;

export class Statements {
  readonly #now: () => number;
  /** Peers that are connected. */
  readonly #peers = new Map<ConnId, NodeId>();
  /** Those of peers that have gone come first, the oldest at the front. */
  readonly #said = new Map<NodeId, Statement>();
  /** Why this node closed the last connection of a peer. */
  readonly #drops = new Map<NodeId, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  of(peer: NodeId): Statement | null {
    return this.#said.get(peer) ?? null;
  }

  /** Why this node dropped the peer; null when it did not, or when the peer is back. */
  dropOf(peer: NodeId): string | null {
    return this.#drops.get(peer) ?? null;
  }

  peerAt(conn: ConnId): NodeId | null {
    return this.#peers.get(conn) ?? null;
  }

  connected(): ReadonlyMap<ConnId, NodeId> {
    return this.#peers;
  }

  take(notice: Notice, sessions: Sessions): void {
    switch (notice.kind) {
      case "authenticated":
        this.#peers.set(notice.conn, notice.peer);
        // Its disk may be another one by now: what it said before counts no more.
        this.#said.delete(notice.peer);
        return;
      case "live":
        this.#drops.delete(this.#peers.get(notice.conn) ?? ("" as NodeId));
        return;
      case "stated":
        return this.#stated(notice.conn, sessions);
      case "closing":
        return this.#closing(notice);
      case "gone":
        return this.#gone(notice.conn, sessions);
      default:
        return;
    }
  }

  #stated(conn: ConnId, sessions: Sessions): void {
    const frontier = sessions.get(conn)?.peerFrontier ?? null;
    const peer = this.#peers.get(conn) ?? null;
    if (peer === null || frontier?.isKnown !== true) return;
    this.#said.set(peer, { conn, heads: frontier.heads, at: this.#now() });
  }

  #closing({ conn, code, reason }: Extract<Notice, { kind: "closing" }>): void {
    const peer = this.#peers.get(conn);
    if (peer === undefined || code === closeCodes.done) return;
    this.#drops.delete(peer);
    this.#drops.set(peer, reason);
    const oldest = this.#drops.keys().next();
    if (this.#drops.size > statedPeersMax && oldest.done !== true) this.#drops.delete(oldest.value);
  }

  #gone(conn: ConnId, sessions: Sessions): void {
    const peer = this.#peers.get(conn);
    if (peer === undefined) return;
    this.#peers.delete(conn);
    if (this.#said.get(peer)?.conn !== conn) return;
    const other = [...this.#peers].find(([, each]) => each === peer)?.[0];
    if (other === undefined) this.#forgetSome();
    else this.#stated(other, sessions);
  }

  /** Keeps what is said of peers that are gone within bounds; the oldest statement goes first. */
  #forgetSome(): void {
    const present = new Set(this.#peers.values());
    const gone = [...this.#said].filter(([peer]) => !present.has(peer));
    gone.sort(([, left], [, right]) => right.at - left.at);
    let heads = 0;
    for (const [index, [peer, statement]] of gone.entries()) {
      for (const each of statement.heads.values()) heads += each.length;
      if (index >= statedPeersMax || heads > statedHeadsMax) this.#said.delete(peer);
    }
  }
}
