/** The checks that run with every event. Each throws when a promise of the system is broken. */
import {
  bulkWindowBytes,
  frameBytesMax,
  liveBytesMax,
  liveFramesMax,
  pendingOpsMax,
  pendingTotalBytesMax,
} from "../base/limits.ts";
import type { NodeId, VerifiedOp } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { stateText } from "../pipeline/digest.ts";
import type { Replica } from "../replica/replica.ts";
import type { ConnId, Effect, Notice, Rejection, ReplicaEvent } from "../replica/events.ts";
import { closeCodes } from "../sync/close-codes.ts";
import { Acks } from "./acks.ts";
import type { Life, Stage, Watch } from "./cast.ts";
import { check } from "./failure.ts";
import type { Scenario } from "./scenario.ts";
import { frameText, sampleOf } from "./trace.ts";
import { Waiting } from "./waiting.ts";
import { WireChecks } from "./wire-checks.ts";

/** Codes by which an honest node says that the other side broke the protocol or is a stranger. */
const accusations: ReadonlySet<number> = new Set([1009, 4400, 4401, 4403, 4409, 4426, 4429]);
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
  "flush",
  "loaded-page",
  "sealed",
];

/** Ops that may wait in a queue besides a delta and one answer: branches of a fork. */
const queuedSlack = 2_000;
/** Bytes on their way to one peer, with what goes out when the window is almost full. */
const bytesInFlightMax = liveBytesMax + 4 * bulkWindowBytes + frameBytesMax;

export class Checks implements Watch {
  readonly #world: Stage;
  /** The state text of each set of ops that any node had when somebody looked. */
  readonly #states = new Map<string, string>();
  /** No node lies, forks or dumps everything: then no op goes over a connection twice. */
  readonly #isCalm: boolean;
  /** Nothing is slow or silent either: then nobody needs to ask what became of something. */
  readonly #isSmooth: boolean;
  /** What waits in each core. */
  readonly #waiting = new WeakMap<Replica, Waiting>();
  /** Who was let in by each token. */
  readonly #redeemed = new Map<NodeId, Set<NodeId>>();
  readonly #wire: WireChecks;
  readonly #acks: Acks;

  constructor(world: Stage) {
    this.#world = world;
    const { options, actions } = world.scenario;
    this.#isCalm =
      options.nodes.every((node) => !node.isByzantine && node.versions.includes(2)) &&
      actions.every(
        ({ kind }) => !["restore", "clone", "corrupt", "import", "lose-page"].includes(kind),
      );
    this.#isSmooth =
      this.#isCalm && options.network.bytesPerMs >= 1_000 && isPrompt(world.scenario);
    this.#wire = new WireChecks(world, this.#isCalm);
    this.#acks = new Acks(world);
  }

  get framesSent(): number {
    return this.#wire.framesSent;
  }

  get beatsSent(): number {
    return this.#wire.beatsSent;
  }

  get opsSent(): number {
    return this.#wire.opsSent;
  }

  before(process: Life, event: ReplicaEvent): void {
    const { trace, queue } = this.#world;
    const conn = "conn" in event ? event.conn : 0;
    const sample = event.kind === "frame" ? sampleOf(event.data) : 0;
    const kind = kinds.indexOf(event.kind);
    trace.add(queue.now, [process.index, kind, conn, sample], () => describe(process, event));
    if (event.kind === "frame") this.#wire.received(process, event.conn, event.data);
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
      const isSlow = effect.code === closeCodes.slowConsumer;
      check(!isSlow || !this.#isSmooth, "no false alarm", () => {
        return `node ${process.index} calls node ${peer.index} slow, where nothing was`;
      });
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
    this.#wire.sent(process, conn, frame);
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
    if (process.node.isHonest) this.#acks.after(process, event);
    check(pending.bytes <= pendingTotalBytesMax, "bounds", () => `${where}: pending bytes`);
    if (!("conn" in event)) return;
    check(pending.opsFrom(event.conn) <= pendingOpsMax, "bounds", () => `${where}: pending ops`);
    const session = replica.sessions().get(event.conn);
    const frames = session?.inFlightFrames ?? 0;
    check(frames <= liveFramesMax + 80, "bounds", () => `${where}: ${frames} frames in flight`);
    const queued = session?.queuedOps ?? 0;
    check(queued <= 2 * replica.log.length + queuedSlack, "bounds", () => {
      return `${where}: ${queued} ops in the queue, of ${replica.log.length}`;
    });
    const bytes = process.links.get(event.conn)?.end.queuedBytes ?? 0;
    const isFlood = process.node.isHonest && bytes > bytesInFlightMax;
    check(!isFlood, "bounds", () => {
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
    check(notice.kind !== "diverged" || !this.#isSmooth, "no false alarm", () => {
      return `node ${node.index} takes a peer for diverged where nothing was late`;
    });
    if (notice.kind === "rejected" && node.isHonest) this.#refused(process, notice.rejections);
  }

  /** What an honest node passes on is valid and comes with its voucher. */
  #refused(process: Life, rejections: readonly Rejection[]): void {
    const { nodes, ledger } = this.#world;
    for (const { id, code, from } of rejections) {
      if (id === null || from === null || ledger.made.get(id)?.isValid !== true) continue;
      const peer = nodes.find(({ signer }) => signer.node === from);
      check(peer?.isHonest !== true, "nothing valid is refused", () => {
        const op = ledger.made.get(id)?.op;
        const what = `op ${id.slice(0, 8)}, seq ${op?.seq ?? 0}`;
        return `node ${process.index} refused ${what}, of honest node ${peer?.index ?? 0}: ${code}`;
      });
    }
  }

  /** At the end of all. */
  checkEnd(process: Life): void {
    this.#acks.checkEnd(process);
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
    // Drafts are visible before they are handed to the disk.
    if (!node.isHonest || replica.drafts > 0) return;
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

/** No fault makes a node or a line late by seconds. */
function isPrompt({ options, actions }: Scenario): boolean {
  const { tailChance, tailMs } = options.network;
  const late: ReadonlySet<string> = new Set(["pause", "partition", "half-open", "slow", "storm"]);
  const isSilent = actions.some((action) => action.kind === "crash" && action.isSilent);
  return (
    !isSilent && (tailChance === 0 || tailMs <= 100) && !actions.some(({ kind }) => late.has(kind))
  );
}

function describe({ index }: Life, event: ReplicaEvent): string {
  const conn = "conn" in event ? ` conn ${event.conn}` : "";
  const more =
    event.kind === "frame"
      ? ` ${frameText(event.data)} (${event.data.length} B)`
      : event.kind === "write"
        ? ` ${event.ops.length} ops`
        : "";
  return `node ${index}: ${event.kind}${conn}${more}`;
}
