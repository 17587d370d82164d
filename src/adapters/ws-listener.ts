/**
 * Accepts WebSockets at /crdt-sync beside plain HTTP, hands each over as a link, and holds every
 * limit that applies to strangers: time, number, bytes, origins. It decides nothing about peers.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DropArgument } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import {
  connectionsMax,
  handshakeMs,
  headerBytesMax,
  headersMs,
  lateCheckMs,
  requestMs,
  strangerFrameBytesMax,
  strangerSlackBytes,
  strangersMax,
} from "../base/limits.ts";
import { openLink, webSocketOptions } from "./link.ts";
import type { Link, LinkHandlers } from "./link.ts";
import { StrangerGate } from "./stranger-gate.ts";
import type { GateClock } from "./stranger-gate.ts";
import { bind, endpoint, urlsOf } from "./ws-listener-bind.ts";
import {
  answerWith,
  bearerOf,
  refusalOf,
  refusals,
  refuseUpgrade,
  syncPath,
  targetOf,
} from "./ws-listener-check.ts";
import type { RefusalReason } from "./ws-listener-check.ts";

export interface LinkInfo {
  readonly remote: string;
  /** The token that came in clear, where that is safe; else null. Never log it. */
  readonly bearer: string | null;
  /**
   * The peer has authenticated. Call it before the welcome goes out: what comes after the welcome
   * may be larger than a stranger's bytes.
   */
  admitted(): void;
}

/** A connection that ended or never came to be, for logs and counters. */
export interface DropNotice {
  readonly reason: RefusalReason | "deadline" | "evicted" | "too-much" | "server-error";
  readonly remote: string;
}

/** Answers plain HTTP. An answer that takes long (over `handshakeMs`) needs `admitted` first. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  peer: { readonly remote: string; admitted(): void },
) => void;

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Origins of web pages that may connect; nodes send none. */
  readonly allowedOrigins: readonly string[];
  readonly httpHandler?: HttpHandler;
  /** Called synchronously when a WebSocket opens, before its first frame. */
  onLink(link: Link, info: LinkInfo): LinkHandlers;
  onDrop(notice: DropNotice): void;
  /** Smaller bounds and a driven clock, for tests. */
  readonly limits?: Partial<ListenLimits>;
  readonly clock?: GateClock;
}

export interface ListenLimits {
  readonly strangersMax: number;
  readonly connectionsMax: number;
  readonly handshakeMs: number;
  readonly headersMs: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** The first of `urls`. */
  readonly url: string;
  /** All URLs under which this listener is reached, the likeliest for others first. */
  readonly urls: readonly string[];
  /** Stops accepting, closes what is open with 1001, and resolves when all sockets are gone. */
  close(): Promise<void>;
}

/** Starts to accept. Rejects with `listen/port-taken` or `listen/failed`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host } = options;
  const door = new Door(options);
  const port = await bind(door.server, host, options.port);
  // Before this point every error is the reason why nothing listens.
  door.server.on("error", () => {
    options.onDrop({ reason: "server-error", remote: endpoint(host, port) });
  });
  const urls = urlsOf(host, port);
  return { host, port, url: urls[0] ?? "", urls, close: () => door.close() };
}

/** One accepted socket, from accept to its end. */
interface Peer {
  readonly socket: Duplex;
  readonly remote: string;
  isAdmitted: boolean;
  link: Link | null;
  /** Leaves the waiting room. */
  leave(): void;
}

class Door {
  readonly server: Server;
  readonly #options: ListenOptions;
  readonly #origins: ReadonlySet<string>;
  readonly #webSockets = new WebSocketServer({
    ...webSocketOptions,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => false,
  });
  readonly #gate: StrangerGate;
  readonly #peers = new Map<Duplex, Peer>();
  readonly #admittedMax: number;
  #admittedCount = 0;

  constructor(options: ListenOptions) {
    const limits = { strangersMax, connectionsMax, handshakeMs, headersMs, ...options.limits };
    this.#options = options;
    this.#origins = new Set(options.allowedOrigins);
    // Strangers have seats of their own, so that they cannot take those of peers.
    this.#admittedMax = limits.connectionsMax - limits.strangersMax;
    this.#gate = new StrangerGate({
      clock: options.clock ?? systemClock,
      strangersMax: limits.strangersMax,
      deadlineMs: limits.handshakeMs,
    });
    this.server = createServer({
      maxHeaderSize: headerBytesMax,
      headersTimeout: limits.headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(lateCheckMs, limits.headersMs),
    });
    // A limit on their number would drop headers in silence, and one of them may be Origin.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = limits.connectionsMax;
    this.server.on("connection", (socket) => {
      this.#accepted(socket, endpoint(socket.remoteAddress ?? "?", socket.remotePort ?? 0));
    });
    this.server.on("drop", (data?: DropArgument) => {
      this.#drop("full", endpoint(data?.remoteAddress ?? "?", data?.remotePort ?? 0));
    });
    this.server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.server.on("request", (request, response) => this.#answer(request, response));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { link, socket } of [...this.#peers.values()]) {
      if (link === null) socket.destroy();
      else link.close(1001, "going away");
    }
    await closed;
  }

  #accepted(socket: Duplex, remote: string): void {
    const peer: Peer = { socket, remote, isAdmitted: false, link: null, leave: noop };
    socket.on("error", noop);
    peer.leave = this.#gate.enter({
      expire: () => {
        this.#drop("deadline", remote);
        if (peer.link === null) socket.destroy();
        else peer.link.close(4408, "handshake timeout");
      },
      evict: () => {
        this.#drop("evicted", remote);
        socket.destroy();
      },
    });
    this.#peers.set(socket, peer);
    socket.once("close", () => {
      peer.leave();
      this.#peers.delete(socket);
      if (peer.isAdmitted) this.#admittedCount -= 1;
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const peer = this.#peers.get(socket);
    if (peer === undefined || socket.destroyed) return;
    const refusal = refusalOf(request, this.#origins) ?? (this.#isFull() ? refusals.full : null);
    if (refusal !== null) {
      this.#drop(refusal.reason, peer.remote);
      refuseUpgrade(socket, refusal);
      return;
    }
    const open = (ws: WebSocket): void => this.#open(peer, ws, bearerOf(request));
    this.#webSockets.handleUpgrade(request, socket, head, open);
  }

  #open(peer: Peer, ws: WebSocket, bearer: string | null): void {
    const stopCounting = this.#countBytes(peer, ws);
    const admitted = (): void => {
      stopCounting();
      this.#admit(peer);
    };
    const info: LinkInfo = { remote: peer.remote, bearer, admitted };
    openLink({
      ws,
      socket: peer.socket,
      remote: peer.remote,
      open: (link) => {
        peer.link = link;
        return this.#options.onLink(link, info);
      },
    });
  }

  /** Bounds what a stranger can make us buffer: ws knows only the far larger bound of peers. */
  #countBytes(peer: Peer, ws: WebSocket): () => void {
    let bytes = 0;
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes <= strangerFrameBytesMax + strangerSlackBytes) return;
      peer.socket.off("data", count);
      this.#drop("too-much", peer.remote);
      peer.link?.close(1009, "too big");
      // Nothing more is read: the close frame goes out, and 2 s later the socket ends.
      ws.pause();
    };
    // First in line, so that a frame which is too big is never delivered.
    peer.socket.prependListener("data", count);
    return () => peer.socket.off("data", count);
  }

  #admit(peer: Peer): void {
    if (peer.isAdmitted || peer.socket.destroyed) return;
    peer.isAdmitted = true;
    this.#admittedCount += 1;
    peer.leave();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const peer = this.#peers.get(request.socket);
    const { path, hasToken } = targetOf(request);
    const { httpHandler } = this.#options;
    if (peer === undefined) response.destroy();
    else if (hasToken) answerWith(response, refusals.tokenInUrl);
    else if (path === syncPath) answerWith(response, refusals.notWebSocket);
    else if (this.#isFull()) answerWith(response, refusals.full);
    else if (httpHandler === undefined) answerWith(response, refusals.wrongPath);
    else httpHandler(request, response, { remote: peer.remote, admitted: () => this.#admit(peer) });
  }

  #isFull(): boolean {
    return this.#admittedCount >= this.#admittedMax;
  }

  #drop(reason: DropNotice["reason"], remote: string): void {
    this.#options.onDrop({ reason, remote });
  }
}

function noop(): void {
  // An 'error' event without a listener would end the process; 'close' follows and says enough.
}

const systemClock: GateClock = {
  now: () => performance.now(),
  setTimer: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};
