/**
 * One connection as a state machine, the same for listener and connector: handshake, keepalive, and
 * then a dialogue in the version agreed on. Frames go in, effects come out; it never throws.
 */
import { assert } from "../base/assert.ts";
import type { Result } from "../base/brand.ts";
import { failure } from "../base/brand.ts";
import {
  handshakeMs,
  pingMs,
  pongMs,
  strangerFrameBytesMax,
  strangerFramesMax,
} from "../base/limits.ts";
import type { Signer } from "../op/crypto.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Announcement } from "./announcement.ts";
import type { Closing } from "./close-codes.ts";
import { badMessage, closeCodes, notAuthenticated } from "./close-codes.ts";
import { Counting } from "./counting.ts";
import type { Dialogue, Received } from "./dialogue.ts";
import type { Auth, Challenge, Frame, Welcome } from "./frames.ts";
import { authFrame, challengeFrame, readFrame, welcomeFrame } from "./frames.ts";
import type { PagingFrame } from "./frames-3.ts";
import { beatFrame, readPagingFrame } from "./frames-3.ts";
import type { Answer, ProvedConnector } from "./handshake.ts";
import { answerChallenge, checkAuth, isWelcomeRight, makeWelcome } from "./handshake.ts";
import type { Outbound, Progress } from "./outbound.ts";
import { Paging } from "./paging.ts";
import type { PeerFrontier } from "./peer-frontier.ts";
import type { Ask, LoadedOp, SessionEffects } from "./session-effects.ts";
import type { Shared } from "./shared.ts";
import type { Phase, StrangerPhase } from "./transitions.ts";
import { verdictOn } from "./transitions.ts";

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
  readonly openedAt: number;
  /** Of the handshake; afterwards the dialogue has its own. */
  #strangerPhase: StrangerPhase;
  #dialogue: Dialogue | null = null;
  #isClosed = false;
  #peer: NodeId | null = null;
  readonly #source: number;
  readonly #shared: Shared;
  readonly #effects: SessionEffects;
  readonly #challenge: Omit<Challenge, "type">;
  #proved: ProvedConnector | null = null;
  #answer: Answer | null = null;
  #strangerFrames = 0;
  /** Frames on their way into the socket that no outbound of this dialogue has sent. */
  #otherFrames = 0;
  #lastPong: number;
  #nextPing: number;

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
    this.#source = input.source;
    this.#shared = shared;
    this.#effects = {
      ...effects,
      close: (code, reason) => {
        this.#isClosed = true;
        effects.close(code, reason);
      },
    };
    this.#strangerPhase = side.role === "listener" ? "challenging" : "dialling";
    this.#lastPong = now;
    this.#nextPing = now + pingMs;
    const { mesh, versions, signer } = shared;
    this.#challenge = { nonce: side.nonce, node: signer.node, mesh, versions };
    if (side.role === "listener") this.#say(challengeFrame(this.#challenge));
  }

  /** Sends a frame of the handshake. */
  #say(frame: string): void {
    this.#otherFrames += 1;
    this.#effects.send(frame);
  }

  get phase(): Phase | "closed" {
    if (this.#isClosed) return "closed";
    return this.#dialogue?.phase ?? this.#strangerPhase;
  }

  /** The authenticated peer; null before. */
  get peer(): NodeId | null {
    return this.#peer;
  }

  /** The version in use: 1 also when a peer of a later version fell back to a full dump. */
  get version(): number | null {
    return this.#dialogue?.version ?? null;
  }

  /** How many of our own ops the peer says that it has; null before it has said so. */
  get claimedOwn(): number | null {
    return this.#dialogue?.claimedOwn ?? null;
  }

  get isSyncing(): boolean {
    return !this.#isClosed && this.#dialogue !== null;
  }

  /** What the peer has on its disk, by its own word; null when its version does not tell. */
  get peerFrontier(): PeerFrontier | null {
    return this.#dialogue instanceof Paging ? this.#dialogue.peer : null;
  }

  /** How much has come of the delta that the peer sends; null when there is nothing to tell. */
  get incoming(): Progress | null {
    return this.#dialogue?.incoming ?? null;
  }

  /** Ops that wait for the peer's socket, those on their way not counted. */
  get queuedOps(): number {
    return this.#dialogue?.outbound.queuedOps(this.#shared.disk.durable) ?? 0;
  }

  /** Frames on their way into the socket. */
  get inFlightFrames(): number {
    return this.#dialogue?.outbound.inFlightFrames ?? 0;
  }

  /** What goes out to the peer; null before there is anything. */
  get outgoing(): Pick<Outbound, "progress" | "inFlightBytes"> | null {
    return this.#dialogue?.outbound ?? null;
  }

  /** Takes one message; what it returns is for the replica to do. */
  frame(data: Uint8Array, isBinary: boolean, now: number): Ask | null {
    if (this.#isClosed) return null;
    if (this.#dialogue === null) {
      this.#strangerFrames += 1;
      if (data.length > strangerFrameBytesMax) {
        return this.#close({ code: closeCodes.tooBig, reason: "too big before authentication" });
      }
      if (this.#strangerFrames > strangerFramesMax) {
        return this.#close(badMessage("too many frames before authentication"));
      }
    }
    const read = this.#read(data, isBinary);
    if (!read.ok) return this.#close(badMessage(read.error));
    const phase = this.#dialogue?.phase ?? this.#strangerPhase;
    const verdict = verdictOn(phase, read.value.type);
    if (verdict === "close") {
      return this.#close(badMessage(`${read.value.type} does not belong here`));
    }
    return verdict === "take" ? this.#take(read.value, now) : null;
  }

  #read(data: Uint8Array, isBinary: boolean): Result<Frame | PagingFrame, string> {
    if (!(this.#dialogue instanceof Paging)) return readFrame(data, isBinary);
    if (isBinary) return readPagingFrame(data);
    const read = readFrame(data, isBinary);
    // The one word that means something else as text.
    return read.ok && read.value.type === "ready" ? failure("ready as text") : read;
  }

  #take(frame: Frame | PagingFrame, now: number): Ask | null {
    switch (frame.type) {
      case "auth":
        return this.#onAuth(frame);
      case "challenge":
        return this.#onChallenge(frame);
      case "welcome":
        return this.#onWelcome(frame, now);
      case "bulk":
        // Whatever the handshake said, a full dump is answered by one. [WIRE 7]
        if (this.#dialogue?.phase === "hailing") this.#converse(1, now);
        break;
      default:
        break;
    }
    return this.#dialogue?.take(frame, now) ?? null;
  }

  #onAuth(auth: Auth): Ask | null {
    const { crypto, signer, publicUrls } = this.#shared;
    const checked = checkAuth({ crypto, signer, challenge: this.#challenge, publicUrls }, auth);
    if (!checked.ok) return this.#close(checked.error);
    this.#proved = checked.value;
    this.#strangerPhase = "admitting";
    const bearer = this.side.role === "listener" ? this.side.bearer : null;
    const tokens = [checked.value.token, bearer].filter((token) => token !== null);
    return { kind: "admit", node: checked.value.node, tokens };
  }

  /** Lets the proved connector in, once its admission is durable. */
  welcome(now: number): void {
    if (this.#isClosed) return;
    assert(
      this.#strangerPhase === "admitting" && this.#proved !== null,
      "only the proved are welcomed",
    );
    const welcome = makeWelcome(this.#shared.signer, this.#proved.transcript);
    this.#say(welcomeFrame(welcome));
    this.#beginSync(this.#proved.node, this.#proved.version, now);
  }

  refuse(): void {
    this.end(notAuthenticated);
  }

  #onChallenge(challenge: Challenge): null {
    assert(this.side.role === "connector", "only a connector takes a challenge");
    const { signer, mesh, versions } = this.#shared;
    const answer = answerChallenge({ ...this.side, signer, mesh, versions }, challenge);
    if (!answer.ok) return this.#close(answer.error);
    this.#answer = answer.value;
    this.#strangerPhase = "answering";
    this.#say(authFrame(answer.value.auth));
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
    this.#converse(version, now);
  }

  #converse(version: number, now: number): void {
    this.#otherFrames += this.#dialogue?.outbound.inFlightFrames ?? 0;
    const parts = { shared: this.#shared, source: this.#source, effects: this.#effects };
    this.#dialogue = version === 3 ? new Paging(parts) : new Counting({ ...parts, version });
    this.#dialogue.begin(now);
  }

  /** What became of ops that the peer sent. */
  received(ops: Received): void {
    this.#dialogue?.received(ops.count);
    this.#dialogue?.noteWaiting(ops.waiting);
    for (const id of ops.known) this.#dialogue?.outbound.noteEcho(id);
    for (const op of ops.waiting) this.#dialogue?.outbound.noteEcho(op.id);
  }

  /** Asks for what is missing while ops of this peer wait. */
  askAgain(isPending: (id: OpId) => boolean, now: number): void {
    if (!this.#isClosed) this.#dialogue?.askAgain(isPending, now);
  }

  /** `author` turned out to be forked: the peer gets every op of it that it did not send itself. */
  forkLearned(author: NodeId, source: number): void {
    if (!this.#isClosed) this.#dialogue?.forkLearned(author, source);
  }

  /** More is durable here. */
  committed(announcement: Announcement, now: number): void {
    if (!this.#isClosed) this.#dialogue?.committed(announcement, now);
  }

  /** Passes on a sign of life, where the peer's version has such. */
  sendBeat(bytes: Uint8Array, now: number): void {
    const outbound = this.#dialogue instanceof Paging ? this.#dialogue.outbound : null;
    if (!this.#isClosed && outbound?.isCrowded === false) outbound.send(beatFrame(bytes), now);
  }

  loaded(ops: readonly LoadedOp[], now: number): void {
    if (!this.#isClosed) this.#dialogue?.outbound.loaded(ops, now);
  }

  loadedPage(frame: Uint8Array, now: number): void {
    if (!this.#isClosed) this.#dialogue?.outbound.loadedPage(frame, now);
  }

  /** The socket took the oldest `frames`. */
  written(frames: number, now: number): void {
    const others = Math.min(frames, this.#otherFrames);
    this.#otherFrames -= others;
    if (frames > others) this.#dialogue?.outbound.written(frames - others, now);
  }

  pong(now: number): void {
    this.#lastPong = now;
  }

  /** Hands over what the socket has room for, and keeps the deadlines. */
  advance(now: number): void {
    const dialogue = this.#dialogue;
    if (this.#isClosed) return;
    if (dialogue === null) {
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
    const { recent, durable } = this.#shared.disk;
    dialogue.advance(now);
    dialogue.outbound.pump(recent, durable, now);
    const stall = dialogue.outbound.stallDeadline(durable);
    if (stall !== null && now >= stall) {
      this.#close({ code: closeCodes.slowConsumer, reason: "slow consumer" });
    }
  }

  /** When `advance` must be called at the latest. */
  deadline(): number {
    const dialogue = this.#dialogue;
    if (this.#isClosed) return Infinity;
    if (dialogue === null) return this.openedAt + handshakeMs;
    const stall = dialogue.outbound.stallDeadline(this.#shared.disk.durable) ?? Infinity;
    return Math.min(stall, this.#nextPing, this.#lastPong + pongMs, dialogue.deadline());
  }

  /** Ends the connection from our side. */
  end(closing: Closing): void {
    if (!this.#isClosed) this.#close(closing);
  }

  #close({ code, reason }: Closing): null {
    this.#effects.close(code, reason);
    return null;
  }
}
