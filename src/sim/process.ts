/**
 * One life of a node's process: the core on a virtual disk and network. It keeps the contract of
 * `src/node/runtime.ts`: one event, all its effects in order, commits gathered, then the next.
 */
import { utf8 } from "../base/bytes.ts";
import { Batch } from "../node/batch.ts";
import type { ConnId, Effect, Notice, ReplicaEvent, RequestId } from "../replica/events.ts";
import type { Replica } from "../replica/replica.ts";
import type { Life, Link, Machine } from "./cast.ts";
import { Dialer } from "./dialer.ts";
import type { View } from "./ledger.ts";
import type { End, Item } from "./network.ts";
import type { Entry } from "./queue.ts";
import { Reads } from "./reads.ts";
import { sealSoon } from "./seal.ts";

/** How long a full disk is left alone before it is tried again. */
const probeMs = 2_000;

export class Process implements Life {
  readonly node: Machine;
  replica: Replica;
  view: View;
  readonly links = new Map<ConnId, Link>();
  isAlive = true;
  readonly reads = new Reads(this);
  readonly #conns = new Map<End, ConnId>();
  readonly #dialers: Dialer[] = [];
  #lastConn = 0;
  #lastRequest = 0;
  #isPaused = false;
  #isSyncing = false;
  #hasProblem = false;
  readonly #inbox: (() => void)[] = [];
  readonly #events: ReplicaEvent[] = [];
  #isStepping = false;
  #batch: Batch | null = null;
  #timer: { readonly at: number; readonly entry: Entry } | null = null;

  constructor(node: Machine) {
    this.node = node;
    [this.replica, this.view] = node.open();
  }

  get index(): number {
    return this.node.index;
  }
  get isUp(): boolean {
    return this.node.isUp;
  }

  start(): void {
    this.node.world.checks.reopened(this);
    for (const to of this.node.options.dials) this.dial(to, true);
    this.#setTimer();
  }

  after(us: number, work: () => void): Entry {
    return this.node.world.queue.after(us, () => {
      if (this.isAlive) work();
    });
  }

  /** Dials `to` now, and again and again when it `isKept`. */
  dial(to: number, isKept: boolean): void {
    const { world, chance } = this.node;
    const dialer = new Dialer({
      queue: world.queue,
      chance,
      dial: (opened) => world.dial({ from: this, to, dialer, opened }),
    });
    this.#dialers.push(dialer);
    dialer.dial();
    if (!isKept) dialer.stop();
  }

  attach(end: End, origin: { readonly dialer: Dialer; readonly audience: string } | null): void {
    this.#lastConn += 1;
    const conn = this.#lastConn as ConnId;
    this.links.set(conn, {
      ...{ end, conn, dialer: origin?.dialer ?? null, seen: new Set() },
      ...{ peerEpoch: this.#epochAt(end), isRepairing: false, credit: 0, deltaOps: 0 },
    });
    this.#conns.set(end, conn);
    this.gate(() => {
      if (!this.links.has(conn)) return;
      if (this.#hasProblem) {
        this.#closeLink(conn, 1001);
        return;
      }
      const nonce = this.node.chance.hex(32);
      const { token } = this.node;
      this.node.opened(this, conn);
      if (origin === null) this.feed({ kind: "accepted", conn, nonce, bearer: null });
      else {
        const { audience } = origin;
        this.feed({ kind: "dialled", conn, nonce, audience, expected: null, token });
      }
    });
  }

  #epochAt(end: End): number {
    const other = end.peer?.host.index;
    return other === undefined ? 0 : this.node.world.node(other).disk.epoch;
  }

  arrived(end: End, item: Item): void {
    this.gate(() => {
      const conn = this.#conns.get(end);
      if (conn === undefined) return;
      switch (item.kind) {
        case "frame":
          return this.feed({ kind: "frame", conn, data: item.data, isBinary: item.isBinary });
        case "ping":
          return end.send({ kind: "pong" });
        case "pong":
          return this.feed({ kind: "pong", conn });
        case "close":
          return this.#ended(end, conn, item.code);
      }
    });
  }

  written(end: End, frames: number): void {
    const conn = this.#conns.get(end);
    if (conn !== undefined) this.gate(() => this.feed({ kind: "written", conn, frames }));
  }

  reset(end: End): void {
    const conn = this.#conns.get(end);
    if (conn !== undefined) this.gate(() => this.#ended(end, conn, 1006));
  }

  #ended(end: End, conn: ConnId, code: number): void {
    end.isGone = true;
    const link = this.links.get(conn);
    this.links.delete(conn);
    this.#conns.delete(end);
    this.feed({ kind: "closed", conn });
    link?.dialer?.ended(code);
  }

  #closeLink(conn: ConnId, code: number): void {
    const link = this.links.get(conn);
    if (link === undefined) return;
    this.links.delete(conn);
    this.#conns.delete(link.end);
    link.end.close(code);
    this.after(1_000, () => {
      this.gate(() => this.feed({ kind: "closed", conn }));
      link.dialer?.ended(code);
    });
  }

  /** Puts a message on the wire. */
  put(conn: ConnId, frame: string | Uint8Array): void {
    const isBinary = typeof frame !== "string";
    const data = isBinary ? frame : utf8(frame);
    this.links.get(conn)?.end.send({ kind: "frame", data, isBinary });
  }

  /** Runs `work` now, or once the process is not stopped and its disk is not busy. */
  gate(work: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused || this.#isSyncing) this.#inbox.push(work);
    else work();
  }

  #drain(): void {
    while (this.isAlive && !this.#isPaused && !this.#isSyncing) {
      const work = this.#inbox.shift();
      if (work === undefined) return;
      work();
    }
  }

  request(make: (request: RequestId) => ReplicaEvent): void {
    this.gate(() => {
      if (this.#hasProblem) return;
      this.#lastRequest += 1;
      this.feed(make(this.#lastRequest as RequestId));
    });
  }

  feed(event: ReplicaEvent): void {
    if (!this.isAlive) return;
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#step(next);
      }
    } finally {
      this.#isStepping = false;
    }
    this.#setTimer();
  }

  #step(event: ReplicaEvent): void {
    const { replica, node } = this;
    const { checks } = node.world;
    checks.before(this, event);
    for (const effect of replica.step(event, node.now())) {
      if (!this.isAlive) return;
      checks.effect(this, event, effect);
      this.#carryOut(effect);
    }
    if (this.isAlive) checks.after(this, event);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "gather":
        return void this.#gather();
      case "persist":
        return this.#gather().add(effect);
      case "send":
        return this.node.send(this, effect.conn, effect.frame);
      case "ping":
        return this.links.get(effect.conn)?.end.send({ kind: "ping" });
      case "close":
        return this.#closeLink(effect.conn, effect.code);
      case "load":
        return this.reads.begin(() => {
          const { conn, indices } = effect;
          return { kind: "loaded", conn, ops: this.node.disk.read(indices) };
        });
      case "load-page":
        return this.reads.begin(() => {
          const { conn, first } = effect;
          return { kind: "loaded-page", conn, frame: this.node.disk.readPage(first) };
        });
      case "notify":
        this.#tell(effect.notice);
    }
  }

  #gather(): Batch {
    if (this.#batch === null) this.#scheduleFlush();
    this.#batch ??= new Batch(0);
    return this.#batch;
  }

  #tell(notice: Notice): void {
    if (notice.kind === "authenticated") this.links.get(notice.conn)?.dialer?.admitted();
    this.node.world.checks.notice(this, notice);
  }

  #scheduleFlush(): void {
    this.after(this.node.chance.below(300), () => this.gate(() => this.#flush()));
  }

  #flush(): void {
    if (this.#batch === null) return;
    if (this.replica.drafts > 0) this.#step({ kind: "flush" });
    const batch = this.#batch;
    this.#batch = null;
    const { disk, world, chance } = this.node;
    try {
      disk.write(batch);
    } catch {
      this.#lose();
      return;
    }
    if (this.#crashNow(false)) return;
    this.#isSyncing = true;
    this.after(world.syncUs(chance), () => {
      disk.sync();
      world.checks.synced(this, batch.ops);
      if (this.#crashNow(true)) return;
      this.#isSyncing = false;
      const tell = (): void => this.feed({ kind: "committed" });
      if (this.#isPaused) this.#inbox.unshift(tell);
      else tell();
      sealSoon(this);
      this.#drain();
    });
  }

  #crashNow(isDurable: boolean): boolean {
    const how = this.node.crashAtCommit;
    if (how?.isDurable !== isDurable) return false;
    this.node.crash({ ms: how.ms, isSilent: false });
    return true;
  }

  /** The disk is full: back to what is on it, connections end, and it is tried again. */
  #lose(): void {
    this.#batch = null;
    this.#events.length = 0;
    for (const conn of [...this.links.keys()]) this.#closeLink(conn, 1001);
    [this.replica, this.view] = this.node.open();
    this.#hasProblem = true;
    const probe = (): void => {
      if (this.node.disk.isFull) this.after(1_000 * probeMs, probe);
      else this.#hasProblem = false;
    };
    this.after(1_000 * probeMs, probe);
  }

  #setTimer(): void {
    if (!this.isAlive) return;
    const deadline = this.replica.deadline();
    if (deadline === Infinity) return;
    const at = this.node.at(deadline);
    if (this.#timer !== null && this.#timer.at <= at) return;
    if (this.#timer !== null) this.#timer.entry.isCancelled = true;
    const { queue } = this.node.world;
    const entry = this.after(Math.ceil(at - queue.now) + 1, () => {
      this.#timer = null;
      this.gate(() => this.#wake());
    });
    this.#timer = { at, entry };
  }

  #wake(): void {
    if (this.replica.deadline() <= this.node.now().mono) this.feed({ kind: "tick" });
    else this.#setTimer();
  }

  pause(ms: number): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.after(1_000 * ms, () => this.resume());
  }

  resume(): void {
    this.#isPaused = false;
    this.#drain();
  }

  die(isSilent: boolean): void {
    this.isAlive = false;
    for (const { end } of this.links.values()) {
      end.isGone = true;
      if (!isSilent) end.tellReset();
    }
    this.links.clear();
    for (const dialer of this.#dialers) dialer.stop();
    if (this.#timer !== null) this.#timer.entry.isCancelled = true;
  }
}
