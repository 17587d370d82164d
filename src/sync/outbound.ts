/**
 * What goes out to one peer, as a position in the log instead of a queue of frames: bulk is read
 * from the log as the socket drains, live ops follow from memory while the peer keeps up.
 */
import {
  bulkFrameBytes,
  bulkWindowBytes,
  echoesMax,
  liveBurstOps,
  liveBytesMax,
  liveFramesMax,
  slowPeerMs,
} from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { Crypto } from "../op/crypto.ts";
import type { OpId } from "../op/op.ts";
import { bulkFrames, nextPage } from "./bulk.ts";
import { bulkFrame, readyFrame } from "./frames.ts";
import type { Recent } from "./recent.ts";
import type { LoadedOp, SessionEffects } from "./session-effects.ts";

/** Arrival indices that go out as bulk, before anything that is queued later. */
interface Job {
  readonly indices: readonly number[];
  next: number;
  /** The frame that follows the bulk: `ready`, or an empty bulk for an empty dump. */
  readonly after: string | null;
  /** Whether signatures that a later op of the frame makes needless are left out. */
  readonly isTerse: boolean;
}

export class Outbound {
  readonly #sources: { readonly log: Log; readonly crypto: Crypto };
  readonly #source: number;
  readonly #effects: SessionEffects;
  readonly #jobs: Job[] = [];
  /** The page that is being read from the log. */
  #loading: { readonly page: readonly number[]; readonly isTerse: boolean } | null = null;
  #isStreaming = false;
  /** The next arrival index to stream; null until the first delta is computed. */
  #cursor: number | null = null;
  readonly #echoes = new Set<OpId>();
  /** Sizes of the frames on their way into the socket, oldest first. */
  readonly #inFlight: number[] = [];
  #inFlightBytes = 0;
  #lastProgress = 0;

  constructor(
    sources: { readonly log: Log; readonly crypto: Crypto },
    source: number,
    effects: SessionEffects,
  ) {
    this.#sources = sources;
    this.#source = source;
    this.#effects = effects;
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

  send(frame: string | Uint8Array, now: number): void {
    if (this.#inFlight.length === 0) this.#lastProgress = now;
    this.#inFlight.push(frame.length);
    this.#inFlightBytes += frame.length;
    this.#effects.send(frame);
  }

  /** Sends the ops at `indices`, then `after`, and streams from `cursor` when the stream opens. */
  start(job: {
    readonly indices: readonly number[];
    readonly after: string | null;
    readonly cursor: number;
  }): void {
    this.#jobs.push({ indices: job.indices, next: 0, after: job.after, isTerse: true });
    this.#cursor = job.cursor;
  }

  /** Sends the ops at `indices` again, before the stream goes on. */
  resend(indices: readonly number[]): void {
    // An author signs every op that it sends while streaming. [WIRE 2]
    if (indices.length > 0) this.#jobs.push({ indices, next: 0, after: null, isTerse: false });
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
    const entry = this.#sources.log.find(id);
    const isPast = entry !== undefined && entry.index < (this.#cursor ?? Infinity);
    if (!isPast && this.#echoes.size < echoesMax) this.#echoes.add(id);
  }

  /** The socket took the oldest `frames`. */
  written(frames: number, now: number): void {
    for (const size of this.#inFlight.splice(0, frames)) this.#inFlightBytes -= size;
    this.#lastProgress = now;
  }

  /** When a full queue will have stood still for too long; null while it is not full. */
  stallDeadline(durable: number): number | null {
    if (this.#inFlight.length === 0) return null;
    const isFull =
      this.#inFlight.length >= liveFramesMax ||
      this.#inFlightBytes >= bulkWindowBytes ||
      this.queuedOps(durable) >= liveFramesMax;
    return isFull ? this.#lastProgress + slowPeerMs : null;
  }

  /** Hands over as much as the socket has room for. Only ops below `durable` ever leave. */
  pump(recent: Recent, durable: number, now: number): void {
    while (this.#loading === null) {
      const job = this.#jobs[0];
      if (job === undefined) {
        if (!this.#stream(recent, durable, now)) return;
      } else if (job.next < job.indices.length) {
        if (this.#inFlightBytes >= bulkWindowBytes) return;
        const page = nextPage(this.#sources.log, job.indices, job.next);
        job.next += page.length;
        this.#loading = { page, isTerse: job.isTerse };
        this.#effects.load(page);
      } else {
        if (job.after !== null) this.send(job.after, now);
        this.#jobs.shift();
      }
    }
  }

  /** The page that `load` asked for. */
  loaded(ops: readonly LoadedOp[], now: number): void {
    const { page, isTerse } = this.#loading ?? { page: [], isTerse: false };
    this.#loading = null;
    for (const frame of bulkFrames({ ...this.#sources, isTerse }, page, ops)) this.send(frame, now);
  }

  /** Streams what was applied since; false when there is nothing to do or no room. */
  #stream(recent: Recent, durable: number, now: number): boolean {
    if (!this.#isStreaming || this.#cursor === null || this.#cursor >= durable) return false;
    const hasRoom = this.#inFlight.length < liveFramesMax && this.#inFlightBytes < liveBytesMax;
    if (!hasRoom) return false;
    const indices = this.#takeUnsent(this.#cursor, durable);
    this.#cursor = durable;
    const first = indices[0];
    if (first === undefined) return true;
    if (recent.has(first) && !this.#isBurst(indices)) this.#sendLive(indices, recent, now);
    else this.resend(indices);
    return true;
  }

  /** More than goes out as live frames without filling the queue. */
  #isBurst(indices: readonly number[]): boolean {
    const room = Math.min(liveBurstOps, liveFramesMax - this.#inFlight.length);
    if (indices.length > room) return true;
    const bytes = indices.reduce((sum, index) => sum + this.#sources.log.at(index).size, 0);
    return bytes > bulkFrameBytes;
  }

  #takeUnsent(from: number, until: number): number[] {
    const indices: number[] = [];
    for (let index = from; index < until; index += 1) {
      const entry = this.#sources.log.at(index);
      const isEcho = this.#echoes.delete(entry.id);
      if (!isEcho && entry.source !== this.#source) indices.push(index);
    }
    return indices;
  }

  /** Signed ops go as live frames; where one has no checked signature, all go in bulks. */
  #sendLive(indices: readonly number[], recent: Recent, now: number): void {
    if (indices.every((index) => this.#sources.log.at(index).isSigned)) {
      for (const index of indices) this.send(recent.frame(index), now);
      return;
    }
    const ops = indices.map((index) => recent.op(index));
    const sources = { ...this.#sources, isTerse: false };
    for (const frame of bulkFrames(sources, indices, ops)) this.send(frame, now);
  }
}

/** The frame that follows a delta, and the one that stands for an empty dump. */
export const afterDelta = readyFrame;
export const emptyDump = bulkFrame([]);
