/**
 * Dials a listener's URL and opens a link, or says why not: one error code for each way to fail.
 */
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import { present } from "../base/assert.ts";
import { TowlineError } from "../base/errors.ts";
import { handshakeMs } from "../base/limits.ts";
import { openLink, webSocketOptions } from "./link.ts";
import type { Link, LinkHandlers } from "./link.ts";
import { isLoopback, syncPath } from "./ws-listener-check.ts";

/** From the call to the open WebSocket: look-up, connect, TLS and upgrade together. */
const dialMs = handshakeMs;

export interface DialRequest {
  /** As a person typed it; see `dialUrl`. */
  readonly url: string;
  /** A token to send in clear. Only for wss:// and for this machine, or the dial is refused. */
  readonly bearer?: string;
  /** Rejects the dial with the signal's reason. Has no effect on a link that is open. */
  readonly signal?: AbortSignal;
  /** Shorter, for tests. */
  readonly timeoutMs?: number;
}

/**
 * Opens a link. `open` is called synchronously when the WebSocket opens, before its first frame
 * and before the promise resolves.
 */
export async function dial(
  request: DialRequest,
  open: (link: Link) => LinkHandlers,
): Promise<Link> {
  const url = new URL(dialUrl(request.url));
  const options: ClientOptions = {
    ...webSocketOptions,
    followRedirects: false,
    headers: bearerHeaders(url, request.bearer),
  };
  const { signal, timeoutMs = dialMs } = request;
  signal?.throwIfAborted();
  return await new Promise<Link>((resolve, reject) => {
    const ws = new WebSocket(url, options);
    // An absolute deadline: `handshakeTimeout` of ws starts anew with every byte.
    const timer = setTimeout(() => settle(() => fail(timedOut(url, timeoutMs))), timeoutMs);
    const abort = (): void => settle(() => fail(signal?.reason));
    signal?.addEventListener("abort", abort);
    let socket: Duplex | null = null;
    let isSettled = false;

    ws.once("upgrade", (response) => (socket = response.socket));
    ws.once("open", () =>
      settle(() => {
        try {
          const upgraded = present(socket, "ws reports the upgrade before it opens");
          resolve(openLink({ ws, socket: upgraded, remote: url.host, open }));
        } catch (bug) {
          fail(bug);
        }
      }),
    );
    ws.once("unexpected-response", (_request, response) =>
      settle(() => fail(refused(url, response.statusCode ?? 0))),
    );
    // Stays for good: the end that `fail` makes is reported as an error as well.
    ws.on("error", (cause) => settle(() => fail(unreachable(url, cause))));

    function settle(finish: () => void): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      finish();
    }
    function fail(reason: unknown): void {
      ws.terminate();
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the signal's
      reject(reason);
    }
  });
}

/**
 * The URL to dial for what a person typed: `ws://` when there is no scheme, ws for http and wss
 * for https, and the path of the protocol when there is none. Throws `dial/url-invalid`.
 */
export function dialUrl(text: string): string {
  const url = parseUrl(text.trim());
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw invalid(`A node is reached by ws:// or wss://, not by ${url.protocol}//`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("The URL of a node holds no user name or password. Leave them out.");
  }
  if ([...url.searchParams.keys()].some((name) => name.toLowerCase() === "token")) {
    throw invalid("A token does not belong in a URL, where logs keep it. Use --token.");
  }
  if (url.hash !== "") throw invalid("The URL of a node ends before the #. Leave the rest out.");
  if (url.pathname === "/") url.pathname = syncPath;
  return url.href;
}

function parseUrl(text: string): URL {
  const withScheme = text.includes("://") ? text : `ws://${text}`;
  const url = URL.parse(withScheme);
  // The text is not quoted: it may be a token in the wrong place.
  if (url === null) throw invalid("This is not the URL of a node. It looks like ws://host:4747");
  return url;
}

function bearerHeaders(url: URL, bearer: string | undefined): Record<string, string> {
  if (bearer === undefined) return {};
  if (url.protocol !== "wss:" && !isThisMachine(url.hostname)) {
    throw invalid("A token in clear goes over wss:// or to this machine only.");
  }
  for (let at = 0; at < bearer.length; at += 1) {
    const code = bearer.charCodeAt(at);
    if (code <= 32 || code >= 127) {
      throw new TowlineError("token/invalid", "A token sent in clear is made of ASCII, no spaces.");
    }
  }
  return { authorization: `Bearer ${bearer}` };
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || isLoopback(hostname);
}

function invalid(message: string): TowlineError {
  return new TowlineError("dial/url-invalid", message);
}

function notTowline(url: URL, why: string, cause?: unknown): TowlineError {
  const message = `What answers at ${url.host} is no Towline node: ${why}. Check host and port.`;
  return new TowlineError("dial/not-towline", message, { cause });
}

function timedOut(url: URL, timeoutMs: number): TowlineError {
  return new TowlineError(
    "dial/unreachable",
    `${url.host} did not answer within ${timeoutMs / 1_000} s. ` +
      "Check that the node runs and that no firewall is between.",
  );
}

/** What an HTTP answer means that came instead of a WebSocket. */
function refused(url: URL, status: number): TowlineError {
  if (status === 200) return notTowline(url, "it serves web pages (HTTP 200)");
  return new TowlineError("dial/refused", `${url.host} refused (HTTP ${status}): ${hint(status)}`);
}

function hint(status: number): string {
  switch (status) {
    case 400:
      return "it did not understand the request. Check that both sides are up to date.";
    case 401:
    case 407:
      return "a proxy in front of it wants a login, which Towline does not do.";
    case 403:
      return "it does not take connections from this origin.";
    case 404:
      return `it has nothing at this path. Nodes sync at ${syncPath}.`;
    case 426:
      return "something on the way removed the WebSocket upgrade.";
    case 503:
      return "it is busy. Try again later.";
    case 502:
    case 504:
      return "the proxy in front of it does not reach the node. Check that the node runs.";
    default:
      if (status >= 300 && status < 400) return "it redirects elsewhere. Use the final URL.";
      return "see its log for the reason.";
  }
}

/** What an error of the socket means, before the WebSocket was open. */
function unreachable(url: URL, cause: Error): TowlineError {
  const code = "code" in cause ? String(cause.code) : "";
  const say = (text: string): TowlineError =>
    new TowlineError("dial/unreachable", `${text} (${code})`, { cause });
  switch (code) {
    case "ECONNREFUSED":
      return say(`Nothing listens at ${url.host}. Check that the node runs, and its port.`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return say(`The name ${url.hostname} does not resolve. Check its spelling and the network.`);
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
      return say(`There is no way to ${url.host}. Check the network and firewalls.`);
    case "ECONNRESET":
    case "EPIPE":
      return say(`${url.host} hung up before it answered. Try again; check host and port.`);
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return notTowline(url, "it does not speak TLS, try ws:// instead of wss://", cause);
    default:
      // ws and the HTTP parser found nonsense in the answer.
      if (code === "" || code.startsWith("HPE_") || code.startsWith("WS_ERR_")) {
        return notTowline(url, "it does not answer as a WebSocket", cause);
      }
      if (code.includes("CERT") || code.includes("SIGN") || code.includes("TLS")) {
        return say(`The certificate of ${url.host} is not accepted. NODE_EXTRA_CA_CERTS adds one.`);
      }
      return say(`Cannot reach ${url.host}.`);
  }
}
