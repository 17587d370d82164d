/** Versions 1 and 2: clocks that count, deltas in JSON, and the full dump. [WIRE 6, 7] */
import { unreachable } from "../base/assert.ts";
import { clockAuthorsMax } from "../base/limits.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Dialogue } from "./dialogue.ts";
import type { Clock, Frame } from "./frames.ts";
import { bulkFrame, clockFrame, readyFrame } from "./frames.ts";
import { JsonWire } from "./json-wire.ts";
import { Outbound } from "./outbound.ts";
import { Reclock } from "./reclock.ts";
import type { Ask, SessionEffects } from "./session-effects.ts";
import type { Shared } from "./shared.ts";
import type { SyncPhase } from "./transitions.ts";

export class Counting implements Dialogue {
  readonly outbound: Outbound;
  readonly incoming = null;
  readonly #shared: Shared;
  readonly #reclock = new Reclock();
  #version: number;
  #phase: SyncPhase = "greeting";
  #claimedOwn: number | null = null;
  /** A later clock of the peer that came while an earlier one was still being answered. */
  #laterClock: Clock | null = null;

  constructor(input: {
    readonly shared: Shared;
    readonly version: number;
    readonly source: number;
    readonly effects: SessionEffects;
  }) {
    const { shared, source, effects } = input;
    this.#shared = shared;
    this.#version = input.version;
    const { log } = shared;
    this.outbound = new Outbound({ log, wire: new JsonWire(shared), source, effects });
  }

  /** 1 also when a peer of a later version fell back to a full dump. */
  get version(): number {
    return this.#version;
  }

  get phase(): SyncPhase {
    return this.#phase;
  }

  get claimedOwn(): number | null {
    return this.#claimedOwn;
  }

  begin(now: number): void {
    if (this.#version === 1) this.#fallBack();
    else this.#sendClock(this.#shared.log.clock(this.#shared.disk.durable), now);
  }

  take(frame: Frame): Ask | null {
    switch (frame.type) {
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
      case "challenge":
      case "auth":
      case "welcome":
      case "unknown":
        return null;
      default:
        return unreachable(frame);
    }
  }

  #sendClock(clock: ReadonlyMap<string, number>, now: number): void {
    const entries = [...clock].slice(0, clockAuthorsMax);
    this.outbound.send(clockFrame(new Map(entries)), now);
  }

  /** Version 1: everything goes out, and nothing is held back. */
  #fallBack(): void {
    const { log } = this.#shared;
    const { durable } = this.#shared.disk;
    this.#phase = "dump";
    this.#version = 1;
    const indices = log.missing(new Map(), durable);
    const after = indices.length === 0 ? bulkFrame([]) : null;
    this.outbound.start({ indices, after, cursor: durable });
    this.outbound.openStream();
  }

  #onClock(clock: Clock): null {
    this.#claimedOwn = clock.get(this.#shared.signer.node) ?? 0;
    const { log } = this.#shared;
    const { durable } = this.#shared.disk;
    if (this.#phase === "greeting") {
      this.#phase = "delta";
      const indices = log.missing(clock, durable);
      this.outbound.start({ indices, after: readyFrame, cursor: durable });
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

  received(): void {
    // How many are to come is not said in these versions.
  }

  noteWaiting(ops: readonly Op[]): void {
    this.#reclock.note(ops);
  }

  askAgain(isPending: (id: OpId) => boolean, now: number): void {
    if (this.#phase !== "live") return;
    const { log } = this.#shared;
    const { durable } = this.#shared.disk;
    const isApplied = (id: OpId): boolean => log.find(id) !== undefined;
    const authors = this.#reclock.due({ isApplied, isPending }, now);
    if (authors === null) return;
    const clock = authors === "all" ? new Map<NodeId, number>() : log.clock(durable);
    if (authors !== "all") for (const author of authors) clock.delete(author);
    this.#sendClock(clock, now);
  }

  /** The peer gets every op of the author that it did not send itself: counts name no branch. */
  forkLearned(author: NodeId, source: number): void {
    const { cursor } = this.outbound;
    if (cursor === null) return;
    const { log } = this.#shared;
    const indices = log.indicesOf(author, cursor);
    this.outbound.resend(indices.filter((at) => log.at(at).source !== source));
  }

  committed(): void {
    // Peers of these versions are told of ops only.
  }

  advance(): void {
    this.#answerLaterClock();
  }

  deadline(): number {
    return this.#reclock.at;
  }
}
