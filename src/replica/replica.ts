/**
 * The core of a node: one event in, its effects out, synchronously and without asking anything of
 * the outside. It never throws on a peer's account. What it sends is on disk: ops leave only after
 * the driver has said `committed`.
 */
import { assert } from "../base/assert.ts";
import type { JsonObject } from "../base/json.ts";
import { pendingAgeMs } from "../base/limits.ts";
import { Admission } from "../log/admission.ts";
import type { Applied, Outcome } from "../log/batch.ts";
import type { Fork } from "../log/log.ts";
import { fileSource, Log, ownSource } from "../log/log.ts";
import { OpCodec } from "../op/codec.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId, NodeId, VerifiedOp } from "../op/op.ts";
import { Document } from "../pipeline/document.ts";
import { Recent } from "../sync/recent.ts";
import type { Ask } from "../sync/session-effects.ts";
import type { Session, Shared } from "../sync/session.ts";
import { Connections } from "./connections.ts";
import type { ConnId, Effect, Notice, Now, ReplicaEvent } from "./events.ts";
import type { Intake, Refused } from "./intake.ts";
import { admitJson } from "./intake.ts";
import { OwnHead } from "./own-head.ts";
import { draftOps } from "./own-ops.ts";
import { Rejections } from "./rejections.ts";
import type { Fact, StoredOp } from "./store.ts";
import { pinFact, Trust } from "./trust.ts";
import type { TrustConfig } from "./trust.ts";

/** Versions that this node speaks, ascending. */
export const versionsSpoken: readonly number[] = [1, 2];

export interface ReplicaOptions {
  readonly mesh: MeshId;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly trust: TrustConfig;
  /** URLs under which this node is reached; empty when not configured. */
  readonly publicUrls: readonly string[];
  readonly versions?: readonly number[];
  /** How long writes wait after the start for a first peer to tell the own head. Default: 0. */
  readonly learnOwnHeadMs?: number;
}

/** What the disk holds when a node opens. */
export interface Stored {
  readonly ops: Iterable<StoredOp>;
  readonly facts: ReadonlyMap<string, string>;
}

type WriteEvent = Extract<ReplicaEvent, { kind: "write" }>;

export class Replica {
  readonly log = new Log();
  readonly document = new Document();
  readonly admission: Admission;
  readonly rejections = new Rejections();
  readonly trust: Trust;
  readonly #intake: Intake;
  readonly #signer: Signer;
  readonly #shared: { -readonly [Key in keyof Shared]: Shared[Key] };
  readonly #connections: Connections;
  /** Sessions that wait until their admission is durable. */
  readonly #admitting = new Set<ConnId>();
  readonly #forked = new Set<NodeId>();
  readonly #ownHead: OwnHead<WriteEvent>;
  /** Own ops that peers gave back: this disk had lost them. */
  recovered = 0;
  #effects: Effect[] = [];
  /** Ops applied since the last `committed`. */
  #fresh: VerifiedOp[] = [];
  /** Facts were persisted since the last `committed`. */
  #hasNewFacts = false;
  /** Notices that must not be given before what they say is durable. */
  #afterCommit: Notice[] = [];

  /** Throws `Error` when the stored ops break a rule: the store's own check lets no such row by. */
  constructor(options: ReplicaOptions, stored: Stored) {
    const { mesh, signer, crypto, publicUrls } = options;
    this.#signer = signer;
    this.admission = new Admission(this.log, crypto);
    this.#intake = { codec: new OpCodec(mesh, crypto), admission: this.admission };
    this.trust = new Trust(options.trust, stored.facts);
    for (const op of stored.ops) this.#restore(op);
    this.document.drainTouched();
    const { learnOwnHeadMs = 0 } = options;
    this.#ownHead = new OwnHead({ node: this.node, log: this.log, learnMs: learnOwnHeadMs });
    for (const fork of this.log.forks()) this.#forked.add(fork.author);
    this.#shared = {
      log: this.log,
      crypto,
      signer,
      mesh,
      versions: options.versions ?? versionsSpoken,
      publicUrls,
      durable: this.log.length,
      recent: new Recent(this.log.length, []),
    };
    this.#connections = new Connections({
      shared: this.#shared,
      emit: (effect) => this.#effects.push(effect),
      isPending: (id) => this.admission.pending.has(id),
    });
  }

  get mesh(): MeshId {
    return this.#shared.mesh;
  }

  get node(): NodeId {
    return this.#signer.node;
  }

  /** For digests of what this replica holds. */
  readonly sha256 = (bytes: Uint8Array): string => this.#shared.crypto.sha256(bytes);

  /** Arrival index below which all ops are on disk. */
  get durable(): number {
    return this.#shared.durable;
  }

  sessions(): ReadonlyMap<ConnId, Session> {
    return this.#connections.all();
  }

  #restore({ bytes, ...proof }: StoredOp): void {
    const decoded = this.#intake.codec.decode(bytes);
    assert(decoded.ok, "a stored op decodes");
    const restored = this.admission.restore({ op: decoded.value, ...proof });
    assert(restored !== null, "a stored op keeps the rules and follows its ancestors");
    this.document.apply(decoded.value, restored.index);
  }

  /** Takes one event. All effects must be carried out, in order, before the next event. */
  step(event: ReplicaEvent, now: Now): readonly Effect[] {
    this.#handle(event, now);
    const writes = this.#ownHead.release(this.sessions().values(), now.mono);
    for (const write of writes) this.#write(write, now);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Monotonic milliseconds at which `tick` must come at the latest; Infinity for never. */
  deadline(): number {
    const waiting = (this.admission.pending.oldestSince ?? Infinity) + pendingAgeMs;
    return Math.min(this.#ownHead.deadline(), waiting, this.#connections.deadline());
  }

  #handle(event: ReplicaEvent, now: Now): void {
    switch (event.kind) {
      case "accepted":
        return this.#connections.open(event.conn, { ...event, role: "listener" }, now.mono);
      case "dialled": {
        const expected = event.expected ?? this.trust.pin(event.audience);
        return this.#connections.open(
          event.conn,
          { ...event, expected, role: "connector" },
          now.mono,
        );
      }
      case "write":
        this.#ownHead.hold(event);
        return;
      case "import":
        return this.#import(event, now);
      case "learn":
        for (const fact of event.facts) this.trust.learn(fact);
        this.#persist([], event.facts);
        this.#afterCommit.push({ kind: "learned", request: event.request });
        return;
      case "committed":
        return this.#onCommitted(now);
      case "tick":
        this.admission.pending.expire(now.mono);
        this.#connections.advanceAll(now.mono);
        return;
      default:
        return this.#handleLink(event, now);
    }
  }

  #handleLink(event: Extract<ReplicaEvent, { conn: ConnId }>, now: Now): void {
    const session = this.sessions().get(event.conn);
    // A closing socket still reports what was on its way.
    if (session === undefined) return;
    switch (event.kind) {
      case "frame": {
        const ask = session.frame(event.data, event.isBinary, now.mono);
        if (ask !== null) this.#answer(ask, event.conn, session, now);
        break;
      }
      case "written":
        session.outbound.written(event.frames, now.mono);
        break;
      case "pong":
        session.pong(now.mono);
        break;
      case "loaded":
        session.loaded(event.ops, now.mono);
        break;
      case "hang-up":
        session.end({ code: event.code, reason: "closed by this node" });
        break;
      case "closed":
        this.#connections.forget(event.conn);
        return;
      default:
        return;
    }
    this.#connections.advance(event.conn, now.mono);
  }

  #answer(ask: Ask, conn: ConnId, session: Session, now: Now): void {
    switch (ask.kind) {
      case "receive":
        return this.#receive(ask.ops, conn, session, now);
      case "live":
        return this.#notify({ kind: "live", conn });
      case "proved":
        if (this.trust.pin(ask.audience) !== ask.node) {
          const pin: Fact = [pinFact(ask.audience), ask.node];
          this.trust.learn(pin);
          this.#persist([], [pin]);
        }
        return this.#notify({ kind: "authenticated", conn, peer: ask.node });
      case "admit": {
        const verdict = this.trust.admit({ ...ask, now: now.wall });
        if (!verdict.isAdmitted) {
          session.refuse();
          return;
        }
        // A key may be trusted by a fact that is itself still on its way to the disk.
        if (verdict.facts.length > 0) this.#persist([], verdict.facts);
        if (this.#hasNewFacts) this.#admitting.add(conn);
        else this.#welcome(conn, now);
      }
    }
  }

  #welcome(conn: ConnId, now: Now): void {
    const session = this.sessions().get(conn);
    session?.welcome(now.mono);
    const peer = session?.peer ?? null;
    if (peer !== null) this.#notify({ kind: "authenticated", conn, peer });
  }

  #receive(json: readonly JsonObject[], conn: ConnId, session: Session, now: Now): void {
    const { outcome, refused } = admitJson(this.#intake, { json, source: conn, now: now.mono });
    this.#takeOver(outcome);
    this.#noteRecovered(outcome);
    this.#report(refused, session.peer, now);
    for (const { id } of outcome.known) session.outbound.noteEcho(id);
    session.noteWaiting(outcome.waiting);
  }

  /** Own ops from a peer: this disk was restored or cloned, and somebody should know. */
  #noteRecovered({ applied }: Outcome): void {
    const count = applied.filter(({ entry }) => entry.author === this.node).length;
    if (count === 0) return;
    this.recovered += count;
    this.#notify({ kind: "recovered", count });
  }

  #takeOver(outcome: Outcome): void {
    this.#apply(outcome.applied);
    for (const fork of outcome.forks) this.#learnFork(fork);
  }

  #apply(applied: readonly Applied[]): void {
    if (applied.length === 0) return;
    for (const { entry, verified } of applied) this.document.apply(verified.op, entry.index);
    const ops = applied.map(({ verified }) => verified);
    for (const op of ops) this.#fresh.push(op);
    this.#persist(ops, []);
  }

  /** A fork that is new: every peer gets both branches, in bulks. */
  #learnFork(fork: Fork): void {
    this.#notify({ kind: "fork", fork });
    if (this.#forked.has(fork.author)) return;
    this.#forked.add(fork.author);
    for (const [conn, session] of this.sessions()) session.forkLearned(fork.author, conn);
  }

  #write(event: WriteEvent, now: Now): void {
    const { request, actor, ops } = event;
    const base = { log: this.log, codec: this.#intake.codec, signer: this.#signer };
    const drafted = draftOps(base, { actor, ops, time: now.wall });
    if (!drafted.ok) return this.#notify({ kind: "write-refused", request, ...drafted.error });
    const appended = drafted.value.map((own) => this.log.append({ ...own, source: ownSource }));
    this.#apply(appended);
    const ids = appended.map(({ entry }) => entry.id);
    this.#afterCommit.push({ kind: "wrote", request, ids });
    if (ids.length === 0) this.#persist([], []);
  }

  #import(event: Extract<ReplicaEvent, { kind: "import" }>, now: Now): void {
    const batch = { json: event.lines, source: fileSource, now: now.mono };
    const { outcome, refused } = admitJson(this.#intake, batch);
    this.#takeOver(outcome);
    this.#report(refused, null, now);
    this.#afterCommit.push({
      kind: "imported",
      request: event.request,
      applied: outcome.applied.length,
      known: outcome.known.length,
      waiting: outcome.waiting.length,
      refused: refused.map(({ line, id, code }) => ({ line, id, code })),
    });
    if (outcome.applied.length === 0) this.#persist([], []);
  }

  #report(refused: readonly Refused[], from: NodeId | null, now: Now): void {
    if (refused.length === 0) return;
    this.#notify({
      kind: "rejected",
      rejections: this.rejections.add(refused, { from, at: now.wall }),
    });
  }

  #persist(ops: readonly VerifiedOp[], facts: readonly Fact[]): void {
    if (facts.length > 0) this.#hasNewFacts = true;
    this.#effects.push({ kind: "persist", ops, facts });
  }

  #notify(notice: Notice): void {
    this.#effects.push({ kind: "notify", notice });
  }

  /** What was persisted may now be told: to peers, to callers, to those who wait to be let in. */
  #onCommitted(now: Now): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#hasNewFacts = false;
    this.#shared.recent = new Recent(this.#shared.durable, fresh);
    this.#shared.durable = this.log.length;
    for (const notice of this.#afterCommit.splice(0)) this.#notify(notice);
    const items = this.document.drainTouched();
    if (fresh.length > 0) this.#notify({ kind: "applied", count: fresh.length, items });
    for (const conn of this.#admitting) this.#welcome(conn, now);
    this.#admitting.clear();
    this.#connections.advanceAll(now.mono);
  }
}
