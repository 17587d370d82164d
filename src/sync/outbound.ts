/**
 * What goes out to one peer, as a position in the log instead of a queue of frames: bulk is read
 * from the log as the socket drains, live ops follow from memory while the peer keeps up.
 */
import {
  bulkWindowBytes,
  echoesMax,
  liveBytesMax,
  liveFramesMax,
  slowPeerMs,
} from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { OpId } from "../op/op.ts";
import type { Recent } from "./recent.ts";
import type { LoadedOp, SessionEffects } from "./session-effects.ts";
import type { FrameData, Pick, Wire } from "./wire.ts";

/** How much of a delta has gone over the connection. */
export interface Progress {
  readonly ops: number;
  readonly of: number;
}

/** Arrival indices that go out as bulk, before anything that is queued later. */
interface Job {
  readonly indices: number[];
  next: number;
  /** The frame that follows the bulk. */
  readonly after: FrameData | null;
  /** Whether signatures that a later op of the frame makes needless are left out. */
  readonly isTerse: boolean;
}

export class Outbound {
  readonly #log: Log;
  readonly #wire: Wire;
  readonly #source: number;
  readonly #effects: SessionEffects;
  readonly #jobs: Job[] = [];
  /** What is being read from the log. */
  #loading: { readonly pick: Pick; readonly isTerse: boolean } | null = null;
  #isStreaming = false;
  /** The next arrival index to stream; null until the first delta is computed. */
  #cursor: number | null = null;
  readonly #echoes = new Set<OpId>();
  /** Sizes of the frames on their way into the socket, oldest first. */
  readonly #inFlight: number[] = [];
  #inFlightBytes = 0;
  #lastProgress = 0;
  /** Bytes of ops that the peer still takes; Infinity when it does not say. */
  #credit = Infinity;
  /** Since when ops wait for credit; null while none do. */
  #starvedSince: number | null = null;

  constructor(input: {
    readonly log: Log;
    readonly wire: Wire;
    readonly source: number;
    readonly effects: SessionEffects;
  }) {
    this.#log = input.log;
    this.#wire = input.wire;
    this.#source = input.source;
    this.#effects = input.effects;
  }

  /** Arrival index up to which the peer was sent everything, or null before the first delta. */
  get cursor(): number | null {
    return this.#cursor;
  }

  /** Ops that wait for the peer's socket, those on their way not counted. */
  queuedOps(durable: number): number {
    const inJobs = this.#jobs.reduce((sum, job) => sum + job.indices.length - job.next, 0);
    return inJobs + (this.#cursor === null ? 0 : durable - this.#cursor);
  }

  get inFlightFrames(): number {
    return this.#inFlight.length;
  }

  /** Bytes on their way into the socket. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** How much of what goes out as bulk was handed over; null when nothing does. */
  get progress(): Progress | null {
    if (this.#jobs.length === 0) return null;
    const sum = (count: (job: Job) => number): number =>
      this.#jobs.reduce((total, job) => total + count(job), 0);
    return { ops: sum(({ next }) => next), of: sum(({ indices }) => indices.length) };
  }

  /** So much is on its way that what can wait should. */
  get isCrowded(): boolean {
    return this.#inFlight.length >= liveFramesMax / 2;
  }

  send(frame: FrameData, now: number): void {
    if (this.#inFlight.length === 0) this.#lastProgress = now;
    this.#inFlight.push(frame.length);
    this.#inFlightBytes += frame.length;
    this.#effects.send(frame);
  }

  /** From now on ops go out against credit only; `bytes` more may go. */
  grant(bytes: number, now: number): void {
    this.#credit = this.#credit === Infinity ? bytes : this.#credit + bytes;
    if (this.#credit > 0) this.#starvedSince = null;
    else if (bytes > 0 && this.#starvedSince !== null) this.#starvedSince = now;
  }

  /** Sends the ops at `indices`, then `after`, and streams from `cursor` when the stream opens. */
  start(job: {
    readonly indices: readonly number[];
    readonly after: FrameData | null;
    readonly cursor: number;
  }): void {
    this.#jobs.push({ indices: [...job.indices], next: 0, after: job.after, isTerse: true });
    this.#cursor = job.cursor;
  }

  /** Sends the ops at `indices` again, before the stream goes on. */
  resend(indices: readonly number[]): void {
    // An author signs every op that it sends while streaming. [WIRE 2]
    if (indices.length === 0) return;
    this.#jobs.push({ indices: [...indices], next: 0, after: null, isTerse: false });
  }

  get isResending(): boolean {
    return this.#jobs.length > 0;
  }

  /** From now on what is applied goes out in order; held back until here. */
  openStream(): void {
    this.#isStreaming = true;
  }

  /** The peer sent an op that came first from elsewhere: it need not get it from us. */
  noteEcho(id: OpId): void {
    const entry = this.#log.find(id);
    const isPast = entry !== undefined && entry.index < (this.#cursor ?? Infinity);
    if (!isPast && this.#echoes.size < echoesMax) this.#echoes.add(id);
  }

  /** The socket took the oldest `frames`. */
  written(frames: number, now: number): void {
    for (const size of this.#inFlight.splice(0, frames)) this.#inFlightBytes -= size;
    this.#lastProgress = now;
  }

  /**
   * When a full queue will have stood still for too long, or ops will have waited too long for
   * credit, whatever else the peer takes; null while neither is so.
   */
  stallDeadline(durable: number): number | null {
    const since = this.#isFull(durable) ? this.#lastProgress : Infinity;
    const stalled = Math.min(since, this.#starvedSince ?? Infinity);
    return stalled === Infinity ? null : stalled + slowPeerMs;
  }

  #isFull(durable: number): boolean {
    if (this.#inFlight.length === 0) return false;
    return (
      this.#inFlight.length >= liveFramesMax ||
      this.#inFlightBytes >= bulkWindowBytes ||
      this.queuedOps(durable) >= liveFramesMax
    );
  }

  /** Whether ops may go out as far as the peer's credit goes. */
  #hasCredit(now: number): boolean {
    if (this.#credit > 0) return true;
    this.#starvedSince ??= now;
    return false;
  }

  /** Hands over as much as the socket has room for. Only ops below `durable` ever leave. */
  pump(recent: Recent, durable: number, now: number): void {
    while (this.#loading === null) {
      const job = this.#jobs[0];
      if (job === undefined) {
        if (!this.#stream(recent, durable, now)) return;
      } else if (job.next < job.indices.length) {
        if (!this.#hasCredit(now) || this.#inFlightBytes >= bulkWindowBytes) return;
        const pick = this.#wire.pick(job.indices, job.next);
        job.next += pick.indices.length;
        this.#loading = { pick, isTerse: job.isTerse };
        if (pick.isKeptPage) this.#effects.loadPage(pick.indices[0] as number);
        else this.#effects.load(pick.indices);
      } else {
        if (job.after !== null) this.send(job.after, now);
        this.#jobs.shift();
      }
    }
  }

  /** The ops that `load` asked for. */
  loaded(ops: readonly LoadedOp[], now: number): void {
    const { pick, isTerse } = this.#loading ?? { pick: { indices: [] }, isTerse: true };
    this.#loading = null;
    for (const frame of this.#wire.encode(pick.indices, ops, isTerse)) this.#sendOps(frame, now);
  }

  /** The page that `loadPage` asked for. */
  loadedPage(frame: Uint8Array, now: number): void {
    this.#loading = null;
    this.#sendOps(frame, now);
  }

  #sendOps(frame: FrameData, now: number): void {
    this.#credit -= frame.length;
    this.send(frame, now);
  }

  /** Streams what was applied since; false when there is nothing to do or no room. */
  #stream(recent: Recent, durable: number, now: number): boolean {
    if (!this.#isStreaming || this.#cursor === null || this.#cursor >= durable) return false;
    const room = liveFramesMax - this.#inFlight.length;
    if (!this.#hasCredit(now) || room <= 0 || this.#inFlightBytes >= liveBytesMax) return false;
    const indices = this.#takeUnsent(this.#cursor, durable);
    this.#cursor = durable;
    const first = indices[0];
    if (first === undefined) return true;
    const frames = recent.has(first) ? this.#wire.stream(indices, recent, room) : null;
    if (frames === null) this.resend(indices);
    else for (const frame of frames) this.#sendOps(frame, now);
    return true;
  }

  #takeUnsent(from: number, until: number): number[] {
    const indices: number[] = [];
    for (let index = from; index < until; index += 1) {
      const entry = this.#log.at(index);
      const isEcho = this.#echoes.delete(entry.id);
      if (!isEcho && entry.source !== this.#source) indices.push(index);
    }
    return indices;
  }
}
