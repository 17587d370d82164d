/**
 * The core of a node: one event in, its effects out, synchronously and without asking anything of
 * the outside. It never throws on a peer's account. What it sends is on disk: ops leave only after
 * the driver has said `committed`.
 */
import type { JsonObject } from "../base/json.ts";
import { keptPageOpsMin, pendingAgeMs } from "../base/limits.ts";
import { Claims } from "../claims/claims.ts";
import { Admission } from "../log/admission.ts";
import type { Outcome } from "../log/batch.ts";
import type { Frontier } from "../log/frontier.ts";
import type { Applied } from "../log/log.ts";
import { fileSource, Log, ownSource } from "../log/log.ts";
import { OpCodec } from "../op/codec.ts";
import type { Signer } from "../op/crypto.ts";
import type { MeshId, NodeId } from "../op/op.ts";
import { Document } from "../pipeline/document.ts";
import { Announcement } from "../sync/announcement.ts";
import { badMessage } from "../sync/close-codes.ts";
import type { Ask } from "../sync/session-effects.ts";
import type { Session } from "../sync/session.ts";
import type { Shared } from "../sync/shared.ts";
import { Beats } from "./beats.ts";
import { Connections } from "./connections.ts";
import { Doorway } from "./doorway.ts";
import { Durability } from "./durability.ts";
import type { ConnId, Effect, Notice, Now, ReplicaEvent } from "./events.ts";
import type { Intake, Refused, Slices } from "./intake.ts";
import { admitJson, admitPage, sliced } from "./intake.ts";
import type { ReplicaOptions, Stored } from "./options.ts";
import { versionsSpoken } from "./options.ts";
import { OwnHead } from "./own-head.ts";
import { draftOps } from "./own-ops.ts";
import { Rejections } from "./rejections.ts";
import { restore } from "./restore.ts";
import { Trust } from "./trust.ts";

type WriteEvent = Extract<ReplicaEvent, { kind: "write" }>;
type FrameEvent = Extract<ReplicaEvent, { kind: "frame" }>;

export class Replica {
  readonly log = new Log();
  readonly document = new Document();
  readonly claims: Claims;
  readonly admission: Admission;
  readonly rejections = new Rejections();
  readonly trust: Trust;
  readonly #intake: Intake;
  readonly #signer: Signer;
  readonly #shared: Shared;
  readonly #durability: Durability;
  readonly #connections: Connections;
  readonly #doorway: Doorway;
  readonly #ownHead: OwnHead<WriteEvent>;
  readonly beats: Beats;
  /** Own ops that peers gave back: this disk had lost them. */
  recovered = 0;
  #effects: Effect[] = [];

  constructor(options: ReplicaOptions, stored: Stored) {
    const { mesh, signer, crypto, compression, publicUrls } = options;
    this.#signer = signer;
    this.claims = new Claims((bytes) => crypto.sha256(bytes));
    this.admission = new Admission(this.log, crypto);
    this.#intake = { codec: new OpCodec(mesh, crypto), admission: this.admission, compression };
    const emit = (effect: Effect): unknown => this.#effects.push(effect);
    const durability = new Durability({ log: this.log, signer, compression, emit });
    this.#durability = durability;
    this.trust = new Trust(options.trust, stored.facts);
    const notify = (notice: Notice): void => this.#notify(notice);
    this.#doorway = new Doorway({ trust: this.trust, durability, notify });
    const { log, document, claims } = this;
    restore(stored.ops, { intake: this.#intake, log, document, claims, spans: durability.spans });
    durability.restored();
    const learnMs = options.learnOwnHeadMs ?? 0;
    this.#ownHead = new OwnHead({ node: this.node, log: this.log, learnMs });
    this.#shared = {
      ...{ log: this.log, crypto, compression, signer, mesh, publicUrls },
      versions: options.versions ?? versionsSpoken,
      disk: durability,
    };
    this.beats = new Beats({
      ...{ mesh, signer, crypto, name: options.name ?? "", notify },
      stored: stored.facts,
      isKnown: (node) => this.log.headOf(node) !== null || this.trust.isTrusted(node),
      sessions: () => this.sessions(),
      learn: (facts) => durability.learn(facts),
    });
    this.#connections = new Connections({
      shared: this.#shared,
      emit,
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
    return this.#durability.durable;
  }

  /** The heads of what is on disk. */
  get frontier(): Frontier {
    return this.#durability.frontier;
  }

  get drafts(): number {
    return this.#durability.drafts;
  }

  /** How often a peer and this node did not come together, or the peer contradicted itself. */
  get divergences(): number {
    return this.#connections.divergences;
  }

  sessions(): ReadonlyMap<ConnId, Session> {
    return this.#connections.all();
  }

  /** Work on a frame to be done in slices before it, and what follows it, is fed; or null. */
  slices(conn: ConnId, frame: Uint8Array): Slices | null {
    return this.#connections.takesPages(conn) ? sliced(this.#intake, frame) : null;
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
    const beat = this.beats.deadline();
    return Math.min(this.#ownHead.deadline(), waiting, beat, this.#connections.deadline());
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
        this.#durability.learn(event.facts);
        return this.#durability.tellWhenDurable({ kind: "learned", request: event.request });
      case "flush":
        return this.#durability.flush();
      case "committed":
        return this.#onCommitted(now);
      case "sealed":
        return this.#durability.sealed(event.sealed);
      case "tick":
        this.admission.pending.expire(now.mono);
        this.#connections.advanceAll(now.mono);
        return this.beats.advance(now.mono);
      case "work":
        return this.beats.work(event.working, event.everyMs, now.mono);
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
        if (ask !== null) this.#answer(ask, event, session, now);
        break;
      }
      case "written":
        session.written(event.frames, now.mono);
        break;
      case "pong":
        session.pong(now.mono);
        break;
      case "loaded":
        session.loaded(event.ops, now.mono);
        break;
      case "loaded-page":
        session.loadedPage(event.frame, now.mono);
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

  #answer(ask: Ask, event: FrameEvent, session: Session, now: Now): void {
    const { conn } = event;
    switch (ask.kind) {
      case "receive":
        return this.#receive(ask.ops, conn, session, now);
      case "page":
        return this.#receivePage(event, session, now);
      case "beat":
        return this.beats.receive(ask.bytes, conn, now);
      case "live":
        this.beats.live(session, now);
        return this.#notify({ kind: "live", conn });
      case "proved":
        return this.#doorway.proved(conn, ask);
      case "admit":
        return this.#doorway.admit(ask, { conn, session, now });
    }
  }

  #receive(json: readonly JsonObject[], conn: ConnId, session: Session, now: Now): void {
    const admitted = admitJson(this.#intake, { json, source: conn, now: now.mono });
    this.#takeOver(admitted.outcome, null);
    this.#account(admitted, session, { count: json.length, now });
  }

  #receivePage(event: FrameEvent, session: Session, now: Now): void {
    const { data: frame, content = null, conn: source } = event;
    const admitted = admitPage(this.#intake, { frame, content, source, now: now.mono });
    if (!admitted.ok) return session.end(badMessage(admitted.error));
    const { outcome, count, isWhole } = admitted.value;
    // The frame is a view of the socket's buffer.
    const page = isWhole && count >= keptPageOpsMin ? frame.slice() : null;
    this.#takeOver(outcome, page);
    this.#account(admitted.value, session, { count, now });
  }

  #account(
    { outcome, refused }: { readonly outcome: Outcome; readonly refused: readonly Refused[] },
    session: Session,
    { count, now }: { readonly count: number; readonly now: Now },
  ): void {
    this.#noteRecovered(outcome);
    this.#report(refused, session.peer, now);
    const known = outcome.known.map(({ id }) => id);
    session.received({ count, known, waiting: outcome.waiting });
  }

  /** Own ops from a peer: this disk was restored or cloned, and somebody should know. */
  #noteRecovered({ applied }: Outcome): void {
    const count = applied.filter(({ entry }) => entry.author === this.node).length;
    if (count === 0) return;
    this.recovered += count;
    this.#notify({ kind: "recovered", count });
  }

  #takeOver(outcome: Outcome, page: Uint8Array | null): void {
    this.#apply(outcome.applied);
    if (outcome.applied.length > 0) this.#durability.add(outcome.applied, page);
    for (const fork of outcome.forks) {
      this.#notify({ kind: "fork", fork });
      this.#connections.forkLearned(fork.author);
    }
  }

  #apply(applied: readonly Applied[]): void {
    for (const { entry, verified } of applied) {
      this.document.apply(verified.op, entry.index);
      this.claims.apply(verified.op);
    }
  }

  #write(event: WriteEvent, now: Now): void {
    const { request, actor, ops } = event;
    const base = { log: this.log, codec: this.#intake.codec, author: this.node };
    const drafted = draftOps(base, { actor, ops, time: now.wall });
    if (!drafted.ok) return this.#notify({ kind: "write-refused", request, ...drafted.error });
    const appended = drafted.value.map((op) =>
      this.log.append({ op, sig: null, source: ownSource }),
    );
    this.#apply(appended);
    this.#durability.draft(appended);
    const ids = appended.map(({ entry }) => entry.id);
    this.#durability.tellWhenDurable({ kind: "wrote", request, ids });
  }

  #import(event: Extract<ReplicaEvent, { kind: "import" }>, now: Now): void {
    const batch = { json: event.lines, source: fileSource, now: now.mono };
    const { outcome, refused } = admitJson(this.#intake, batch);
    this.#takeOver(outcome, null);
    this.#report(refused, null, now);
    this.#durability.tellWhenDurable({
      kind: "imported",
      request: event.request,
      applied: outcome.applied.length,
      known: outcome.known.length,
      waiting: outcome.waiting.length,
      refused: refused.map(({ line, id, code }) => ({ line, id, code })),
    });
  }

  #report(refused: readonly Refused[], from: NodeId | null, now: Now): void {
    if (refused.length === 0) return;
    this.#notify({
      kind: "rejected",
      rejections: this.rejections.add(refused, { from, at: now.wall }),
    });
  }

  #notify(notice: Notice): void {
    this.#effects.push({ kind: "notify", notice });
  }

  /** What was persisted may now be told: to peers, to callers, to those who wait to be let in. */
  #onCommitted(now: Now): void {
    const { count, authors, notices } = this.#durability.committed();
    for (const notice of notices) this.#notify(notice);
    const items = this.document.drainTouched();
    if (count > 0) this.#notify({ kind: "applied", count, items });
    this.#doorway.committed(now);
    const announcement = new Announcement(this.frontier, this.#shared.crypto, authors);
    this.#connections.committed(announcement, now.mono);
    this.beats.committed(now.mono);
  }
}
