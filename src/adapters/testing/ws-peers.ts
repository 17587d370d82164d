/** For tests of the transport: a listener that records, raw sockets, and frames made by hand. */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { present } from "../../base/assert.ts";
import { dial } from "../ws-dialer.ts";
import type { Link, LinkHandlers } from "../link.ts";
import type { GateClock } from "../stranger-gate.ts";
import { listen } from "../ws-listener.ts";
import type { DropNotice, LinkInfo, ListenOptions, Listener } from "../ws-listener.ts";

/** Polls until `check` holds; only for real sockets, whose time no test can drive. */
export async function until(check: () => boolean, what: string, ms = 8_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What one end of a link has seen. */
export class LinkRecord implements LinkHandlers {
  readonly link: Link;
  readonly frames: { readonly data: Buffer; readonly isBinary: boolean }[] = [];
  /** Called after each frame. */
  afterFrame: () => void = () => undefined;
  readonly closed: number[] = [];
  writtenFrames = 0;
  writtenBytes = 0;
  pongs = 0;

  constructor(link: Link) {
    this.link = link;
  }

  onFrame(data: Uint8Array, isBinary: boolean): void {
    this.frames.push({ data: Buffer.from(data), isBinary });
    this.afterFrame();
  }

  onWritten(frames: number, bytes: number): void {
    this.writtenFrames += frames;
    this.writtenBytes += bytes;
  }

  onPong(): void {
    this.pongs += 1;
  }

  onClosed(code: number): void {
    this.closed.push(code);
  }
}

export class AcceptedRecord extends LinkRecord {
  readonly info: LinkInfo;

  constructor(link: Link, info: LinkInfo) {
    super(link);
    this.info = info;
  }
}

export interface TestListener extends AsyncDisposable {
  readonly listener: Listener;
  readonly port: number;
  readonly accepted: AcceptedRecord[];
  readonly drops: DropNotice[];
  /** The link that was accepted last, once there are `count`. */
  link(count?: number): Promise<AcceptedRecord>;
}

/** A listener on loopback; `admit` admits every link at once. */
export async function testListener(
  options: Partial<ListenOptions> & { readonly admit?: boolean } = {},
): Promise<TestListener> {
  const accepted: AcceptedRecord[] = [];
  const drops: DropNotice[] = [];
  const { admit = false, ...rest } = options;
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    allowedOrigins: [],
    onLink: (link, info) => {
      const record = new AcceptedRecord(link, info);
      accepted.push(record);
      if (admit) info.admitted();
      return record;
    },
    onDrop: (notice) => drops.push(notice),
    ...rest,
  });
  return {
    listener,
    port: listener.port,
    accepted,
    drops,
    link: async (count = 1) => {
      await until(() => accepted.length >= count, `link ${count} was accepted`);
      return present(accepted.at(-1), "there is at least one");
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** A link that is dialled to the port, and its record. */
export async function testDial(port: number): Promise<LinkRecord> {
  const records: LinkRecord[] = [];
  await dial({ url: `ws://127.0.0.1:${port}` }, (link) => {
    const record = new LinkRecord(link);
    records.push(record);
    return record;
  });
  return present(records[0], "a dial that succeeds opens a link");
}

/** A clock that moves only when told to. */
export function drivenClock(): GateClock & { advance(ms: number): void; timers(): number } {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  return {
    now: () => now,
    setTimer: (ms, fire) => {
      const timer = { at: now + ms, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      now += ms;
      for (const timer of [...timers]) {
        if (timer.at > now || !timers.delete(timer)) continue;
        timer.fire();
      }
    },
    timers: () => timers.size,
  };
}

/** A TCP client that says exactly what the test says. */
export class RawPeer implements Disposable {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("data", (chunk) => (this.#received = Buffer.concat([this.#received, chunk])));
    this.socket.on("error", () => undefined);
    this.socket.on("end", () => (this.isClosed = true));
    this.socket.on("close", () => (this.isClosed = true));
  }

  static async connect(port: number): Promise<RawPeer> {
    const peer = new RawPeer(port);
    await once(peer.socket, "connect");
    return peer;
  }

  /** Connects and asks for a WebSocket; resolves when the answer has come. */
  static async upgrade(port: number, request: UpgradeRequest = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest(request));
    await until(() => peer.status !== null || peer.isClosed, "the upgrade was answered");
    return peer;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  get text(): string {
    return this.#received.toString("latin1");
  }

  /** The status of the HTTP answer, or null while it has not come. */
  get status(): number | null {
    const end = this.#received.indexOf("\r\n\r\n");
    return end < 0 ? null : Number(this.text.slice(9, 12));
  }

  /** The code of the close frame that came, or null. */
  get closeCode(): number | null {
    const close = this.#frames().find(({ opcode }) => opcode === 8);
    return close === undefined ? null : close.payload.readUInt16BE(0);
  }

  count(opcode: number): number {
    return this.#frames().filter((frame) => frame.opcode === opcode).length;
  }

  async closedWith(code: number): Promise<void> {
    await until(() => this.closeCode !== null || this.isClosed, `a close frame came (${code})`);
    if (this.closeCode !== code) throw new Error(`closed with ${this.closeCode}, not ${code}`);
  }

  #frames(): { readonly opcode: number; readonly payload: Buffer }[] {
    const frames: { opcode: number; payload: Buffer }[] = [];
    let at = this.#received.indexOf("\r\n\r\n") + 4;
    while (at + 2 <= this.#received.length) {
      const opcode = this.#received.readUInt8(at) & 15;
      let length = this.#received.readUInt8(at + 1);
      let header = 2;
      if (length === 126) {
        length = this.#received.readUInt16BE(at + 2);
        header = 4;
      } else if (length === 127) {
        length = Number(this.#received.readBigUInt64BE(at + 2));
        header = 10;
      }
      if (at + header + length > this.#received.length) break;
      frames.push({ opcode, payload: this.#received.subarray(at + header, at + header + length) });
      at += header + length;
    }
    return frames;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

export interface UpgradeRequest {
  readonly target?: string;
  readonly headers?: readonly string[];
}

export function upgradeRequest({
  target = "/crdt-sync",
  headers = [],
}: UpgradeRequest = {}): string {
  return [
    `GET ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
    "\r\n",
  ].join("\r\n");
}

/** A frame of a client, masked with zeros; `claims` writes another length than the payload's. */
export function frame(options: {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly isFinal?: boolean;
  readonly rsv1?: boolean;
  readonly masked?: boolean;
  readonly claims?: bigint;
}): Buffer {
  const { opcode, payload = "", isFinal = true, rsv1 = false, masked = true, claims } = options;
  const body = Buffer.from(payload);
  const first = opcode | (isFinal ? 0x80 : 0) | (rsv1 ? 0x40 : 0);
  const maskBit = masked ? 0x80 : 0;
  const mask = masked ? Buffer.alloc(4) : Buffer.alloc(0);
  if (body.length < 126 && claims === undefined) {
    return Buffer.concat([Buffer.from([first, maskBit | body.length]), mask, body]);
  }
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(claims ?? BigInt(body.length));
  return Buffer.concat([Buffer.from([first, maskBit | 127]), length, mask, body]);
}
