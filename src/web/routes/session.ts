/** A browser comes in, by a code of `towline open` or by a token, and goes. */
import { TowlineError } from "../../base/errors.ts";
import type { SessionDto } from "../../client/contract.ts";
import { cookieName, failed, principalOfToken } from "../auth/guard.ts";
import type { Session } from "../auth/sessions.ts";
import { sessionSchema } from "../schemas/session.ts";
import type { Call, Web } from "../web.ts";
import { route } from "../web.ts";

interface Credentials {
  readonly code?: string;
  readonly token?: string;
}

const secretSchema = { type: "string", minLength: 1, maxLength: 256 };

export const sessionRoutes = [
  route<object, object, Credentials>({
    method: "POST",
    url: "/api/v1/session",
    access: "open",
    tag: "session",
    summary: "Begin a session of a browser with a code of `towline open`, or with a token",
    body: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: { code: secretSchema, token: secretSchema },
    },
    answers: { 200: sessionSchema },
    handle: (call) => {
      const { web, request, reply, body } = call;
      refuseOtherPages(call);
      const session = openSession(web, body);
      if (session === null) {
        failed(web, request);
        const message = "The code or token is not valid: run `towline open` again.";
        throw new TowlineError("http/unauthenticated", message);
      }
      const isSecure = request.origin.startsWith("https:");
      reply.header(
        "set-cookie",
        `${cookieName(web)}=${session.secret}; Path=/; HttpOnly; SameSite=Strict` +
          (isSecure ? "; Secure" : ""),
      );
      reply.header("cache-control", "no-store");
      return sessionDto(web, session.session);
    },
  }),
  route({
    method: "GET",
    url: "/api/v1/session",
    access: "viewer",
    tag: "session",
    summary: "Who this browser acts as, and the value that its writes need",
    answers: { 200: sessionSchema },
    handle: ({ web, who }) => {
      if (who.session !== null) return sessionDto(web, who.session);
      const { role } = who;
      return { ...nodeOf(web), role, csrf: "", expires: 0 } satisfies SessionDto;
    },
  }),
  route({
    method: "DELETE",
    url: "/api/v1/session",
    access: "viewer",
    tag: "session",
    summary: "End the session",
    answers: { 204: { type: "null" } },
    handle: ({ web, who, reply }) => {
      if (who.session !== null) web.sessions.end(who.session);
      web.events.dropRevoked();
      reply.header(
        "set-cookie",
        `${cookieName(web)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict`,
      );
      reply.code(204);
      return null;
    },
  }),
];

/** A page of another site must not log its visitors in as somebody. */
function refuseOtherPages({ request }: Call<object, object, Credentials>): void {
  const { origin } = request.headers;
  if (origin === undefined || origin === request.origin) return;
  throw new TowlineError("http/csrf", "Pages of other sites may not ask this node.");
}

function openSession(
  web: Web,
  { code, token }: Credentials,
): { readonly secret: string; readonly session: Session } | null {
  if (token !== undefined) {
    const principal = principalOfToken(web, token);
    return principal === null ? null : web.sessions.open(principal);
  }
  const redeemed = web.sessions.redeem(code ?? "");
  if (redeemed === null) return null;
  return web.sessions.open({ role: "editor", actor: redeemed.actor, tokenId: null });
}

function sessionDto(web: Web, { role, csrf, expires }: Session): SessionDto {
  return { ...nodeOf(web), role, csrf, expires };
}

function nodeOf({ host }: Web): Pick<SessionDto, "node" | "name" | "mesh"> {
  const { id, name, mesh } = host.node;
  return { node: id, name, mesh };
}
