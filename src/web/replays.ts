/**
 * Idempotency-Key: a write that comes again, because its answer was lost, gets that answer and is
 * not done again. In memory: a restart forgets, and then the key counts as a new one.
 */
import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { TowlineError } from "../base/errors.ts";
import {
  idempotencyAnswersMax,
  idempotencyBytesMax,
  idempotencyKeyCharsMax,
  idempotencyMs,
} from "../base/limits.ts";
import { actorHeader } from "./actor.ts";

const keyHeader = "idempotency-key";

/** An answer as it goes out. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Entry {
  /** What was asked, as a hash. */
  readonly request: string;
  readonly expires: number;
  /** Null when it failed on our side: it may succeed when it is tried again. */
  readonly outcome: Promise<Outcome | null>;
  bytes: number;
}

export class Replays {
  readonly #now: () => number;
  /** The oldest at the front. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What names the request among those of its principal; null when it has no key. */
  keyOf(request: FastifyRequest): string | null {
    const given = request.headers[keyHeader];
    const { principal, method, routeOptions } = request;
    const { route } = routeOptions.config;
    const isWrite = method !== "GET" && (route?.url ?? "").startsWith("/api/");
    if (given === undefined || principal === null || !isWrite) return null;
    if (typeof given !== "string" || !isKey(given)) {
      const message = `${keyHeader} has 1 to ${idempotencyKeyCharsMax} visible ASCII characters.`;
      throw new TowlineError("http/invalid", message);
    }
    if (route?.takes === undefined) return `${principal.key} ${given}`;
    const message = `This path takes no ${keyHeader}: what comes again changes nothing.`;
    throw new TowlineError("http/invalid", message);
  }

  /**
   * The outcome of `act`, which is done once for all requests with this key. It goes on when nobody
   * waits for it any more: whoever comes back gets what came of it. Throws `http/key-reused`.
   */
  async once(
    key: string,
    request: FastifyRequest,
    act: () => Promise<Outcome>,
  ): Promise<{ readonly outcome: Outcome; readonly isReplay: boolean }> {
    const asked = fingerprint(request);
    for (let entry = this.#current(key); entry !== null; entry = this.#current(key)) {
      if (entry.request !== asked) {
        const message = "This Idempotency-Key came with another request before. Take a new one.";
        throw new TowlineError("http/key-reused", message);
      }
      const outcome = await entry.outcome;
      if (outcome !== null) return { outcome, isReplay: true };
    }
    const acting = act();
    this.#keep(key, asked, acting);
    return { outcome: await acting, isReplay: false };
  }

  #keep(key: string, request: string, acting: Promise<Outcome>): void {
    const outcome = acting.then(
      (done) => {
        if (done.status >= 500) return this.#forget(key, entry);
        entry.bytes = Buffer.byteLength(done.body);
        if (this.#entries.get(key) === entry) this.#bytes += entry.bytes;
        this.#dropSome();
        return done;
      },
      () => this.#forget(key, entry),
    );
    const entry: Entry = { request, expires: this.#now() + idempotencyMs, outcome, bytes: 0 };
    this.#entries.set(key, entry);
    this.#dropSome();
  }

  #current(key: string): Entry | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    return entry.expires > this.#now() ? entry : this.#forget(key, entry);
  }

  #forget(key: string, entry: Entry): null {
    if (this.#entries.get(key) !== entry) return null;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    return null;
  }

  #dropSome(): void {
    for (const [key, entry] of this.#entries) {
      const isFull =
        this.#entries.size > idempotencyAnswersMax || this.#bytes > idempotencyBytesMax;
      if (!isFull && entry.expires > this.#now()) return;
      this.#forget(key, entry);
    }
  }
}

function isKey(text: string): boolean {
  return text.length <= idempotencyKeyCharsMax && /^[\x21-\x7e]+$/u.test(text);
}

function fingerprint({ method, url, body, headers }: FastifyRequest): string {
  const asked = [method, url, body ?? null, headers["if-match"] ?? null];
  const all = JSON.stringify([...asked, headers[actorHeader] ?? null]);
  return createHash("sha256").update(all).digest("hex");
}
