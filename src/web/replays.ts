/**
 * Idempotency-Key: a write that comes again, because its answer was lost, gets that answer and is
 * not done again. In memory: a restart forgets, and then the key counts as a new one.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { TowlineError } from "../base/errors.ts";
import {
  idempotencyAnswersMax,
  idempotencyBytesMax,
  idempotencyKeyCharsMax,
  idempotencyMs,
} from "../base/limits.ts";
import { actorHeader } from "./actor.ts";

const keyHeader = "idempotency-key";

interface Stored {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Entry {
  /** What was asked, as a hash. */
  readonly request: string;
  readonly expires: number;
  /** Null while the first such request is under way, and when it failed for a while only. */
  answer: Promise<Stored | null>;
  bytes: number;
  readonly settle: (stored: Stored | null) => void;
}

export class Replays {
  readonly #now: () => number;
  /** The oldest at the front. */
  readonly #entries = new Map<string, Entry>();
  readonly #under = new WeakMap<FastifyRequest, readonly [key: string, entry: Entry]>();
  #bytes = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  addTo(app: FastifyInstance): void {
    app.addHook("preHandler", async (request, reply) => {
      const stored = await this.#before(request);
      if (stored === null) return;
      return reply
        .code(stored.status)
        .headers({ ...stored.headers, "idempotency-replayed": "true" })
        .send(stored.body);
    });
    app.addHook("onSend", (request, reply, payload, done) => {
      this.#after(request, reply, payload);
      done();
    });
  }

  /** The answer to give again; null for a request that is to be carried out. */
  async #before(request: FastifyRequest): Promise<Stored | null> {
    const given = request.headers[keyHeader];
    const { principal, method, routeOptions } = request;
    const isWrite = method !== "GET" && (routeOptions.url ?? "").startsWith("/api/");
    if (given === undefined || principal === null || !isWrite) return null;
    if (typeof given !== "string" || !isKey(given)) {
      const message = `${keyHeader} has 1 to ${idempotencyKeyCharsMax} visible ASCII characters.`;
      throw new TowlineError("http/invalid", message);
    }
    if (routeOptions.config.route?.takes !== undefined) {
      const message = `This path takes no ${keyHeader}: what comes again changes nothing.`;
      throw new TowlineError("http/invalid", message);
    }
    const key = `${principal.key} ${given}`;
    const asked = fingerprint(request);
    for (;;) {
      const entry = this.#current(key);
      if (entry === null) break;
      if (entry.request !== asked) {
        const message = "This Idempotency-Key came with another request before. Take a new one.";
        throw new TowlineError("http/key-reused", message);
      }
      const stored = await entry.answer;
      if (stored !== null) return stored;
    }
    this.#begin(request, key, asked);
    return null;
  }

  #begin(request: FastifyRequest, key: string, asked: string): void {
    const { promise, resolve } = Promise.withResolvers<Stored | null>();
    const expires = this.#now() + idempotencyMs;
    const entry = { request: asked, expires, answer: promise, bytes: 0, settle: resolve };
    this.#entries.set(key, entry);
    this.#under.set(request, [key, entry]);
    this.#dropSome();
  }

  #after(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const [key, entry] = this.#under.get(request) ?? [];
    if (key === undefined || entry === undefined) return;
    this.#under.delete(request);
    const { statusCode } = reply;
    // What failed on our side may succeed when it is tried again.
    if (statusCode >= 500) {
      this.#delete(key, entry);
      entry.settle(null);
      return;
    }
    const body = typeof payload === "string" ? payload : "";
    const headers: Record<string, string> = {};
    for (const name of ["content-type", "location", "etag"]) {
      const value = reply.getHeader(name);
      if (typeof value === "string") headers[name] = value;
    }
    entry.bytes = Buffer.byteLength(body);
    if (this.#entries.get(key) === entry) this.#bytes += entry.bytes;
    entry.settle({ status: statusCode, headers, body });
    this.#dropSome();
  }

  #current(key: string): Entry | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.expires > this.#now()) return entry;
    this.#delete(key, entry);
    return null;
  }

  #delete(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #dropSome(): void {
    for (const [key, entry] of this.#entries) {
      const isFull =
        this.#entries.size > idempotencyAnswersMax || this.#bytes > idempotencyBytesMax;
      if (!isFull && entry.expires > this.#now()) return;
      this.#delete(key, entry);
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
