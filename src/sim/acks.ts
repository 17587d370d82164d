/**
 * Acknowledgements of version 3 are true: what a node believes to be on the disk of an honest peer
 * is there. A disk that was replaced makes old statements stale, and ended their connections.
 */
import type { Entry } from "../log/log.ts";
import type { ConnId } from "../replica/events.ts";
import type { Session } from "../sync/session.ts";
import { readPagingFrame, tags } from "../sync/frames-3.ts";
import type { ReplicaEvent } from "../replica/events.ts";
import type { Life, Link, Machine, Stage } from "./cast.ts";
import { check } from "./failure.ts";

/** Entries looked at after an event: the newest, and some that chance points at. */
const newest = 3;
const others = 3;

export class Acks {
  readonly #world: Stage;
  #turn = 0;

  constructor(world: Stage) {
    this.#world = world;
  }

  after(process: Life, event: ReplicaEvent): void {
    if (event.kind === "committed" || event.kind === "sealed") {
      for (const [conn, session] of process.replica.sessions()) this.#look(process, conn, session);
      return;
    }
    if (event.kind !== "frame") return;
    const isStatement = event.data[0] === tags.hello || event.data[0] === tags.frontier;
    const session = isStatement ? process.replica.sessions().get(event.conn) : undefined;
    if (session === undefined) return;
    this.#look(process, event.conn, session);
    this.#lookAtHeads(process, event.conn, session);
    this.#addsUp(process, event.conn, { session, frame: event.data });
  }

  /** What an honest node has said so far has the digest that it says. */
  #addsUp(
    process: Life,
    conn: ConnId,
    { session, frame }: { readonly session: Session; readonly frame: Uint8Array },
  ): void {
    const read = readPagingFrame(frame);
    if (!read.ok || read.value.type !== "frontier" || read.value.hasMore) return;
    const peer = this.#peerOf(process.links.get(conn));
    const { digest } = read.value;
    check(peer === null || session.peerFrontier?.digest === digest, "statements add up", () => {
      return `node ${process.index} cannot follow what node ${peer?.index ?? 0} says that it has`;
    });
  }

  /** The machine at the other end, when it is honest and its disk still the one that spoke. */
  #peerOf(link: Link | undefined): Machine | null {
    const host = link?.end.peer?.host;
    if (link === undefined || host === undefined) return null;
    const peer = this.#world.node(host.index);
    return peer.isHonest && peer.disk.epoch === link.peerEpoch ? peer : null;
  }

  #look(process: Life, conn: ConnId, session: Session): void {
    const frontier = session.peerFrontier;
    const peer = frontier === null ? null : this.#peerOf(process.links.get(conn));
    if (frontier === null || peer === null) return;
    for (const entry of this.#some(process)) {
      if (!frontier.has(entry)) continue;
      check(peer.disk.image.ids.has(entry.id), "true acks", () => {
        const op = `op ${entry.id.slice(0, 8)}, seq ${entry.seq}`;
        return `node ${process.index} believes that node ${peer.index} has ${op}, which it has not`;
      });
    }
  }

  *#some({ replica: { log } }: Life): Iterable<Entry> {
    if (log.length === 0) return;
    for (let at = Math.max(0, log.length - newest); at < log.length; at += 1) yield log.at(at);
    for (let count = 0; count < others; count += 1) {
      // A sequence of its own: looking must not shift what else is drawn.
      this.#turn = (Math.imul(this.#turn, 1_664_525) + 1_013_904_223) >>> 0;
      yield log.at(this.#turn % log.length);
    }
  }

  #lookAtHeads(process: Life, conn: ConnId, session: Session): void {
    const peer = this.#peerOf(process.links.get(conn));
    if (session.peerFrontier === null || peer === null) return;
    for (const heads of session.peerFrontier.heads.values()) {
      for (const { id, seq } of heads) {
        check(peer.disk.image.ids.has(id), "true acks", () => {
          return `node ${process.index} was told by node ${peer.index} of seq ${seq}, not on its disk`;
        });
      }
    }
  }

  /** At the end, both sides of every connection know that they have the same. */
  checkEnd(process: Life): void {
    const own = process.replica.frontier.digest(this.#world.keys.crypto);
    for (const [conn, session] of process.replica.sessions()) {
      const link = process.links.get(conn);
      const peer = this.#peerOf(link);
      const isOpen = link?.end.isGone === false && link.end.peer?.isGone === false;
      if (session.peerFrontier === null || peer === null || !isOpen) continue;
      const { isKnown, digest } = session.peerFrontier;
      check(isKnown && digest === own, "both know of their agreement", () => {
        return `node ${process.index} does not know that node ${peer.index} has the same`;
      });
    }
  }
}
