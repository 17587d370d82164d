/**
 * Who a request comes from and whether that suffices: Host, token or session, role, and for writes
 * of browsers that the page is our own.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { TowlineError } from "../../base/errors.ts";
import type { Role } from "../../client/contract.ts";
import type { Web } from "../web.ts";
import type { AccessEntry } from "../../node/access-file.ts";
import { isAccessToken } from "../../node/access-file.ts";
import { ownOrigin } from "./origin.ts";
import type { Principal } from "./sessions.ts";
import { isSameSecret } from "./sessions.ts";

export const csrfHeader = "x-towline-csrf";

/** The name tells nodes of one machine apart: cookies do not know of ports. */
export function cookieName(web: Web): string {
  return `towline_${web.host.node.id.slice(0, 16)}`;
}

/** Throws `http/host`. */
export function originOf(web: Web, request: FastifyRequest): string {
  const { listen, publicUrls } = web.host.config;
  const origin = ownOrigin(request.raw, { listenHost: listen.host, publicUrls });
  if (origin !== null) return origin;
  const message = "This node has no such name. Use its address, or add the URL to public_urls.";
  throw new TowlineError("http/host", message);
}

/** Throws `http/unauthenticated`, `http/too-many`, `http/forbidden`, `http/csrf`. */
export function letIn(
  web: Web,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { role, origin }: { readonly role: Role; readonly origin: string },
): Principal {
  const principal = principalOf(web, request);
  if (principal === null) {
    reply.header("www-authenticate", 'Bearer realm="towline"');
    const message = "Log in: `towline open`, or a token of `towline access add` as Bearer.";
    throw new TowlineError("http/unauthenticated", message);
  }
  if (role === "editor" && principal.role !== "editor") {
    throw new TowlineError("http/forbidden", "Only an editor may do this; this is a viewer.");
  }
  const isWrite = request.method !== "GET" && request.method !== "HEAD";
  if (principal.session !== null) {
    refuseOtherSites(request);
    if (isWrite) refuseForged(request, { csrf: principal.session.csrf, origin });
  }
  return principal;
}

/** Null when nobody says who they are; a wrong token or a session that is over counts as failed. */
function principalOf(web: Web, request: FastifyRequest): Principal | null {
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  // What is of another scheme is for a proxy on the way.
  if (scheme.toLowerCase() === "bearer") {
    const principal = principalOfToken(web, token);
    if (principal === null) failed(web, request);
    return principal;
  }
  const secret = cookieIn(request.headers.cookie ?? "", cookieName(web));
  if (secret === null) return null;
  const session = web.sessions.use(secret);
  if (session === null) return null;
  const { role, actor, tokenId, key } = session;
  const principal = { role, actor, tokenId, session, key };
  if (isStillIn(web, principal)) return principal;
  web.sessions.end(session);
  return null;
}

export function principalOfToken(web: Web, token: string): Principal | null {
  const entry = isAccessToken(token) ? matchOf(web, token) : null;
  if (entry === null) return null;
  const { id, role, label } = entry;
  return { role, actor: label === "" ? id : label, tokenId: id, session: null, key: id };
}

/** Null as well when access.json cannot be read, of which strangers are told nothing. */
function matchOf(web: Web, token: string): AccessEntry | null {
  try {
    const entry = web.access.match(token);
    damaged.delete(web);
    return entry;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!damaged.has(web)) web.logger.error({}, message);
    damaged.add(web);
    return null;
  }
}

/** Those whose damaged file was reported already. */
const damaged = new WeakSet<Web>();

/** Counts a failed attempt. Throws `http/too-many` when there were too many. */
export function failed(web: Web, request: FastifyRequest): void {
  const remote = request.raw.socket.remoteAddress ?? "";
  const seconds = web.failures.waitFor(remote);
  web.failures.note(remote);
  if (seconds > 0) throw new TooMany(seconds);
}

export class TooMany extends TowlineError {
  readonly seconds: number;

  constructor(seconds: number) {
    super("http/too-many", `Too many failed attempts from your address. Wait ${seconds} s.`);
    this.seconds = seconds;
  }
}

/** Whether the session and the token by which somebody came in are still there. */
export function isStillIn(
  web: Web,
  { session, tokenId, role }: Pick<Principal, "session" | "tokenId" | "role">,
): boolean {
  if (session !== null && !web.sessions.lasts(session)) return false;
  if (tokenId === null) return true;
  try {
    return web.access.find(tokenId)?.role === role;
  } catch {
    // Nobody can tell who is in the file: then nobody is.
    return false;
  }
}

function refuseOtherSites(request: FastifyRequest): void {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new TowlineError("http/csrf", "Pages of other sites may not ask this node.");
}

function refuseForged(
  request: FastifyRequest,
  wanted: { readonly csrf: string; readonly origin: string },
): void {
  const given = request.headers[csrfHeader];
  const isOwnPage = request.headers.origin === wanted.origin;
  if (isOwnPage && typeof given === "string" && isSameSecret(given, wanted.csrf)) return;
  const message =
    `A write with a cookie needs the header ${csrfHeader} with the value of GET /api/v1/session, ` +
    "and has to come from a page of this node. Programs use a token instead.";
  throw new TowlineError("http/csrf", message);
}

/** The value of a cookie; of several with the name, the first. */
function cookieIn(header: string, name: string): string | null {
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at >= 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
