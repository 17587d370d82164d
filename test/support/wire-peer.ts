/**
 * One WebSocket as an outsider sees it: frames in the order in which they came, the ops in them,
 * how it ended, and every rule of the wire that the other side broke on the way.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { until } from "./until.ts";
import type { MadeOp, WireOp } from "./wire-op.ts";
import { isOpSigned, made } from "./wire-op.ts";

export const frameBytesMax = 1_048_576;

export type Json = Readonly<Record<string, unknown>>;

export interface WireFrame {
  /** The type of a control frame; `live` for a binary one, `binary` for one of version 3. */
  readonly type: string;
  readonly isBinary: boolean;
  readonly bytes: number;
  readonly json: Json;
}

export interface WireEnd {
  readonly code: number;
  readonly reason: string;
}

export class WirePeer {
  readonly ws: WebSocket;
  /** Under the WebSocket of a connection that we dialled. */
  socket: Socket | null = null;
  readonly frames: WireFrame[] = [];
  /** Ops that the other side sent, by id. */
  readonly ops = new Map<string, MadeOp>();
  /** How often each op came. */
  readonly copies = new Map<string, number>();
  /** Rules that the other side broke. */
  readonly faults: string[] = [];
  /** Ids that count as known when the order of what comes is judged. */
  readonly known = new Set<string>();
  mesh = "";
  /** Binary frames are those of version 3: kept here, and handed to `onBinary` as they come. */
  isVersion3 = false;
  readonly binaries: Buffer[] = [];
  onBinary: ((data: Buffer) => void) | null = null;
  end: WireEnd | null = null;
  pings = 0;
  #taken = 0;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on("message", (data: Buffer, isBinary) => this.#received(data, isBinary));
    ws.on("ping", () => (this.pings += 1));
    ws.on("error", () => undefined);
    ws.on("close", (code, reason) => (this.end = { code, reason: reason.toString("utf8") }));
  }

  /** Sends text or an object as a text frame, bytes as a binary one. */
  send(frame: string | Uint8Array | Json): void {
    if (frame instanceof Uint8Array) this.ws.send(frame, { binary: true });
    else this.ws.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends frames in one segment. */
  sendTogether(frames: readonly (string | Uint8Array)[]): void {
    this.socket?.cork();
    for (const frame of frames) this.send(frame);
    this.socket?.uncork();
  }

  sendClock(clock: Readonly<Record<string, number>> = {}): void {
    this.send({ type: "clock", clock });
  }

  sendReady(): void {
    this.send({ type: "ready" });
  }

  sendBulk(ops: readonly MadeOp[]): void {
    for (const { id } of ops) this.known.add(id);
    this.send({ type: "bulk", ops: ops.map(({ op }) => op) });
  }

  sendLive(op: MadeOp): void {
    this.known.add(op.id);
    this.send(Buffer.from(JSON.stringify({ v: 1, op: op.op })));
  }

  /** The next frame that was not taken yet. */
  async next(what = "the next frame"): Promise<WireFrame> {
    return await until(
      () => {
        const frame = this.frames[this.#taken];
        if (frame !== undefined) this.#taken += 1;
        else if (this.end !== null) throw new Error(`closed ${this.#ending()} before ${what}`);
        return frame;
      },
      () => `${what} came; there were ${this.frames.map(({ type }) => type).join(" ")}`,
    );
  }

  /** Takes frames up to and with the next one of `type`. */
  async take(type: string): Promise<WireFrame> {
    for (;;) {
      const frame = await this.next(type);
      if (frame.type === type) return frame;
    }
  }

  /** The frames of `type` so far. */
  of(type: string): readonly WireFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  async gotOp(id: string): Promise<void> {
    await until(
      () => {
        if (this.end !== null) throw new Error(`closed ${this.#ending()} before op ${id}`);
        return this.ops.has(id);
      },
      () => `op ${id} came; ${this.ops.size} others did`,
    );
  }

  async ended(): Promise<WireEnd> {
    return await until(
      () => this.end,
      () => `the connection closed; frames: ${this.frames.map(({ type }) => type).join(" ")}`,
    );
  }

  /** A round trip: whatever the other side sent before has come when this resolves. */
  async roundTrip(): Promise<void> {
    let isBack = false;
    this.ws.once("pong", () => (isBack = true));
    this.ws.ping();
    await until(() => isBack || this.end !== null, "the pong came");
  }

  /** Closes politely and waits for the end. */
  async hangUp(): Promise<void> {
    this.ws.close(1000, "done");
    await this.ended();
  }

  /** The end of the TCP connection, without a close frame. */
  cut(): void {
    this.ws.terminate();
  }

  #ending(): string {
    return `with ${this.end?.code ?? "?"} ${this.end?.reason ?? ""}`;
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (data.length > frameBytesMax) this.faults.push(`a frame of ${data.length} bytes`);
    if (isBinary && this.isVersion3) {
      this.frames.push({ type: "binary", isBinary, bytes: data.length, json: {} });
      this.binaries.push(data);
      this.onBinary?.(data);
      return;
    }
    const json = parsed(data);
    if (json === null) {
      this.faults.push("a frame that is no JSON object");
      return;
    }
    const type = isBinary ? "live" : String(json["type"]);
    this.frames.push({ type, isBinary, bytes: data.length, json });
    if (type === "live") this.#takeLive(json);
    if (type !== "bulk") return;
    this.judge((json["ops"] as readonly WireOp[]).map((op) => made(this.mesh, op)));
  }

  #takeLive(json: Json): void {
    const op = json["op"] as WireOp;
    if (json["v"] !== 1) this.faults.push("a live frame of another version");
    if (op.sig === null) this.faults.push("a live frame without a signature");
    this.judge([op].map((each) => made(this.mesh, each)));
  }

  /** Judges a frame: signatures, who vouches for unsigned ops, ancestors first. */
  judge(all: readonly MadeOp[]): void {
    const vouched = new Set<string>();
    for (const { id, op } of [...all].reverse()) {
      if (op.sig === null) {
        if (!vouched.has(id)) this.faults.push(`nothing in its frame vouches for ${id}`);
      } else if (!isOpSigned(op, id)) this.faults.push(`the signature of ${id} is wrong`);
      vouched.add(op.prev);
    }
    for (const each of all) {
      const { id, op } = each;
      for (const ancestor of [...(op.seq > 1 ? [op.prev] : []), ...op.deps]) {
        if (!this.known.has(ancestor)) this.faults.push(`${id} came before its ancestor`);
      }
      this.known.add(id);
      this.ops.set(id, each);
      this.copies.set(id, (this.copies.get(id) ?? 0) + 1);
    }
  }
}

function parsed(data: Buffer): Json | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    return isObject ? (json as Json) : null;
  } catch {
    return null;
  }
}
