/** One open WebSocket as the driver of the core sees it: frames in, frames out, and one end. */
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { RawData } from "ws";
import { assert } from "../base/assert.ts";
import {
  bufferedChunksMax,
  closeMs,
  fragmentsMax,
  frameBytesMax,
  pendingPongsMax,
  reasonBytesMax,
} from "../base/limits.ts";

/** What both listener and dialer set on a WebSocket; no default of ws is relied on. */
export const webSocketOptions = {
  maxPayload: frameBytesMax,
  maxFragments: fragmentsMax,
  maxBufferedChunks: bufferedChunksMax,
  autoPong: true,
  maxPendingAutoPongs: pendingPongsMax,
  closeTimeout: closeMs,
  perMessageDeflate: false,
  // The core reads frames as strict UTF-8 itself, and closes with 4400. [WIRE 5]
  skipUTF8Validation: true,
  allowSynchronousEvents: true,
} as const;

export interface Link {
  /** Address of the other side, for people. */
  readonly remote: string;
  /** Payload bytes that came, and that went to the kernel, over this link. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** A string goes as a text frame, bytes as a binary one. Does nothing once the link closes. */
  send(frame: string | Uint8Array): void;
  ping(): void;
  /** Sends a close frame; 2 s later the socket is gone in any case. Only the first call counts. */
  close(code: number, reason: string): void;
  /** Destroys the socket and whatever was on its way. */
  terminate(): void;
  /** Stops reading. Frames that the socket has delivered already (up to 64 KiB) come afterwards. */
  pause(): void;
  resume(): void;
}

/** Where a link reports. A throw from here is a bug: it ends the link, and then the process. */
export interface LinkHandlers {
  /** A whole message. `data` is a view of the socket's buffer: copy what you keep. */
  onFrame(data: Uint8Array, isBinary: boolean): void;
  /** So many frames of so many payload bytes went to the kernel, in the order of `send`. */
  onWritten(frames: number, bytes: number): void;
  onPong(): void;
  /** Comes once, last, and never from within a call on the link. 1006 without a close frame. */
  onClosed(code: number): void;
}

/** Wraps an open WebSocket; `open` gets the link and says where it reports. */
export function openLink({
  ws,
  socket,
  remote,
  open,
}: {
  readonly ws: WebSocket;
  /** The socket under `ws`, to learn that the other side has stopped sending. */
  readonly socket: Duplex;
  readonly remote: string;
  readonly open: (link: Link) => LinkHandlers;
}): Link {
  assert(ws.readyState === WebSocket.OPEN, "a link wraps an open WebSocket");
  const link = new WebSocketLink(ws, remote);
  // Without a close frame ws waits for our side to drain, which a dead reader never lets happen.
  socket.once("end", () => link.terminateSoon());
  link.reportTo(open(link));
  return link;
}

interface HeldFrame {
  readonly data: Uint8Array;
  readonly isBinary: boolean;
}

class WebSocketLink implements Link {
  readonly remote: string;
  receivedBytes = 0;
  sentBytes = 0;
  readonly #ws: WebSocket;
  #handlers: LinkHandlers | null = null;
  /** The code of the close frame that we sent first, or of the fault that ws found. */
  #ownCode: number | null = null;
  #isClosing = false;
  #isClosed = false;
  #isPaused = false;
  /** Frames that came while the link was paused. */
  #held: HeldFrame[] = [];
  /** How the connection ended while such frames were waiting. */
  #heldCode: number | null = null;
  #writtenFrames = 0;
  #writtenBytes = 0;
  #closeTimer: NodeJS.Timeout | null = null;

  constructor(ws: WebSocket, remote: string) {
    this.remote = remote;
    this.#ws = ws;
    ws.on("message", (data, isBinary) => this.#received(data, isBinary));
    ws.on("pong", () => {
      if (!this.#isClosing) this.#report((handlers) => handlers.onPong());
    });
    ws.on("error", (error) => {
      this.#ownCode ??= closeCodeOf(error);
      this.terminateSoon();
    });
    ws.on("close", (code) => this.#closed(code));
  }

  reportTo(handlers: LinkHandlers): void {
    this.#handlers = handlers;
  }

  send(frame: string | Uint8Array): void {
    if (this.#isClosing || this.#ws.readyState !== WebSocket.OPEN) return;
    const isBinary = typeof frame !== "string";
    const bytes = isBinary ? frame : Buffer.from(frame);
    this.#ws.send(bytes, { binary: isBinary }, (error) => {
      if (!error) this.#wrote(bytes.length);
    });
  }

  ping(): void {
    if (!this.#isClosing && this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }

  close(code: number, reason: string): void {
    if (this.#isClosing || this.#isClosed) return;
    this.#isClosing = true;
    this.#dropHeld();
    // When the other side closed first, its code is the one to report.
    if (this.#ws.readyState === WebSocket.OPEN) this.#ownCode ??= code;
    this.#ws.close(code, fitReason(reason));
    // A paused socket would never see the other side's close frame.
    this.#ws.resume();
    this.terminateSoon();
  }

  terminate(): void {
    this.#isClosing = true;
    this.#dropHeld();
    this.#ws.terminate();
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosing) this.#ws.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#handOver();
  }

  /** Hands over what came during the pause, until somebody pauses again; then reads on. */
  #handOver(): void {
    while (!this.#isPaused) {
      const frame = this.#held.shift();
      if (frame === undefined) break;
      this.#report((handlers) => handlers.onFrame(frame.data, frame.isBinary));
    }
    if (this.#isPaused) return;
    this.#dropHeld();
    if (!this.#isClosing) this.#ws.resume();
  }

  /** No frame is waiting any more, and so the end that waited behind them may be told. */
  #dropHeld(): void {
    this.#held = [];
    const code = this.#heldCode;
    this.#heldCode = null;
    if (code !== null) process.nextTick(() => this.#closed(code));
  }

  /** The end of the wait for a polite end. */
  terminateSoon(): void {
    if (this.#isClosed) return;
    this.#closeTimer ??= setTimeout(() => this.#ws.terminate(), closeMs);
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    assert(data instanceof Uint8Array, "ws hands over whole messages as Buffers");
    this.receivedBytes += data.length;
    if (this.#isPaused) {
      this.#held.push({ data, isBinary });
      return;
    }
    this.#report((handlers) => handlers.onFrame(data, isBinary));
  }

  /**
   * The kernel took a frame. What it takes in one turn of the event loop is reported in the next,
   * when timers and the others had theirs: a kernel that takes all at once must not keep them
   * waiting while we fill it.
   */
  #wrote(bytes: number): void {
    if (this.#writtenFrames === 0) setImmediate(() => setImmediate(() => this.#reportWritten()));
    this.#writtenFrames += 1;
    this.#writtenBytes += bytes;
    this.sentBytes += bytes;
  }

  #reportWritten(): void {
    const [frames, bytes] = [this.#writtenFrames, this.#writtenBytes];
    this.#writtenFrames = 0;
    this.#writtenBytes = 0;
    if (!this.#isClosed) this.#report((handlers) => handlers.onWritten(frames, bytes));
  }

  #closed(code: number): void {
    if (this.#isClosed) return;
    if (this.#held.length > 0) {
      this.#heldCode = code;
      return;
    }
    this.#isClosing = true;
    this.#isClosed = true;
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
    this.#report((handlers) => handlers.onClosed(this.#ownCode ?? code));
  }

  /**
   * Calls the driver. What it throws must not unwind through ws, whose parser would be left half
   * way, nor be swallowed: it is thrown again on a stack of its own.
   */
  #report(call: (handlers: LinkHandlers) => void): void {
    if (this.#handlers === null) return;
    try {
      call(this.#handlers);
    } catch (cause) {
      this.terminate();
      const bug = new Error("bug in towline: a handler of a link threw", { cause });
      process.nextTick(() => {
        throw bug;
      });
    }
  }
}

/** The close code that ws sent for a fault of the other side; null when the socket failed. */
function closeCodeOf(error: Error): number | null {
  const code = "code" in error ? String(error.code) : "";
  switch (code) {
    case "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH":
    case "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH":
      return 1009;
    case "WS_ERR_TOO_MANY_BUFFERED_PARTS":
      return 1008;
    case "WS_ERR_INVALID_UTF8":
      return 1007;
    default:
      return code.startsWith("WS_ERR_") ? 1002 : null;
  }
}

function fitReason(reason: string): string {
  let fit = reason.toWellFormed();
  while (Buffer.byteLength(fit) > reasonBytesMax) fit = fit.slice(0, -1).toWellFormed();
  return fit;
}
