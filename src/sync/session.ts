/**
 * One connection as a state machine, the same for listener and connector: handshake, then version 2
 * or the version 1 fallback, then streaming. Frames go in, effects come out; it never throws.
 */
import { assert } from "../base/assert.ts";
import {
  clockAuthorsMax,
  handshakeMs,
  pingMs,
  pongMs,
  strangerFrameBytesMax,
  strangerFramesMax,
} from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId, NodeId, Op, OpId } from "../op/op.ts";
import type { Closing } from "./close-codes.ts";
import { badMessage, closeCodes, notAuthenticated } from "./close-codes.ts";
import type { Auth, Challenge, Clock, Frame, Welcome } from "./frames.ts";
import { authFrame, challengeFrame, clockFrame, readFrame, welcomeFrame } from "./frames.ts";
import type { Answer, ProvedConnector } from "./handshake.ts";
import { answerChallenge, checkAuth, isWelcomeRight, makeWelcome } from "./handshake.ts";
import { afterDelta, emptyDump, Outbound } from "./outbound.ts";
import type { Recent } from "./recent.ts";
import { Reclock } from "./reclock.ts";
import type { Ask, LoadedOp, SessionEffects } from "./session-effects.ts";
import type { Phase } from "./transitions.ts";
import { isStranger, verdictOn } from "./transitions.ts";

/** What all sessions of a node share and only read. */
export interface Shared {
  readonly log: Log;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly mesh: MeshId;
  /** Versions that this node speaks. */
  readonly versions: readonly number[];
  readonly publicUrls: readonly string[];
  /** Ops below this arrival index are on disk; no other ever leaves. */
  readonly durable: number;
  readonly recent: Recent;
}

export type Side =
  | { readonly role: "listener"; readonly nonce: string; readonly bearer: NodeId | null }
  | {
      readonly role: "connector";
      readonly nonce: string;
      readonly audience: string;
      readonly expected: NodeId | null;
      readonly token: Signer | null;
    };

export class Session {
  readonly side: Side;
  readonly outbound: Outbound;
  readonly openedAt: number;
  #phase: Phase;
  #isClosed = false;
  #peer: NodeId | null = null;
  #version: number | null = null;
  readonly #shared: Shared;
  readonly #effects: SessionEffects;
  readonly #challenge: Omit<Challenge, "type">;
  #proved: ProvedConnector | null = null;
  #answer: Answer | null = null;
  #strangerFrames = 0;
  #lastPong: number;
  #nextPing: number;
  readonly #reclock = new Reclock();
  #claimedOwn: number | null = null;
  /** A later clock of the peer that came while an earlier one was still being answered. */
  #laterClock: Clock | null = null;

  constructor(input: {
    readonly side: Side;
    readonly source: number;
    readonly shared: Shared;
    readonly effects: SessionEffects;
    readonly now: number;
  }) {
    const { side, shared, effects, now } = input;
    this.side = side;
    this.openedAt = now;
    this.#shared = shared;
    this.#effects = effects;
    this.#phase = side.role === "listener" ? "challenging" : "dialling";
    this.#lastPong = now;
    this.#nextPing = now + pingMs;
    this.outbound = new Outbound(shared, input.source, effects);
    const { mesh, versions, signer } = shared;
    this.#challenge = { nonce: side.nonce, node: signer.node, mesh, versions };
    if (side.role === "listener") this.outbound.send(challengeFrame(this.#challenge), now);
  }

  get phase(): Phase | "closed" {
    return this.#isClosed ? "closed" : this.#phase;
  }

  /** The authenticated peer; null before. */
  get peer(): NodeId | null {
    return this.#peer;
  }

  /** The version in use: 1 also when a version 2 peer fell back to a full dump. */
  get version(): number | null {
    return this.#version;
  }

  /** How many of our own ops the peer says that it has; null before its first clock. */
  get claimedOwn(): number | null {
    return this.#claimedOwn;
  }

  get isSyncing(): boolean {
    return !this.#isClosed && !isStranger(this.#phase);
  }

  /** Takes one message; what it returns is for the replica to do. */
  frame(data: Uint8Array, isBinary: boolean, now: number): Ask | null {
    if (this.#isClosed) return null;
    if (isStranger(this.#phase)) {
      this.#strangerFrames += 1;
      if (data.length > strangerFrameBytesMax) {
        return this.#close({ code: closeCodes.tooBig, reason: "too big before authentication" });
      }
      if (this.#strangerFrames > strangerFramesMax) {
        return this.#close(badMessage("too many frames before authentication"));
      }
    }
    const read = readFrame(data, isBinary);
    if (!read.ok) return this.#close(badMessage(read.error));
    const verdict = verdictOn(this.#phase, read.value.type);
    if (verdict === "close") {
      return this.#close(badMessage(`${read.value.type} does not belong here`));
    }
    return verdict === "take" ? this.#take(read.value, now) : null;
  }

  #take(frame: Frame, now: number): Ask | null {
    switch (frame.type) {
      case "auth":
        return this.#onAuth(frame);
      case "challenge":
        return this.#onChallenge(frame, now);
      case "welcome":
        return this.#onWelcome(frame, now);
      case "clock":
        return this.#onClock(frame.clock);
      case "bulk":
        if (this.#phase === "greeting") this.#fallBack();
        return { kind: "receive", ops: frame.ops };
      case "live":
        return { kind: "receive", ops: [frame.op] };
      case "ready":
        this.#phase = "live";
        this.outbound.openStream();
        return { kind: "live" };
      case "unknown":
        return null;
    }
  }

  #onAuth(auth: Auth): Ask | null {
    const { crypto, signer, publicUrls } = this.#shared;
    const checked = checkAuth({ crypto, signer, challenge: this.#challenge, publicUrls }, auth);
    if (!checked.ok) return this.#close(checked.error);
    this.#proved = checked.value;
    this.#phase = "admitting";
    const bearer = this.side.role === "listener" ? this.side.bearer : null;
    const tokens = [checked.value.token, bearer].filter((token) => token !== null);
    return { kind: "admit", node: checked.value.node, tokens };
  }

  /** Lets the proved connector in, once its admission is durable. */
  welcome(now: number): void {
    if (this.#isClosed) return;
    assert(this.#phase === "admitting" && this.#proved !== null, "only the proved are welcomed");
    const welcome = makeWelcome(this.#shared.signer, this.#proved.transcript);
    this.outbound.send(welcomeFrame(welcome), now);
    this.#beginSync(this.#proved.node, this.#proved.version, now);
  }

  refuse(): void {
    this.end(notAuthenticated);
  }

  #onChallenge(challenge: Challenge, now: number): null {
    assert(this.side.role === "connector", "only a connector takes a challenge");
    const { signer, mesh, versions } = this.#shared;
    const answer = answerChallenge({ ...this.side, signer, mesh, versions }, challenge);
    if (!answer.ok) return this.#close(answer.error);
    this.#answer = answer.value;
    this.#phase = "answering";
    this.outbound.send(authFrame(answer.value.auth), now);
    return null;
  }

  #onWelcome(welcome: Welcome, now: number): Ask | null {
    assert(this.side.role === "connector" && this.#answer !== null, "a welcome answers our auth");
    if (!isWelcomeRight(this.#shared.crypto, this.#answer, welcome)) {
      return this.#close(notAuthenticated);
    }
    this.#beginSync(this.#answer.listener, this.#answer.transcript.version, now);
    return { kind: "proved", node: this.#answer.listener, audience: this.side.audience };
  }

  #beginSync(peer: NodeId, version: number, now: number): void {
    this.#peer = peer;
    this.#version = version;
    if (version === 1) this.#fallBack();
    else {
      this.#phase = "greeting";
      this.#sendClock(this.#shared.log.clock(this.#shared.durable), now);
    }
  }

  #sendClock(clock: ReadonlyMap<string, number>, now: number): void {
    const entries = [...clock].slice(0, clockAuthorsMax);
    this.outbound.send(clockFrame(new Map(entries)), now);
  }

  /** Version 1: everything goes out, and nothing is held back. */
  #fallBack(): void {
    const { log, durable } = this.#shared;
    this.#phase = "dump";
    this.#version = 1;
    const indices = log.missing(new Map(), durable);
    const after = indices.length === 0 ? emptyDump : null;
    this.outbound.start({ indices, after, cursor: durable });
    this.outbound.openStream();
  }

  #onClock(clock: Clock): null {
    this.#claimedOwn = clock.get(this.#shared.signer.node) ?? 0;
    const { log, durable } = this.#shared;
    if (this.#phase === "greeting") {
      this.#phase = "delta";
      const indices = log.missing(clock, durable);
      this.outbound.start({ indices, after: afterDelta, cursor: durable });
      return null;
    }
    this.#laterClock = clock;
    this.#answerLaterClock();
    return null;
  }

  /** One answer at a time: a peer that asks again and again does not fill our memory. */
  #answerLaterClock(): void {
    const clock = this.#laterClock;
    if (clock === null || this.outbound.isResending) return;
    this.#laterClock = null;
    this.outbound.resend(this.#shared.log.missing(clock, this.outbound.cursor ?? 0));
  }

  /** Ops that the peer sent wait for an ancestor. */
  noteWaiting(ops: readonly Op[]): void {
    this.#reclock.note(ops);
    for (const op of ops) this.outbound.noteEcho(op.id);
  }

  /** Asks for what is missing while ops of this peer wait. */
  askAgain(isPending: (id: OpId) => boolean, now: number): void {
    if (this.#phase !== "live") return;
    const { log, durable } = this.#shared;
    const isApplied = (id: OpId): boolean => log.find(id) !== undefined;
    const authors = this.#reclock.due({ isApplied, isPending }, now);
    if (authors === null) return;
    const clock = authors === "all" ? new Map<NodeId, number>() : log.clock(durable);
    if (authors !== "all") for (const author of authors) clock.delete(author);
    this.#sendClock(clock, now);
  }

  /** `author` turned out to be forked: the peer gets every op of it that it did not send itself. */
  forkLearned(author: NodeId, source: number): void {
    const { cursor } = this.outbound;
    if (!this.isSyncing || cursor === null) return;
    const { log } = this.#shared;
    const indices = log.indicesOf(author, cursor);
    this.outbound.resend(indices.filter((at) => log.at(at).source !== source));
  }

  loaded(ops: readonly LoadedOp[], now: number): void {
    if (!this.#isClosed) this.outbound.loaded(ops, now);
  }

  pong(now: number): void {
    this.#lastPong = now;
  }

  /** Hands over what the socket has room for, and keeps the deadlines. */
  advance(now: number): void {
    if (this.#isClosed) return;
    if (!this.isSyncing) {
      if (now - this.openedAt >= handshakeMs) {
        this.#close({ code: closeCodes.handshakeTimeout, reason: "handshake timeout" });
      }
      return;
    }
    if (now - this.#lastPong >= pongMs) {
      this.#close({ code: closeCodes.goingAway, reason: "no pong" });
      return;
    }
    if (now >= this.#nextPing) {
      this.#nextPing = now + pingMs;
      this.#effects.ping();
    }
    this.#answerLaterClock();
    this.outbound.pump(this.#shared.recent, this.#shared.durable, now);
    const stall = this.outbound.stallDeadline(this.#shared.durable);
    if (stall !== null && now >= stall) {
      this.#close({ code: closeCodes.slowConsumer, reason: "slow consumer" });
    }
  }

  /** When `advance` must be called at the latest. */
  deadline(): number {
    if (this.#isClosed) return Infinity;
    if (!this.isSyncing) return this.openedAt + handshakeMs;
    const stall = this.outbound.stallDeadline(this.#shared.durable) ?? Infinity;
    return Math.min(stall, this.#nextPing, this.#lastPong + pongMs, this.#reclock.at);
  }

  /** Ends the connection from our side. */
  end(closing: Closing): void {
    if (!this.#isClosed) this.#close(closing);
  }

  #close({ code, reason }: Closing): null {
    this.#isClosed = true;
    this.#effects.close(code, reason);
    return null;
  }
}
