/**
 * Version 3: both sides say what they have by its heads, send each other what is missing in pages
 * against credit, and tell what they have made durable. [V3]
 */
import { unreachable } from "../base/assert.ts";
import { creditBytes, creditStepBytes, frameBytesMax, repeatMs } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Entry } from "../log/log.ts";
import { locatorOf, missingAfter, missingAt } from "../log/missing.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Announcement } from "./announcement.ts";
import { badMessage, closeCodes } from "./close-codes.ts";
import type { Closing } from "./close-codes.ts";
import { Comparison } from "./comparison.ts";
import type { Dialogue } from "./dialogue.ts";
import type { Frame } from "./frames.ts";
import type { PagingFrame } from "./frames-3.ts";
import {
  askFrame,
  creditFrame,
  frontierFrames,
  helloFrame,
  locatorFrame,
  outlookFrame,
  pagingReadyFrame,
} from "./frames-3.ts";
import type { Progress } from "./outbound.ts";
import { Outbound } from "./outbound.ts";
import { PageWire } from "./page-wire.ts";
import { PeerFrontier } from "./peer-frontier.ts";
import { Reclock } from "./reclock.ts";
import type { Ask, SessionEffects } from "./session-effects.ts";
import type { Shared } from "./shared.ts";
import type { SyncPhase } from "./transitions.ts";

type Of<Type extends PagingFrame["type"]> = Extract<PagingFrame, { type: Type }>;

export class Paging implements Dialogue {
  readonly version = 3;
  readonly outbound: Outbound;
  /** What the peer says that it has made durable. */
  readonly peer: PeerFrontier;
  readonly #shared: Shared;
  readonly #effects: SessionEffects;
  readonly #comparison = new Comparison();
  readonly #reclock = new Reclock();
  #phase: SyncPhase = "hailing";
  /** What we said that we have when the connection was made. */
  #hello: { readonly frontier: Frontier; readonly cursor: number } | null = null;
  /** Authors of whom the peer has not been told what is durable here. */
  readonly #untold = new Set<NodeId>();
  #hasStated = false;
  /** The peer stated all that it has while an earlier answer was still going out. */
  #owesAnswer = false;
  /** Bytes of pages that the peer may send, and those taken that it was not told of. */
  #granted = creditBytes;
  #taken = 0;
  #incoming: { ops: number; of: number } | null = null;
  /** When a locator of an author, or all that we have, was last sent. */
  readonly #locatedAt = new Map<NodeId, number>();
  #statedAt = -Infinity;
  /** When the peer was last asked to state all that it has. */
  #askedAt = -Infinity;
  /** What the peer located, of ops known here, while an earlier answer was still going out. */
  readonly #owedLocators = new Map<NodeId, readonly Entry[]>();

  constructor(input: {
    readonly shared: Shared;
    readonly source: number;
    readonly effects: SessionEffects;
  }) {
    const { shared, source, effects } = input;
    this.#shared = shared;
    this.#effects = effects;
    this.peer = new PeerFrontier(shared.log, shared.crypto);
    this.outbound = new Outbound({
      log: shared.log,
      wire: new PageWire({ ...shared, spans: shared.disk.spans }),
      source,
      effects,
    });
    this.outbound.grant(0, 0);
  }

  get phase(): SyncPhase {
    return this.#phase;
  }

  get claimedOwn(): number | null {
    return this.peer.isKnown ? this.peer.topSeq(this.#shared.signer.node) : null;
  }

  get incoming(): Progress | null {
    return this.#incoming;
  }

  begin(now: number): void {
    const { frontier, durable } = this.#shared.disk;
    this.#hello = { frontier: new Frontier(frontier.heads), cursor: durable };
    this.outbound.send(helloFrame({ digest: this.#digest(), credit: creditBytes }), now);
  }

  #digest(): string {
    return this.#shared.disk.frontier.digest(this.#shared.crypto);
  }

  take(frame: Frame | PagingFrame, now: number): Ask | null {
    switch (frame.type) {
      case "hello":
        return this.#onHello(frame, now);
      case "frontier":
        return this.#onFrontier(frame, now);
      case "page":
        return this.#onPage(frame, now);
      case "ready":
        this.#phase = "streaming";
        this.#incoming = null;
        this.#comparison.begin(now);
        return { kind: "live" };
      case "credit":
        this.outbound.grant(frame.bytes, now);
        return null;
      case "outlook":
        this.#incoming = { ops: 0, of: frame.ops };
        return null;
      case "locator":
        return this.#onLocator(frame, now);
      case "ask":
        if (now - this.#statedAt >= repeatMs) this.#state(now);
        return null;
      case "beat":
        return { kind: "beat", bytes: frame.bytes };
      case "unknown":
      case "bulk":
      case "live":
      case "clock":
      case "challenge":
      case "auth":
      case "welcome":
        return null;
      default:
        return unreachable(frame);
    }
  }

  /** The digests of both hellos are compared, so that both sides come to one conclusion. */
  #onHello({ digest, credit }: Of<"hello">, now: number): null {
    const hello = this.#hello;
    if (hello === null) return null;
    this.#phase = "matching";
    this.outbound.grant(credit, now);
    const { crypto } = this.#shared;
    if (digest === hello.frontier.digest(crypto)) {
      this.#adopt(hello.frontier);
      this.#hasStated = true;
      this.#startDelta({ indices: [], cursor: hello.cursor, now });
      return null;
    }
    if (hello.frontier.size > 0) this.#state(now);
    else this.#hasStated = true;
    // Whoever has nothing needs not say more.
    if (digest === new Frontier().digest(crypto)) {
      this.#adopt(new Frontier());
      this.#answer(now);
    }
    return null;
  }

  /** The peer said with its hello alone what it has. */
  #adopt(frontier: Frontier): void {
    this.peer.adopt(frontier);
    this.#effects.stated();
  }

  /** States all that is durable here. */
  #state(now: number): void {
    const { frontier } = this.#shared.disk;
    this.#hasStated = true;
    this.#statedAt = now;
    this.#untold.clear();
    const statement = { isWhole: true, digest: this.#digest(), entries: frontier };
    for (const frame of frontierFrames(statement)) this.outbound.send(frame, now);
  }

  #onFrontier(frame: Of<"frontier">, now: number): Ask | null {
    this.#comparison.note(now);
    const stated = this.peer.take(frame);
    if (stated === "too-much") return this.#close(badMessage("a frontier beyond all bounds"));
    if (stated === "more") return null;
    this.#effects.stated();
    if (stated === "mismatch" && now - this.#askedAt >= repeatMs) {
      this.#effects.diverged();
      this.#ask(now);
    }
    if (frame.isWhole) this.#answer(now);
    return null;
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.outbound.send(askFrame, now);
  }

  /** Sends what the peer lacks, by its own word. */
  #answer(now: number): void {
    if (this.outbound.isResending || this.peer.isAmidStatement) {
      this.#owesAnswer = true;
      return;
    }
    this.#owesAnswer = false;
    const { log } = this.#shared;
    const { durable } = this.#shared.disk;
    const cursor = this.outbound.cursor ?? durable;
    const { indices, unplaced } = missingAt(log, this.peer.heads, cursor);
    for (const author of unplaced) this.#locate(author, now);
    if (this.outbound.cursor === null) this.#startDelta({ indices, cursor, now });
    else this.outbound.resend(indices);
  }

  #startDelta(delta: {
    readonly indices: readonly number[];
    readonly cursor: number;
    readonly now: number;
  }): void {
    const { indices, cursor, now } = delta;
    if (indices.length > 0) this.outbound.send(outlookFrame(indices.length), now);
    this.outbound.start({ indices, cursor, after: pagingReadyFrame });
    this.outbound.openStream();
  }

  /** Says where the own chains of `author` are, when heads alone do not tell who lacks what. */
  #locate(author: NodeId, now: number): void {
    const last = this.#locatedAt.get(author) ?? -Infinity;
    if (now - last < repeatMs || this.outbound.isCrowded) return;
    this.#locatedAt.set(author, now);
    const { log } = this.#shared;
    const { frontier } = this.#shared.disk;
    this.outbound.send(locatorFrame(author, locatorOf(log, frontier.of(author))), now);
  }

  #onLocator({ author, heads }: Of<"locator">, now: number): null {
    const { log } = this.#shared;
    if (this.outbound.cursor === null || log.chainOf(author).length === 0) return null;
    const known = heads.map(({ id }) => log.find(id)).filter((entry) => entry !== undefined);
    if (known.length < heads.length) this.#locate(author, now);
    this.#owedLocators.set(author, known);
    this.#answerLocators();
    return null;
  }

  /** One answer at a time: a peer that locates again and again does not fill our memory. */
  #answerLocators(): void {
    const { cursor } = this.outbound;
    if (this.#owedLocators.size === 0 || cursor === null || this.outbound.isResending) return;
    const { log } = this.#shared;
    const indices = [...this.#owedLocators].flatMap(([author, heads]) => {
      return missingAfter(log, { author, heads, until: cursor });
    });
    this.#owedLocators.clear();
    this.outbound.resend(indices.sort((left, right) => left - right));
  }

  #onPage({ bytes }: Of<"page">, now: number): Ask | null {
    this.#comparison.note(now);
    this.#granted -= bytes.length;
    if (this.#granted < -frameBytesMax) {
      return this.#close({ code: closeCodes.tooFast, reason: "pages beyond the credit" });
    }
    this.#taken += bytes.length;
    return { kind: "page" };
  }

  /** What came takes no room once it is durable, and then as much may come again. */
  #giveBack(now: number): void {
    const { log, disk } = this.#shared;
    if (this.#taken < creditStepBytes || disk.durable < log.length) return;
    this.outbound.send(creditFrame(this.#taken), now);
    this.#granted += this.#taken;
    this.#taken = 0;
  }

  /** So many ops came in a page. */
  received(ops: number): void {
    if (this.#incoming !== null) this.#incoming.ops += ops;
  }

  noteWaiting(ops: readonly Op[]): void {
    this.#reclock.note(ops);
  }

  askAgain(isPending: (id: OpId) => boolean, now: number): void {
    if (this.#phase !== "streaming") return;
    const isApplied = (id: OpId): boolean => this.#shared.log.find(id) !== undefined;
    if (this.#reclock.due({ isApplied, isPending }, now) !== null) this.#state(now);
  }

  forkLearned(): void {
    // The stream and the heads bring every branch.
  }

  committed(announcement: Announcement, now: number): void {
    if (announcement.authors.size === 0) return;
    for (const author of announcement.authors) this.#untold.add(author);
    const isTellable = this.#hasStated && this.#untold.size === announcement.authors.size;
    // A slow reader is told later, once, of all authors.
    if (!isTellable || this.outbound.isCrowded) return;
    this.#untold.clear();
    for (const frame of announcement.frames()) this.outbound.send(frame, now);
    this.#comparison.note(now);
  }

  advance(now: number): void {
    this.#giveBack(now);
    if (this.#owesAnswer) this.#answer(now);
    this.#answerLocators();
    this.#tellTheRest(now);
    const { durable } = this.#shared.disk;
    if (this.outbound.queuedOps(durable) > 0) this.#comparison.postpone(now);
    const isStuck = this.#comparison.isStuck(this.#shared.disk.frontier, this.peer.heads, now);
    if (!isStuck) return;
    this.#effects.diverged();
    this.#state(now);
    this.#ask(now);
  }

  #tellTheRest(now: number): void {
    if (!this.#hasStated || this.#untold.size === 0 || this.outbound.isCrowded) return;
    const { frontier } = this.#shared.disk;
    const entries = [...this.#untold].map((author) => [author, frontier.of(author)] as const);
    this.#untold.clear();
    const statement = { isWhole: false, digest: this.#digest(), entries };
    for (const frame of frontierFrames(statement)) this.outbound.send(frame, now);
    this.#comparison.note(now);
  }

  deadline(): number {
    return Math.min(this.#reclock.at, this.#comparison.at);
  }

  #close({ code, reason }: Closing): null {
    this.#effects.close(code, reason);
    return null;
  }
}
