/**
 * Signs of life between this node and its peers: own ones go out at their pace, those of others are
 * passed on once, and nothing of either is kept on disk but names, and how often this node started.
 */
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId, NodeId, OpId } from "../op/op.ts";
import type { Work } from "../presence/beat.ts";
import type { Present } from "../presence/presence.ts";
import { Presence } from "../presence/presence.ts";
import type { Session } from "../sync/session.ts";
import type { ConnId, Notice, Now } from "./events.ts";
import { Names } from "./names.ts";
import type { Fact } from "./store.ts";

/** The incarnation of the last start. [PRS-6] */
const incarnationFact = "presence/incarnation";

export interface BeatsOptions {
  readonly mesh: MeshId;
  readonly signer: Signer;
  readonly crypto: Crypto;
  readonly name: string;
  /** What the disk tells of earlier starts and of others' names. */
  readonly stored: ReadonlyMap<string, string>;
  readonly isKnown: (node: NodeId) => boolean;
  readonly sessions: () => ReadonlyMap<ConnId, Session>;
  readonly learn: (facts: readonly Fact[]) => void;
  readonly notify: (notice: Notice) => void;
}

export class Beats {
  readonly names: Names;
  readonly #options: BeatsOptions;
  #presence: Presence | null = null;
  /** Nothing is sent before the incarnation is durable: a restart must be newer for certain. */
  #isDurable = false;
  #working: readonly Work[] = [];
  #everyMs = Infinity;
  /** True once somebody else was heard with the key of this node. */
  hasTwin = false;

  constructor(options: BeatsOptions) {
    this.#options = options;
    this.names = new Names(options.stored, options.learn);
  }

  /** A peer is there that takes beats. */
  live(session: Session, now: Now): void {
    if (session.version !== 3) return;
    const presence = this.#start(now);
    if (!this.#isDurable) return;
    for (const bytes of presence.current(now.mono)) session.sendBeat(bytes, now.mono);
    this.advance(now.mono);
  }

  #start(now: Now): Presence {
    if (this.#presence !== null) return this.#presence;
    const { stored, learn } = this.#options;
    const before = stored.get(incarnationFact) ?? "";
    const last = /^[0-9]{1,16}$/u.test(before) ? Number(before) : 0;
    // A clock before 1970, or beyond what an integer holds, must not make it smaller.
    const wall = Math.min(Math.max(1, now.wall), Number.MAX_SAFE_INTEGER - 1);
    const incarnation = Math.max(Math.min(last, Number.MAX_SAFE_INTEGER - 1) + 1, wall);
    learn([[incarnationFact, String(incarnation)]]);
    this.#presence = new Presence({ ...this.#options, incarnation });
    this.#presence.work(this.#working, this.#everyMs, now.mono);
    return this.#presence;
  }

  /** All that was persisted is durable. */
  committed(now: number): void {
    if (this.#presence === null) return;
    this.#isDurable = true;
    this.advance(now);
  }

  /** A beat came: what is news goes to all other peers. [PRS-5] */
  receive(bytes: Uint8Array, conn: ConnId, now: Now): void {
    const received = this.#start(now).receive(bytes, now.mono);
    if (received.verdict === "twin" && !this.hasTwin) {
      this.hasTwin = true;
      this.#options.notify({ kind: "twin" });
    }
    if (received.verdict !== "news") return;
    this.names.note(received.beat.node, received.beat.name);
    for (const [other, session] of this.#options.sessions()) {
      if (other !== conn) session.sendBeat(bytes, now.mono);
    }
  }

  /** What this node works on from now on, and how often others must hear so. */
  work(working: readonly Work[], everyMs: number, now: number): void {
    [this.#working, this.#everyMs] = [working, everyMs];
    this.#presence?.work(working, everyMs, now);
    this.advance(now);
  }

  /** Sends what is due. */
  advance(now: number): void {
    if (this.#presence === null || !this.#isDurable || !this.#hasListeners()) return;
    for (const bytes of this.#presence.beats(now)) {
      for (const session of this.#options.sessions().values()) session.sendBeat(bytes, now);
    }
  }

  #hasListeners(): boolean {
    for (const session of this.#options.sessions().values()) {
      if (session.isSyncing && session.version === 3) return true;
    }
    return false;
  }

  deadline(): number {
    if (this.#presence === null || !this.#isDurable || !this.#hasListeners()) return Infinity;
    return this.#presence.deadline();
  }

  /** Monotonic milliseconds when a beat of `node` last named `claim`; null for never. */
  heardAt(claim: OpId, node: NodeId): number | null {
    return this.#presence?.heardAt(claim, node) ?? null;
  }

  /** Who was heard of lately. */
  nodes(now: number): readonly Present[] {
    return this.#presence?.nodes(now) ?? [];
  }

  /** Beats that were none: forged, cut off, or of a later version. */
  get invalid(): number {
    return this.#presence?.invalid ?? 0;
  }
}
