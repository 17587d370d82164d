/**
 * "Am I in sync?", answered from what peers have said that they have on disk, never from what was
 * sent to them.
 */
import { TowlineError } from "../base/errors.ts";
import type { Lag } from "../log/missing.ts";
import { isCovered, lagBehind } from "../log/missing.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Runtime } from "../node/runtime.ts";
import type { ConnId, Notice } from "../replica/events.ts";
import type { Session } from "../sync/session.ts";
import { Statements } from "./statements.ts";
import type { NodeEvents, SyncedOptions, WaitOptions } from "./types.ts";
import { Waits } from "./waits.ts";

type Emit = <Name extends "stated" | "synced">(name: Name, event: NodeEvents[Name]) => void;

/** The first version in which peers say what is on their disk. */
const telling = 3;

export class SyncState {
  readonly #runtime: Runtime;
  readonly #now: () => number;
  readonly #emit: Emit;
  readonly #statements: Statements;
  readonly #waits = new Waits();
  /** Peers that had the same as this node at the last look. */
  readonly #same = new Set<NodeId>();
  /** Connected peers that had something else at the last look: since when, monotonic. */
  readonly #behind = new Map<NodeId, number>();

  constructor(input: {
    readonly runtime: Runtime;
    /** Monotonic milliseconds. */
    readonly now: () => number;
    readonly emit: Emit;
  }) {
    this.#runtime = input.runtime;
    this.#now = input.now;
    this.#emit = input.emit;
    this.#statements = new Statements(input.now);
  }

  take(notice: Notice): void {
    this.#statements.take(notice, this.#runtime.replica.sessions());
    switch (notice.kind) {
      case "stated": {
        const peer = this.#statements.peerAt(notice.conn);
        if (peer === null) return;
        this.#emit("stated", { peer });
        this.#compare([peer]);
        return this.#waits.look(peer);
      }
      case "applied":
      case "authenticated":
      case "live":
      case "gone":
        this.#compare(
          new Set([
            ...this.#same,
            ...this.#behind.keys(),
            ...this.#statements.connected().values(),
          ]),
        );
        return this.#waits.look(null);
      default:
        return;
    }
  }

  /** Tells who has come to have the same, and who has not any more. */
  #compare(peers: Iterable<NodeId>): void {
    for (const peer of peers) {
      const now = this.isInSync(peer);
      if (now !== false) this.#behind.delete(peer);
      else if (!this.#behind.has(peer)) this.#behind.set(peer, this.#now());
      const inSync = now === true;
      if (inSync === this.#same.has(peer)) continue;
      if (inSync) this.#same.add(peer);
      else this.#same.delete(peer);
      this.#emit("synced", { peer, inSync });
    }
  }

  reached(peer: NodeId, op: OpId): boolean {
    const { log, durable, node } = this.#runtime.replica;
    const entry = log.find(op);
    if (entry === undefined) return false;
    if (peer === node) return entry.index < durable;
    const statement = this.#statements.of(peer);
    return statement !== null && isCovered(log, statement.heads, entry);
  }

  /** Null when it is not known: not connected, nothing said yet, or its version cannot tell. */
  isInSync(peer: NodeId): boolean | null {
    const statement = this.#statements.of(peer);
    const { replica } = this.#runtime;
    const session = statement === null ? undefined : replica.sessions().get(statement.conn);
    const frontier = session?.isSyncing === true ? session.peerFrontier : null;
    if (frontier === null) return null;
    return frontier.isSettled && frontier.digest === replica.frontier.digest(replica);
  }

  /** What the last statement of a peer tells; null when there is none. */
  last(peer: NodeId): { readonly ageMs: number; readonly lag: Lag } | null {
    const statement = this.#statements.of(peer);
    if (statement === null) return null;
    const { log, durable } = this.#runtime.replica;
    const ageMs = Math.max(0, Math.round(this.#now() - statement.at));
    return { ageMs, lag: lagBehind(log, statement.heads, durable) };
  }

  /** How long a connected peer has had something else than this node. */
  behindMs(peer: NodeId): number {
    const since = this.#behind.get(peer);
    return since === undefined ? 0 : Math.max(0, Math.round(this.#now() - since));
  }

  peerAt(conn: ConnId): NodeId | null {
    return this.#statements.peerAt(conn);
  }

  /** Why this node dropped the peer, and null when the peer is back or was not dropped. */
  dropOf(peer: NodeId): string | null {
    return this.#statements.dropOf(peer);
  }

  async whenReached(op: OpId, peer: NodeId, options: WaitOptions): Promise<void> {
    await this.#waits.until({
      ...options,
      peer,
      isMet: () => this.reached(peer, op),
      tooLate: (ms) => {
        const why = `${peer.slice(0, 8)} has not said within ${seconds(ms)} that it has the op on disk`;
        const message = `${why}: ${this.#whyNot(peer)}. What is durable here is sent once the two are connected.`;
        return new TowlineError("wait/not-reached", message);
      },
    });
  }

  async whenSynced({ peers, ...options }: SyncedOptions): Promise<void> {
    const wanted = (): readonly NodeId[] => peers ?? this.#telling();
    await this.#waits.until({
      ...options,
      peer: null,
      isMet: () => wanted().length > 0 && wanted().every((peer) => this.isInSync(peer) === true),
      tooLate: (ms) => {
        const behind = wanted().filter((peer) => this.isInSync(peer) !== true);
        const [first] = behind;
        const why =
          first === undefined
            ? "no peer is connected that could tell"
            : `${first.slice(0, 8)}: ${this.#whyNot(first)}`;
        const more = behind.length > 1 ? ` (and ${behind.length - 1} more)` : "";
        const message = `Not in sync within ${seconds(ms)}: ${why}${more}. Sync goes on by itself.`;
        return new TowlineError("wait/not-synced", message);
      },
    });
  }

  /** Peers that are connected and say what they have. */
  #telling(): readonly NodeId[] {
    const sessions = this.#runtime.replica.sessions();
    return [...this.#statements.connected()]
      .filter(([conn]) => (sessions.get(conn)?.version ?? 0) >= telling)
      .map(([, peer]) => peer);
  }

  #whyNot(peer: NodeId): string {
    const sessions: Session[] = [];
    for (const [conn, each] of this.#statements.connected()) {
      const session = each === peer ? this.#runtime.replica.sessions().get(conn) : undefined;
      if (session !== undefined) sessions.push(session);
    }
    if (sessions.length === 0) return "it is not connected";
    const version = Math.max(...sessions.map((session) => session.version ?? 0));
    return version < telling
      ? `it speaks version ${version} of the protocol, which cannot tell`
      : "it is connected, and has not said so yet";
  }

  close(): void {
    this.#waits.failAll(new TowlineError("node/stopped", "The node was closed meanwhile."));
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
