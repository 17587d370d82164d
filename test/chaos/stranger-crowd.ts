/**
 * A process full of strangers: idle, slow and noisy connections to one port, each told from accept
 * to its end. What it is asked comes as a message, and so does what it saw.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface Crowd {
  readonly port: number;
  /** Connections that come at once and say nothing. */
  readonly idle: number;
  /** Connections of all kinds that come one after another in `ms`. */
  readonly mixed: number;
  readonly ms: number;
}

export interface Seen {
  readonly connections: number;
  /** The longest that one of a kind stayed, from connect to close. */
  readonly stayedMs: Readonly<Record<string, number>>;
  /** Connections that were still open at the end. */
  readonly left: number;
  /** How late this process was at most: what it saw may be as late. */
  readonly lagMs: number;
}

const upgrade =
  "GET /crdt-sync HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

function frame(head: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  // The mask is zero, so that the payload goes as it is.
  return Buffer.concat([Uint8Array.from([head, ...size, 0, 0, 0, 0]), payload]);
}

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

function wrongAuth(): Buffer {
  const key = { nonce: hex(32), node: hex(32), mesh: null, audience: "ws://x", version: 2 };
  return frame(0x81, Buffer.from(JSON.stringify({ type: "auth", ...key, sig: hex(64) })));
}

/** Writes `text` a byte at a time, one each second. */
function drip(socket: Socket, bytes: Uint8Array): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, at + 1));
    at += 1;
  }, 1_000);
  socket.once("close", () => clearInterval(timer));
}

/** Writes again and again until the socket ends or does not take more. */
function flood(socket: Socket, bytes: Uint8Array): void {
  const timer = setInterval(() => {
    if (socket.writableLength === 0) socket.write(bytes);
  }, 250);
  socket.once("close", () => clearInterval(timer));
}

const slow = frame(0x81, Buffer.alloc(4_000, 0x20));
const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(0x89, Buffer.alloc(100))));
const crumbs = Buffer.concat([
  frame(0x01, Buffer.from("{")),
  ...Array.from({ length: 3_000 }, () => frame(0x00, new Uint8Array())),
]);
const giant = Buffer.concat([
  Uint8Array.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
  Buffer.alloc(60_000),
]);
const headers = `GET / HTTP/1.1\r\n${"X-Filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(400)}\r\n`;
const early = Array.from({ length: 200 }, () =>
  frame(0x81, Buffer.from('{"type":"bulk","ops":[]}')),
);

/** Says that it is a WebSocket, and goes on without waiting for the answer. */
function upgraded(socket: Socket, then: () => void): void {
  socket.write(upgrade);
  then();
}

/** What each kind does once it is connected. */
const kinds: ReadonlyMap<string, (socket: Socket) => void> = new Map<
  string,
  (socket: Socket) => void
>([
  ["idle", () => undefined],
  ["slow headers", (socket) => drip(socket, Buffer.from(upgrade))],
  ["slow body", (socket) => drip(socket, Buffer.from("POST / HTTP/1.1\r\nHost: x\r\n"))],
  ["silent", (socket) => socket.write(upgrade)],
  ["slow frame", (socket) => upgraded(socket, () => drip(socket, slow))],
  ["noise", (socket) => flood(socket, randomBytes(8_192))],
  ["long headers", (socket) => socket.write(headers)],
  ["pings", (socket) => upgraded(socket, () => flood(socket, pings))],
  ["crumbs", (socket) => upgraded(socket, () => flood(socket, crumbs))],
  ["giant frame", (socket) => upgraded(socket, () => flood(socket, giant))],
  ["wrong auth", (socket) => upgraded(socket, () => socket.write(wrongAuth()))],
  ["early frames", (socket) => socket.write(Buffer.concat([Buffer.from(upgrade), ...early]))],
]);
const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

class Strangers {
  readonly #crowd: Crowd;
  readonly #open = new Set<Socket>();
  readonly #stayed = new Map<string, number>();
  #connections = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  async come(): Promise<void> {
    const { idle, mixed, ms } = this.#crowd;
    for (let at = 0; at < idle; at += 1) {
      this.#connect("idle");
      // A few at a time: what overflows the kernel's queue never comes to the node.
      if (at % 50 === 49) await sleep(5);
    }
    const names = [...kinds.keys()];
    const since = performance.now();
    for (let at = 0; at < mixed; at += 1) {
      const due = (ms * at) / mixed - (performance.now() - since);
      if (due > 1) await sleep(due);
      this.#connect(names[at % names.length] ?? "idle");
    }
  }

  #connect(kind: string): void {
    this.#connections += 1;
    const socket = connect(this.#crowd.port, "127.0.0.1");
    let since = performance.now();
    this.#open.add(socket);
    socket.on("error", () => undefined);
    socket.resume();
    socket.once("connect", () => {
      since = performance.now();
      kinds.get(kind)?.(socket);
    });
    socket.once("end", () => socket.destroy());
    socket.once("close", () => {
      this.#open.delete(socket);
      const stayed = performance.now() - since;
      this.#stayed.set(kind, Math.max(this.#stayed.get(kind) ?? 0, Math.round(stayed)));
    });
  }

  /** Nobody comes any more; those who are there have until `ms` from now. */
  async leave(ms: number): Promise<Seen> {
    const until = performance.now() + ms;
    while (this.#open.size > 0 && performance.now() < until) {
      await sleep(50);
    }
    const stayedMs = Object.fromEntries(this.#stayed);
    const { size: left } = this.#open;
    return { connections: this.#connections, stayedMs, left, lagMs: Math.round(lag.max / 1e6) };
  }
}

process.on("message", (crowd: Crowd) => {
  void attack(crowd).then((seen) => process.send?.(seen, () => process.exit(0)));
});

async function attack(crowd: Crowd): Promise<Seen> {
  const strangers = new Strangers(crowd);
  await strangers.come();
  return await strangers.leave(12_500);
}
