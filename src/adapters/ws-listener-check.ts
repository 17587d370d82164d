/** What a listener checks in an HTTP request before it becomes a link, and how it refuses one. */
import { STATUS_CODES } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIPv4 } from "node:net";
import type { Duplex } from "node:stream";

/** The one path of the protocol. [WIRE 5] */
export const syncPath = "/crdt-sync";

export type RefusalReason = "bad-request" | "token-in-url" | "wrong-path" | "origin" | "full";

/** An HTTP answer instead of a WebSocket. It never quotes the request, which may hold a secret. */
export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  readonly message: string;
}

export const refusals = {
  tokenInUrl: {
    status: 400,
    reason: "token-in-url",
    message: "A token does not belong in a URL, where logs keep it: this one is no longer secret.",
  },
  wrongPath: { status: 404, reason: "wrong-path", message: `Towline syncs at ${syncPath}.` },
  origin: {
    status: 403,
    reason: "origin",
    message: "Pages of this origin may not connect; the node's configuration can allow it.",
  },
  notWebSocket: {
    status: 426,
    reason: "bad-request",
    message: `${syncPath} speaks WebSocket only.`,
  },
  full: {
    status: 503,
    reason: "full",
    message: "This node has as many connections as it takes. Try again later.",
  },
} as const satisfies Record<string, Refusal>;

/** Why this upgrade is refused, or null. [WIRE 5] */
export function refusalOf(
  request: IncomingMessage,
  allowedOrigins: ReadonlySet<string>,
): Refusal | null {
  const { path, hasToken } = targetOf(request);
  if (hasToken) return refusals.tokenInUrl;
  if (path !== syncPath) return refusals.wrongPath;
  // Version 8 of the protocol, which ws speaks too, names the header differently.
  const origins = [request.headers.origin, request.headers["sec-websocket-origin"]];
  for (const origin of origins.flat()) {
    if (origin !== undefined && !allowedOrigins.has(origin)) return refusals.origin;
  }
  return null;
}

/** The path of the request, and whether its query carries a token. */
export function targetOf(request: IncomingMessage): {
  readonly path: string;
  readonly hasToken: boolean;
} {
  const target = request.url ?? "";
  const query = target.indexOf("?");
  if (query < 0) return { path: target, hasToken: false };
  // URLSearchParams decodes, so that `%74oken` is seen as well.
  const names = [...new URLSearchParams(target.slice(query + 1)).keys()];
  const hasToken = names.some((name) => name.toLowerCase() === "token");
  return { path: target.slice(0, query), hasToken };
}

/**
 * The token of `Authorization: Bearer …`, which anyone on the way could read: it counts only when
 * there is no way, or nobody can read on it. [WIRE 5.1]
 */
export function bearerOf(request: IncomingMessage): string | null {
  const header = request.headers.authorization;
  if (header?.slice(0, 7).toLowerCase() !== "bearer ") return null;
  const isEncrypted = "encrypted" in request.socket && request.socket.encrypted === true;
  if (!isEncrypted && !isLoopback(request.socket.remoteAddress)) return null;
  const token = header.slice(7).trim();
  return token === "" ? null : token;
}

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  if (address === "::1") return true;
  const mapped = address.startsWith("::ffff:") ? address.slice(7) : address;
  return isIPv4(mapped) && mapped.startsWith("127.");
}

/** Answers a plain request. */
export function answerWith(response: ServerResponse, refusal: Refusal): void {
  const upgrade = refusal.status === 426 ? { upgrade: "websocket" } : {};
  response.writeHead(refusal.status, {
    "content-type": "application/json",
    // `close` spares us the body of the request.
    connection: refusal.status === 426 ? "close, upgrade" : "close",
    ...upgrade,
  });
  response.end(bodyOf(refusal));
}

/** Answers an upgrade: after that event the socket is ours, and no ServerResponse exists. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = bodyOf(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function bodyOf({ status, message }: Refusal): string {
  return `{"error":{"code":"http/${status}","message":"${message}"}}\n`;
}
