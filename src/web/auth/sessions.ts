/**
 * Browsers that are let in: by a code of `towline open` or by a token. In memory only, so a restart
 * ends them; of the secret in the cookie only the hash is kept.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { codeMs, codesMax, sessionIdleMs, sessionsMax } from "../../base/limits.ts";
import type { Role } from "../../client/contract.ts";
import { dropOldest } from "./oldest.ts";

/** As whom a request acts. */
export interface Principal {
  readonly role: Role;
  /** Who acts unless the request says otherwise. */
  readonly actor: string;
  /** The token by which it came in, directly or when its session began; null for the local user. */
  readonly tokenId: string | null;
  /** Null for a request that brings its token itself. */
  readonly session: Session | null;
  /** Names it among others for as long as it lasts. */
  readonly key: string;
}

export interface Session {
  readonly key: string;
  readonly csrf: string;
  readonly role: Role;
  readonly actor: string;
  readonly tokenId: string | null;
  /** Unix milliseconds. */
  expires: number;
}

type NewSession = Pick<Session, "role" | "actor" | "tokenId">;

export class Sessions {
  readonly #now: () => number;
  /** By the hash of the cookie, the one that was used last at the end. */
  readonly #sessions = new Map<string, Session>();
  readonly #codes = new Map<string, { readonly actor: string; readonly expires: number }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** A code that opens one session within two minutes. */
  newCode(actor: string): string {
    const code = randomBytes(16).toString("base64url");
    this.#codes.set(hashOf(code), { actor, expires: this.#now() + codeMs });
    dropOldest(this.#codes, codesMax);
    return code;
  }

  /** Uses up the code; null when there is none such, or no longer. */
  redeem(code: string): { readonly actor: string } | null {
    const hash = hashOf(code);
    const found = this.#codes.get(hash);
    this.#codes.delete(hash);
    return found === undefined || found.expires < this.#now() ? null : { actor: found.actor };
  }

  /** The secret goes into the cookie and is kept nowhere else. */
  open(given: NewSession): { readonly secret: string; readonly session: Session } {
    const secret = randomBytes(32).toString("base64url");
    const key = hashOf(secret);
    const csrf = randomBytes(16).toString("base64url");
    const session = { ...given, key, csrf, expires: this.#now() + sessionIdleMs };
    this.#sessions.set(key, session);
    dropOldest(this.#sessions, sessionsMax);
    return { secret, session };
  }

  /** The session of a cookie, which then lasts anew. */
  use(secret: string): Session | null {
    const key = hashOf(secret);
    const session = this.#sessions.get(key);
    if (session === undefined) return null;
    this.#sessions.delete(key);
    if (session.expires < this.#now()) return null;
    session.expires = this.#now() + sessionIdleMs;
    this.#sessions.set(key, session);
    return session;
  }

  end(session: Session): void {
    this.#sessions.delete(session.key);
  }

  /** Whether the session still lasts. */
  lasts({ key }: Session): boolean {
    const session = this.#sessions.get(key);
    return session !== undefined && session.expires >= this.#now();
  }

  /** A page that follows events uses its session, though it asks for nothing. */
  prolong(session: Session): void {
    if (this.lasts(session)) session.expires = this.#now() + sessionIdleMs;
  }
}

export function isSameSecret(given: string, wanted: string): boolean {
  const [left, right] = [Buffer.from(hashOf(given)), Buffer.from(hashOf(wanted))];
  return timingSafeEqual(left, right);
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
