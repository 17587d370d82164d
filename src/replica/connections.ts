/** The sessions of a node: opened, kept to their deadlines, forgotten when they end. */
import { assert } from "../base/assert.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Announcement } from "../sync/announcement.ts";
import type { SessionEffects } from "../sync/session-effects.ts";
import type { Side } from "../sync/session.ts";
import { Session } from "../sync/session.ts";
import type { Shared } from "../sync/shared.ts";
import { verdictOn } from "../sync/transitions.ts";
import type { ConnId, Effect } from "./events.ts";

export class Connections {
  /** How often a peer and this node did not come together, or the peer contradicted itself. */
  divergences = 0;
  readonly #sessions = new Map<ConnId, Session>();
  /** Authors of whom every peer was told that they are forked. */
  readonly #forked: Set<NodeId>;
  readonly #shared: Shared;
  readonly #emit: (effect: Effect) => void;
  readonly #isPending: (id: OpId) => boolean;

  constructor(input: {
    readonly shared: Shared;
    readonly emit: (effect: Effect) => void;
    /** Whether an op waits for an ancestor. */
    readonly isPending: (id: OpId) => boolean;
  }) {
    this.#shared = input.shared;
    this.#emit = input.emit;
    this.#isPending = input.isPending;
    this.#forked = new Set(input.shared.log.forks().map(({ author }) => author));
  }

  all(): ReadonlyMap<ConnId, Session> {
    return this.#sessions;
  }

  open(conn: ConnId, side: Side, now: number): void {
    assert(!this.#sessions.has(conn), "a connection opens once");
    const effects = this.#effectsOf(conn);
    const session = new Session({ side, source: conn, shared: this.#shared, effects, now });
    this.#sessions.set(conn, session);
  }

  forget(conn: ConnId): void {
    this.#sessions.delete(conn);
  }

  /** Whether a page may come over a connection now. */
  takesPages(conn: ConnId): boolean {
    const phase = this.#sessions.get(conn)?.phase ?? "closed";
    return phase !== "closed" && verdictOn(phase, "page") === "take";
  }

  /** Lets a session send what it may, and ends it when its time is up. */
  advance(conn: ConnId, now: number): void {
    const session = this.#sessions.get(conn);
    if (session === undefined) return;
    session.askAgain(this.#isPending, now);
    session.advance(now);
    if (session.phase === "closed") this.forget(conn);
  }

  /** Tells all peers of a commit, and sends what they may have now. */
  committed(announcement: Announcement, now: number): void {
    for (const session of this.#sessions.values()) session.committed(announcement, now);
    this.advanceAll(now);
  }

  /** `author` turned out to be forked: every peer gets both branches, in bulks. */
  forkLearned(author: NodeId): void {
    if (this.#forked.has(author)) return;
    this.#forked.add(author);
    for (const [conn, session] of this.#sessions) session.forkLearned(author, conn);
  }

  advanceAll(now: number): void {
    for (const conn of this.#sessions.keys()) this.advance(conn, now);
  }

  /** Monotonic milliseconds at which `advanceAll` must come at the latest. */
  deadline(): number {
    let earliest = Infinity;
    for (const session of this.#sessions.values()) {
      earliest = Math.min(earliest, session.deadline());
    }
    return earliest;
  }

  #effectsOf(conn: ConnId): SessionEffects {
    return {
      send: (frame) => this.#emit({ kind: "send", conn, frame }),
      ping: () => this.#emit({ kind: "ping", conn }),
      load: (indices) => this.#emit({ kind: "load", conn, indices }),
      loadPage: (first) => this.#emit({ kind: "load-page", conn, first }),
      stated: () => this.#emit({ kind: "notify", notice: { kind: "stated", conn } }),
      diverged: () => {
        this.divergences += 1;
        this.#emit({ kind: "notify", notice: { kind: "diverged", conn } });
      },
      close: (code, reason) => {
        this.#emit({ kind: "close", conn, code, reason });
        this.#emit({ kind: "notify", notice: { kind: "closing", conn, code, reason } });
      },
    };
  }
}
