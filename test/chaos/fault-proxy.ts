/**
 * A stretch of network that misbehaves: late, narrow, sliced, reset, silent or cut in mid-frame.
 * TCP's own promise is kept: bytes come in order and unchanged, or the connection ends.
 */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { once } from "node:events";
import { Prng } from "../../src/sim/prng.ts";

export type Fault =
  | { readonly kind: "none" }
  /** Each piece waits so long, more or less. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitterMs: number }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  /** Each piece is cut into writes of at most so many bytes. */
  | { readonly kind: "slices"; readonly bytes: number }
  /** Connections are reset after a while, new ones as well. */
  | { readonly kind: "reset"; readonly everyMs: number }
  /** Nothing comes through in one direction or in both; later, all of it does. */
  | { readonly kind: "stall"; readonly ways: Ways }
  /** What is sent is swallowed for good; both ends think that they are connected. */
  | { readonly kind: "half-open"; readonly ways: Ways }
  /** Each connection ends after so many bytes, somewhere in a frame. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Nobody answers. */
  | { readonly kind: "refuse" };

export type Ways = "up" | "down" | "both";
type Way = Exclude<Ways, "both">;

export class FaultProxy {
  readonly #server: Server;
  readonly #target: { readonly port: number; readonly host: string };
  readonly #prng: Prng;
  readonly #pairs = new Set<Pair>();
  fault: Fault = { kind: "none" };
  /** Connections so far. */
  connections = 0;

  constructor(url: string, seed: string) {
    const { hostname, port } = new URL(url);
    this.#target = { port: Number(port), host: hostname };
    this.#prng = new Prng(`${seed}/proxy`);
    this.#server = createServer({ noDelay: true, allowHalfOpen: false }, (near) => {
      this.#accept(near);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/crdt-sync`;
  }

  /** Follows a target that came back elsewhere. */
  #accept(near: Socket): void {
    this.connections += 1;
    if (this.fault.kind === "refuse") {
      near.on("error", () => undefined);
      near.resetAndDestroy();
      return;
    }
    const pair = new Pair(near, connect({ ...this.#target, noDelay: true }), this.#prng, () => {
      return this.fault;
    });
    this.#pairs.add(pair);
    pair.whenOver(() => this.#pairs.delete(pair));
  }

  /** Changes what happens from now on, to connections that are open as well. */
  set(fault: Fault): void {
    this.fault = fault;
    for (const pair of this.#pairs) pair.faultChanged();
  }

  /** Ends what is open; connections that swallowed something cannot go on anyway. */
  dropAll(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /** Heals the network; what was swallowed stays lost, and its connections stay silent. */
  heal(): void {
    this.set({ kind: "none" });
  }

  async close(): Promise<void> {
    this.dropAll();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

/** Both sockets of one connection. */
class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #prng: Prng;
  readonly #fault: () => Fault;
  readonly #pipes: readonly Pipe[];
  #isOver = false;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #over: () => void = () => undefined;

  constructor(near: Socket, far: Socket, prng: Prng, fault: () => Fault) {
    this.#near = near;
    this.#far = far;
    this.#prng = prng;
    this.#fault = fault;
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      socket.once("close", () => this.#end());
    }
    const counted = (bytes: number): boolean => this.#counted(bytes);
    this.#pipes = [
      new Pipe({ from: near, to: far, way: "up", fault, prng, counted }),
      new Pipe({ from: far, to: near, way: "down", fault, prng, counted }),
    ];
    this.faultChanged();
  }

  whenOver(over: () => void): void {
    this.#over = over;
  }

  /** False when the connection ends with these bytes. */
  #counted(bytes: number): boolean {
    this.#bytes += bytes;
    const fault = this.#fault();
    if (fault.kind !== "cut" || this.#bytes < fault.afterBytes) return true;
    setImmediate(() => this.#end());
    return false;
  }

  faultChanged(): void {
    const fault = this.#fault();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#bytes = 0;
    if (fault.kind === "refuse") this.reset();
    if (fault.kind === "reset") {
      this.#timer = setTimeout(() => this.reset(), this.#prng.below(fault.everyMs));
    }
    for (const pipe of this.#pipes) pipe.faultChanged();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#near.destroy();
    this.#far.destroy();
    this.#over();
  }
}

interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly way: Way;
  readonly fault: () => Fault;
  readonly prng: Prng;
  readonly counted: (bytes: number) => boolean;
}

/** One direction: what came waits in order, and one thing at a time happens to it. */
class Pipe {
  readonly #options: PipeOptions;
  readonly #queue: Buffer[] = [];
  #isBusy = false;
  /** Bytes were swallowed, so nothing may follow them. */
  #isDead = false;
  #wake: (() => void) | null = null;

  constructor(options: PipeOptions) {
    this.#options = options;
    options.from.on("data", (chunk: Buffer) => {
      this.#queue.push(chunk);
      if (this.#queue.length > 64) options.from.pause();
      void this.#run();
    });
  }

  faultChanged(): void {
    this.#wake?.();
    void this.#run();
  }

  #isHit(ways: Ways): boolean {
    return ways === "both" || ways === this.#options.way;
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let chunk = this.#queue.shift(); chunk !== undefined; chunk = this.#queue.shift()) {
      await this.#carry(chunk);
      if (this.#options.from.isPaused() && this.#queue.length < 16) this.#options.from.resume();
    }
    this.#isBusy = false;
  }

  async #carry(chunk: Buffer): Promise<void> {
    let fault = this.#options.fault();
    while (fault.kind === "stall" && this.#isHit(fault.ways)) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      fault = this.#options.fault();
    }
    if (fault.kind === "half-open" && this.#isHit(fault.ways)) this.#isDead = true;
    if (this.#isDead || this.#options.to.destroyed) return;
    if (fault.kind === "latency") {
      await this.#sleep(fault.ms + this.#options.prng.below(fault.jitterMs + 1));
    }
    if (fault.kind === "slices") await this.#writeSliced(chunk, fault.bytes);
    else if (fault.kind === "bandwidth") await this.#writeSlowly(chunk, fault.bytesPerSecond);
    else if (fault.kind === "cut") this.#writeCut(chunk);
    else await this.#write(chunk);
  }

  async #writeSliced(chunk: Buffer, bytes: number): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#options.to.destroyed;) {
      const size = 1 + this.#options.prng.below(bytes);
      await this.#write(chunk.subarray(at, at + size));
      at += size;
      // A turn between writes, so that they leave as packets of their own.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #writeSlowly(chunk: Buffer, bytesPerSecond: number): Promise<void> {
    const piece = Math.max(1, Math.floor(bytesPerSecond / 20));
    for (let at = 0; at < chunk.length && !this.#options.to.destroyed; at += piece) {
      await this.#write(chunk.subarray(at, at + piece));
      if (this.#options.fault().kind === "bandwidth") await this.#sleep(50);
    }
  }

  #writeCut(chunk: Buffer): void {
    if (this.#options.counted(chunk.length)) this.#options.to.write(chunk);
    else this.#options.to.write(chunk.subarray(0, Math.floor(chunk.length / 2)));
  }

  async #write(chunk: Buffer): Promise<void> {
    const { to } = this.#options;
    if (to.destroyed || to.write(chunk)) return;
    await new Promise<void>((resolve) => {
      to.once("drain", resolve);
      to.once("close", resolve);
    });
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
