/** The checks that run with every event. Each throws when a promise of the system is broken. */
import {
  bulkWindowBytes,
  frameBytesMax,
  liveBytesMax,
  liveFramesMax,
  pendingOpsMax,
  pendingTotalBytesMax,
} from "../src/base/limits.ts";
import { isObject, parseJson } from "../src/base/json.ts";
import type { NodeId, VerifiedOp } from "../src/op/op.ts";
import { noOp } from "../src/op/op.ts";
import { stateText } from "../src/pipeline/digest.ts";
import type { Replica } from "../src/replica/replica.ts";
import type { ConnId, Effect, Notice, ReplicaEvent } from "../src/replica/events.ts";
import type { Life, Link, Stage, Watch } from "./cast.ts";
import { check } from "./failure.ts";
import { sampleOf } from "./trace.ts";
import { Waiting } from "./waiting.ts";

/** Codes by which an honest node says that the other side broke the protocol or is a stranger. */
const accusations: ReadonlySet<number> = new Set([1009, 4400, 4401, 4403, 4409, 4426]);
const kinds: readonly ReplicaEvent["kind"][] = [
  "accepted",
  "dialled",
  "frame",
  "written",
  "pong",
  "closed",
  "hang-up",
  "write",
  "import",
  "learn",
  "committed",
  "loaded",
  "tick",
];

export class Checks implements Watch {
  readonly #world: Stage;
  /** The state text of each set of ops that any node had when somebody looked. */
  readonly #states = new Map<string, string>();
  /** No node lies, forks or dumps everything: then no op goes over a connection twice. */
  readonly #isCalm: boolean;
  /** What waits in each core. */
  readonly #waiting = new WeakMap<Replica, Waiting>();
  /** Who was let in by each token. */
  readonly #redeemed = new Map<NodeId, Set<NodeId>>();
  framesSent = 0;
  opsSent = 0;

  constructor(world: Stage) {
    this.#world = world;
    const { options, actions } = world.scenario;
    this.#isCalm =
      options.nodes.every((node) => !node.isByzantine && node.versions.includes(2)) &&
      actions.every(({ kind }) => !["restore", "clone", "corrupt", "import"].includes(kind));
  }

  before(process: Life, event: ReplicaEvent): void {
    const { trace, queue } = this.#world;
    const conn = "conn" in event ? event.conn : 0;
    const sample = event.kind === "frame" ? sampleOf(event.data) : 0;
    const kind = kinds.indexOf(event.kind);
    trace.add(queue.now, [process.index, kind, conn, sample], () => describe(process, event));
  }

  effect(process: Life, event: ReplicaEvent, effect: Effect): void {
    if (effect.kind === "persist") {
      for (const each of effect.ops) this.#applied(process, event, each);
    }
    if (effect.kind === "close" && process.node.isHonest) {
      const link = process.links.get(effect.conn);
      const other = link?.end.peer?.host.index;
      const peer = other === undefined ? null : this.#world.node(other);
      if (peer?.isHonest !== true || peer.token !== null || process.node.token !== null) return;
      check(!accusations.has(effect.code), "isolation", () => {
        const what = `${effect.code} (${effect.reason})`;
        return `node ${process.index} closed honest node ${peer.index} with ${what}`;
      });
    }
  }

  #applied(process: Life, event: ReplicaEvent, { op }: VerifiedOp): void {
    const { ledger } = this.#world;
    const { node, view } = process;
    // The core may hold a write back, so that its op comes with a later event.
    const isOwn = op.author === node.signer.node && !ledger.made.has(op.id);
    if (isOwn) ledger.make({ op, isValid: true, writer: node.isHonest ? node.index : null });
    if (node.isHonest) {
      const where = `node ${node.index}, op ${op.id.slice(0, 8)}, seq ${op.seq}`;
      const made = ledger.made.get(op.id);
      check(
        made?.isValid === true,
        "authority",
        () => `${where}: nobody made it, or it is invalid`,
      );
      check(!view.ids.has(op.id), "applied once", () => where);
      for (const id of [op.prev, ...op.deps]) {
        check(id === noOp || view.ids.has(id), "causality", () => `${where} before ${id}`);
      }
      check(
        isOwn || made.writer === null || ledger.durable.has(op.id),
        "disk before word",
        () => `${where} came from node ${made.writer ?? 0}, where it is not durable`,
      );
      if (this.#isCalm && !isOwn && event.kind === "frame") {
        process.links.get(event.conn)?.seen.add(`${op.author}:${op.seq}`);
      }
    }
    view.add(op);
  }

  /** What goes onto the wire. */
  sent(process: Life, conn: ConnId, frame: string | Uint8Array): void {
    this.framesSent += 1;
    const text = typeof frame === "string" ? frame : Buffer.from(frame).toString("latin1");
    check(
      (typeof frame === "string" ? 3 : 1) * text.length <= frameBytesMax ||
        Buffer.byteLength(text) <= frameBytesMax,
      "bounds",
      () => `node ${process.index} sends a frame of ${Buffer.byteLength(text)} bytes`,
    );
    if (text.startsWith('{"type":"clock"')) this.#clockSent(process, text);
    const link = process.links.get(conn);
    const start = '{"author":"';
    for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
      const author = text.slice(at + 11, at + 75) as NodeId;
      const seq = Number.parseInt(text.slice(at + 83, at + 100), 10);
      this.#opSent(process, { author, seq }, link);
    }
  }

  #opSent(
    process: Life,
    { author, seq }: { readonly author: NodeId; readonly seq: number },
    link: Link | undefined,
  ): void {
    this.opsSent += 1;
    const durable = process.node.disk.image.seqs.get(author) ?? 0;
    check(seq <= durable, "disk before word", () => {
      return `node ${process.index} sends seq ${seq}, but only ${durable} are durable`;
    });
    if (!this.#isCalm || link === undefined) return;
    const key = `${author}:${seq}`;
    check(!link.seen.has(key), "no echo", () => {
      return `node ${process.index} sends seq ${seq} over connection ${link.conn} again or back`;
    });
    link.seen.add(key);
  }

  #clockSent(process: Life, text: string): void {
    const parsed = parseJson(text);
    const clock = parsed.ok && isObject(parsed.value) ? parsed.value["clock"] : null;
    if (!isObject(clock)) return;
    for (const [author, count] of Object.entries(clock)) {
      const durable = process.node.disk.image.seqs.get(author as NodeId) ?? 0;
      check(typeof count === "number" && count <= durable, "honest clock", () => {
        return `node ${process.index} claims ${JSON.stringify(count)} ops where ${durable} are durable`;
      });
      check(!process.replica.log.isForked(author as NodeId), "honest clock", () => {
        return `node ${process.index} counts the ops of an author that it knows to be forked`;
      });
    }
  }

  after(process: Life, event: ReplicaEvent): void {
    const { replica, view } = process;
    const { pending } = replica.admission;
    const where = `node ${process.index} after ${event.kind}`;
    check(
      replica.log.length - replica.drafts === view.ids.size,
      "persist all",
      () => `${where}: not all persisted`,
    );
    this.#waitingOf(process).look();
    check(pending.bytes <= pendingTotalBytesMax, "bounds", () => `${where}: pending bytes`);
    if (!("conn" in event)) return;
    check(pending.opsFrom(event.conn) <= pendingOpsMax, "bounds", () => `${where}: pending ops`);
    const session = replica.sessions().get(event.conn);
    const frames = session?.inFlightFrames ?? 0;
    check(frames <= liveFramesMax + 80, "bounds", () => `${where}: ${frames} frames in flight`);
    const bytes = process.links.get(event.conn)?.end.queuedBytes ?? 0;
    check(bytes <= liveBytesMax + 4 * bulkWindowBytes + frameBytesMax, "bounds", () => {
      return `${where}: ${bytes} bytes in flight`;
    });
  }

  #waitingOf(process: Life): Waiting {
    const known = this.#waiting.get(process.replica);
    if (known !== undefined) return known;
    const waiting = new Waiting(this.#world.ledger, process);
    this.#waiting.set(process.replica, waiting);
    return waiting;
  }

  notice(process: Life, notice: Notice): void {
    const { ledger } = this.#world;
    const { node } = process;
    if (notice.kind === "wrote" && node.isHonest) {
      for (const id of notice.ids) {
        check(ledger.durable.has(id), "durability", () => {
          return `node ${node.index} acknowledged an op that is not durable`;
        });
        ledger.acknowledged.set(id, node.index);
      }
    }
    if (notice.kind === "authenticated" && node.isHonest) this.#admitted(process, notice.peer);
  }

  #admitted(process: Life, peer: NodeId): void {
    const { trustedKeys, nodes } = this.#world;
    if (process.node.token !== null || trustedKeys.includes(peer)) return;
    const token = nodes.find(({ signer }) => signer.node === peer)?.token?.node;
    check(token !== undefined, "authority", () => `node ${process.index} let a stranger in`);
    const guests = this.#redeemed.get(token) ?? new Set();
    this.#redeemed.set(token, guests.add(peer));
    check(guests.size <= 1 || process.node.mayFork, "one token, one guest", () => {
      return `node ${process.index} let ${guests.size} in by one token`;
    });
  }

  synced({ node }: Life, ops: readonly VerifiedOp[]): void {
    for (const { op } of ops) this.#world.ledger.kept(op.id, node);
  }

  /** A process starts on a disk: all that it ever acknowledged must be there. */
  reopened(process: Life): void {
    const { node, view } = process;
    const { ledger } = this.#world;
    for (const id of node.disk.image.ids) ledger.kept(id, node);
    if (!node.isHonest) return;
    for (const [id, writer] of ledger.acknowledged) {
      if (writer !== node.index || ledger.excused.has(id) || node.mayFork) continue;
      check(view.ids.has(id), "durability", () => {
        return `node ${node.index} lost op ${id.slice(0, 8)}, which it had acknowledged`;
      });
    }
    this.look(process);
  }

  /** The state is a function of the set of ops, and what is deleted stays so. */
  look(process: Life): void {
    const { view, replica, node } = process;
    if (!node.isHonest) return;
    const text = stateText(replica.document);
    const known = this.#states.get(view.key);
    check(known === undefined || known === text, "same ops, same state", () => {
      return `node ${node.index} with ${view.ids.size} ops shows\n${text}\nnot\n${known ?? ""}`;
    });
    this.#states.set(view.key, text);
    for (const item of view.deleted) {
      check(replica.document.state(item) === "deleted", "deleted for good", () => {
        return `item ${item} is back at node ${node.index}`;
      });
    }
  }
}

function describe({ index }: Life, event: ReplicaEvent): string {
  const conn = "conn" in event ? ` conn ${event.conn}` : "";
  const more =
    event.kind === "frame"
      ? ` ${Buffer.from(event.data.subarray(0, 120)).toString("latin1")} (${event.data.length} B)`
      : event.kind === "write"
        ? ` ${event.ops.length} ops`
        : "";
  return `node ${index}: ${event.kind}${conn}${more}`;
}
