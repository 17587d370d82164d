/**
 * Under which names this node may be asked. A web page can make its own name mean this machine (DNS
 * rebinding); what it cannot do is to make the browser send another Host than that name.
 */
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../../adapters/ws-listener-check.ts";

export interface OriginSettings {
  /** What the configuration says to listen on, as it is there. */
  readonly listenHost: string;
  /** ws:// and wss:// URLs under which others reach this node. */
  readonly publicUrls: readonly string[];
}

/** The origin that a page of this node has in this request; null when Host names another server. */
export function ownOrigin(
  request: IncomingMessage,
  { listenHost, publicUrls }: OriginSettings,
): string | null {
  const { host } = request.headers;
  // Of several, Node takes the first; a proxy on the way may have taken the last.
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/iu.test(name));
  if (hosts.length !== 1) return null;
  const url = host === undefined ? null : URL.parse(`http://${host}`);
  if (url === null || host === undefined || url.host !== hostOf(host)) return null;
  for (const each of publicUrls) {
    const meant = URL.parse(each.replace(/^ws/u, "http"));
    if (meant === null) continue;
    const asked = URL.parse(`${meant.protocol}//${host}`);
    if (asked?.host === meant.host) return meant.origin;
  }
  const name = url.hostname.replace(/^\[|\]$/gu, "");
  const local = (request.socket.localAddress ?? "").replace(/^::ffff:/u, "");
  const isOurs =
    name === "localhost" || isLoopback(name) || name === local || name === listenHost.toLowerCase();
  return isOurs ? url.origin : null;
}

/** As URL writes it: lower case, without the port that goes without saying. */
function hostOf(host: string): string {
  return host.toLowerCase().replace(/:80$/u, "");
}
