/**
 * The virtual network: connections of two lines each, ordered or cut as TCP is, with latency,
 * bandwidth, partitions and lines that die without a word.
 */
import { tags } from "../sync/frames-3.ts";
import type { Prng } from "./prng.ts";
import type { Entry, Queue } from "./queue.ts";
import type { NetworkOptions } from "./scenario.ts";

export type Item =
  | { readonly kind: "frame"; readonly data: Uint8Array; readonly isBinary: boolean }
  | { readonly kind: "ping" }
  | { readonly kind: "pong" }
  | { readonly kind: "close"; readonly code: number };

/** The process at one end of a connection. */
export interface Host {
  readonly index: number;
  readonly isUp: boolean;
  arrived(end: End, item: Item): void;
  written(end: End, frames: number): void;
  /** The connection is gone without a close frame. */
  reset(end: End): void;
}

/** What the kernel takes while the other side takes nothing. */
const socketBytes = 65_536;
/** From our close frame to the end of the socket, whatever the other side does. */
const closeUs = 2_000_000;

function sizeOf(item: Item): number {
  return item.kind === "frame" ? item.data.length + 60 : 66;
}

function isPage(item: Item): boolean {
  return item.kind === "frame" && item.isBinary && item.data[0] === tags.page;
}

/** One end of a connection, and the line that leads away from it. */
export class End {
  readonly host: Host;
  readonly id: number;
  readonly network: Network;
  /** The process has closed it or died: whatever arrives is answered by a reset. */
  isGone = false;
  /** Half-open: what is sent vanishes. */
  isDead = false;
  /** The next page of version 3 that is sent vanishes. */
  isLosingPage = false;
  peer: End | null = null;
  readonly #queue: Item[] = [];
  #queued = 0;
  /** Arrived while the way was blocked. */
  readonly #held: Item[] = [];
  /** The end of the transmission of the oldest item. */
  #transmission: Entry | null = null;
  #inSocket = 0;
  #lastArrival = 0;
  #unreported = 0;

  constructor(host: Host, id: number, network: Network) {
    this.host = host;
    this.id = id;
    this.network = network;
  }

  /** What waits in memory for the socket. */
  get queuedBytes(): number {
    return this.#queued;
  }

  send(item: Item): void {
    if (this.isGone) return;
    this.#queue.push(item);
    this.#queued += sizeOf(item);
    this.#pump();
  }

  /** Sends a close frame behind what is queued; the socket ends soon in any case. */
  close(code: number): void {
    if (this.isGone) return;
    this.send({ kind: "close", code });
    this.isGone = true;
    this.network.queue.after(closeUs, () => {
      this.#queue.length = 0;
      this.tellReset();
    });
  }

  /** The process is gone: its kernel tells the other side, if it can. */
  tellReset(): void {
    this.isGone = true;
    const { peer } = this;
    if (peer === null || peer.isGone) return;
    this.network.queue.after(this.network.delay(), () => {
      if (!peer.isGone && !this.#isCutOff()) peer.host.reset(peer);
    });
  }

  #isCutOff(): boolean {
    const to = this.peer?.host.index ?? 0;
    return this.isDead || this.network.isBlocked(this.host.index, to);
  }

  #pump(): void {
    while (this.#transmission === null) {
      const head = this.#queue[0];
      if (head === undefined) return;
      const size = sizeOf(head);
      if (this.#isCutOff()) {
        if (this.#inSocket + size > socketBytes) return;
        this.#inSocket += size;
        this.#depart();
        continue;
      }
      const us = (1_000 * size) / this.network.rate(this.host.index, this.peer?.host.index ?? 0);
      if (us < 100) {
        this.#depart();
        continue;
      }
      this.#transmission = this.network.queue.after(us, () => {
        this.#transmission = null;
        this.#depart();
        this.#pump();
      });
    }
  }

  #depart(): void {
    const item = this.#queue.shift();
    if (item === undefined) return;
    this.#queued -= sizeOf(item);
    if (item.kind === "frame") this.#reportWritten();
    const { queue } = this.network;
    const at = Math.max(this.#lastArrival, queue.now + this.network.delay());
    this.#lastArrival = at;
    queue.after(at - queue.now, () => this.#arrive(item));
  }

  #reportWritten(): void {
    this.#unreported += 1;
    if (this.#unreported > 1) return;
    this.network.queue.after(50, () => {
      const frames = this.#unreported;
      this.#unreported = 0;
      if (!this.isGone) this.host.written(this, frames);
    });
  }

  #arrive(item: Item): void {
    if (this.isDead || this.peer === null) return;
    if (this.isLosingPage && isPage(item)) {
      this.isLosingPage = false;
      return;
    }
    if (this.#held.length > 0 || this.#isCutOff()) {
      this.#held.push(item);
      return;
    }
    this.#inSocket = 0;
    if (this.peer.isGone) {
      if (this.peer.host.isUp) this.peer.tellReset();
      return;
    }
    this.peer.host.arrived(this.peer, item);
  }

  /** The way is open again: what was held arrives, in order. */
  resume(): void {
    if (this.isDead || this.#isCutOff()) return;
    const held = this.#held.splice(0);
    for (const item of held) this.#arrive(item);
    if (this.peer?.isGone === true && this.peer.host.isUp) this.peer.tellReset();
    if (this.#transmission !== null) this.#transmission.isCancelled = true;
    this.#transmission = null;
    this.#pump();
  }
}

export class Network {
  readonly queue: Queue;
  readonly #options: NetworkOptions;
  readonly #chance: Prng;
  readonly #blocked = new Map<string, number>();
  readonly #slow = new Map<number, number>();
  #ends: End[] = [];
  #lastId = 0;
  #isHealed = false;

  constructor(queue: Queue, options: NetworkOptions, chance: Prng) {
    this.queue = queue;
    this.#options = options;
    this.#chance = chance;
  }

  /** Microseconds from one node to another. */
  delay(): number {
    const { latencyMs, tailChance, tailMs } = this.#options;
    let ms = latencyMs * (0.8 + 0.4 * this.#chance.float());
    if (!this.#isHealed && this.#chance.chance(tailChance)) ms += this.#chance.around(tailMs);
    return Math.round(1_000 * ms);
  }

  /** Bytes that pass in a millisecond. */
  rate(from: number, to: number): number {
    const slow = Math.min(this.#slow.get(from) ?? Infinity, this.#slow.get(to) ?? Infinity);
    return Math.min(slow, this.#options.bytesPerMs);
  }

  isBlocked(from: number, to: number): boolean {
    return (this.#blocked.get(`${from}>${to}`) ?? 0) > 0;
  }

  isDialLost(): boolean {
    return !this.#isHealed && this.#chance.chance(this.#options.dialFailure);
  }

  connect(left: Host, right: Host): readonly [End, End] {
    this.#lastId += 1;
    const ends = [new End(left, this.#lastId, this), new End(right, this.#lastId, this)] as const;
    ends[0].peer = ends[1];
    ends[1].peer = ends[0];
    this.#ends = this.#ends.filter((end) => !end.isGone || end.peer?.isGone === false);
    this.#ends.push(...ends);
    return ends;
  }

  block(pairs: readonly (readonly [number, number])[], ms: number): void {
    for (const pair of pairs) this.#count(pair, 1);
    this.queue.after(1_000 * ms, () => {
      if (this.#isHealed) return;
      for (const pair of pairs) this.#count(pair, -1);
      this.#resumeAll();
    });
  }

  #count([from, to]: readonly [number, number], step: number): void {
    const key = `${from}>${to}`;
    this.#blocked.set(key, (this.#blocked.get(key) ?? 0) + step);
  }

  slow(node: number, bytesPerMs: number, ms: number): void {
    this.#slow.set(node, bytesPerMs);
    this.queue.after(1_000 * ms, () => {
      this.#slow.delete(node);
      this.#resumeAll();
    });
  }

  /** The connections between two nodes that still stand. */
  between(left: number, right: number): readonly End[] {
    return this.#ends.filter(
      (end) => !end.isGone && end.host.index === left && end.peer?.host.index === right,
    );
  }

  /** Both ends are told that the connection is gone. */
  cut(end: End): void {
    for (const each of [end, end.peer]) {
      if (each === null || each.isGone) continue;
      this.queue.after(this.delay(), () => {
        if (!each.isGone) each.host.reset(each);
      });
    }
  }

  /** No more faults; lines that are dead stay so until somebody notices. */
  heal(): void {
    this.#isHealed = true;
    this.#blocked.clear();
    this.#slow.clear();
    for (const end of this.#ends) end.isLosingPage = false;
    this.#resumeAll();
  }

  #resumeAll(): void {
    for (const end of [...this.#ends]) end.resume();
  }
}
