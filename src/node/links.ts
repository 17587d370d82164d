/** The open connections of a node by their number, and what the core does to them. */
import type { Link } from "../adapters/link.ts";
import type { Signer } from "../op/crypto.ts";
import type { NodeId } from "../op/op.ts";
import type { ConnId, Effect } from "../replica/events.ts";

/** How a connection came to be. */
export type Origin =
  | { readonly kind: "accepted"; readonly bearer: NodeId | null }
  | {
      readonly kind: "dialled";
      readonly audience: string;
      readonly expected: NodeId | null;
      readonly token: Signer | null;
    };

/** Told of what happens to one connection. */
export interface LinkOwner {
  authenticated(peer: NodeId): void;
  closed(code: number): void;
}

interface Attached {
  readonly link: Link;
  readonly owner: LinkOwner;
}

export type LinkEffect = Extract<Effect, { kind: "send" | "ping" | "close" }>;

export class Links {
  readonly #links = new Map<ConnId, Attached>();
  #last = 0;

  /** Gives a new connection its number. */
  add(link: Link, owner: LinkOwner): ConnId {
    this.#last += 1;
    const conn = this.#last as ConnId;
    this.#links.set(conn, { link, owner });
    return conn;
  }

  delete(conn: ConnId): void {
    this.#links.delete(conn);
  }

  /** Null for a connection that is gone. */
  at(conn: ConnId): Link | null {
    return this.#links.get(conn)?.link ?? null;
  }

  authenticated(conn: ConnId, peer: NodeId): void {
    this.#links.get(conn)?.owner.authenticated(peer);
  }

  /** Of a connection that is gone nothing is left to do. */
  carryOut(effect: LinkEffect): void {
    const link = this.#links.get(effect.conn)?.link;
    if (effect.kind === "send") link?.send(effect.frame);
    else if (effect.kind === "ping") link?.ping();
    else link?.close(effect.code, effect.reason);
  }

  closeAll(reason: string): void {
    for (const { link } of this.#links.values()) link.close(1001, reason);
  }
}
