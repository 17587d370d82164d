/** One request to a node: who asks, how long to wait, and when to ask again. */
import { ApiError, noAnswer, refusal } from "./errors.ts";
import { newKey } from "./key.ts";

export interface Connection {
  /** Where the node listens, without a slash at the end; "" in a page that it serves. */
  readonly url: string;
  /** Goes out as `Authorization: Bearer`; null where a cookie of the browser says who asks. */
  readonly token: string | null;
  readonly fetch: typeof fetch;
  /** The node knows the session or the token no longer. */
  readonly onSignedOut: () => void;
}

export interface Request {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below /api/v1, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For a write that may have been tried before; else each call has a key of its own. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer<T> {
  readonly value: T;
  readonly etag: string | null;
}

/** An answer may wait for a commit on a slow disk, or for peers that confirm a claim. */
const timeoutMs = 20_000;
/** Tries of one request, the first included. */
const triesMax = 4;
const pauseMs = 300;
const pauseMaxMs = 5_000;

export class Http {
  readonly #connection: Connection;
  #csrf: string | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What a browser's session sends with each write. */
  set csrf(value: string | null) {
    this.#csrf = value;
  }

  /**
   * Asks, and asks again while no answer comes. A write has one key for all its tries, so that it
   * takes effect once, however many of them arrived.
   */
  async ask<T>(request: Request): Promise<Answer<T>> {
    const isWrite = (request.method ?? "GET") !== "GET";
    const key = request.key ?? newKey();
    const header: Record<string, string> = isWrite ? { "idempotency-key": key } : {};
    const keyed = { ...request, headers: { ...request.headers, ...header } };
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#try<T>(keyed);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isTransient || tries === triesMax) throw error;
        if ((error.retryAfterMs ?? 0) > pauseMaxMs) throw error;
        await pause(error.retryAfterMs ?? pauseMs * 2 ** (tries - 1), request.signal);
      }
    }
  }

  async #try<T>(request: Request): Promise<Answer<T>> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signals = request.signal === undefined ? [timeout] : [timeout, request.signal];
    try {
      const answer = await this.open({ ...request, signal: AbortSignal.any(signals) });
      const value = answer.status === 204 ? null : await answer.json();
      return { value: value as T, etag: answer.headers.get("etag") };
    } catch (cause) {
      request.signal?.throwIfAborted();
      if (cause instanceof ApiError) throw cause;
      if (cause instanceof SyntaxError) {
        const message = "The answer is not JSON: something between here and the node changed it.";
        throw new ApiError({ code: "client/unexpected-answer", message, cause });
      }
      throw noAnswer(cause, timeout.aborted);
    }
  }

  /** One try, without a limit in time; the body is still to be read. */
  async open(request: Request): Promise<Response> {
    const { method = "GET", body, signal = null } = request;
    const { url, fetch } = this.#connection;
    const answer = await fetch(`${url}/api/v1${request.path}${queryOf(request.query ?? {})}`, {
      method,
      signal,
      headers: this.#headers(request),
      // Never a credential of the browser to a node of another origin.
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    const error = refusal(answer, await answer.json().catch(() => null));
    if (error.isSignedOut) this.#connection.onSignedOut();
    throw error;
  }

  #headers({ method = "GET", body, headers }: Request): Record<string, string> {
    const { token } = this.#connection;
    const csrf = this.#csrf;
    return {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(csrf === null || method === "GET" ? {} : { "x-towline-csrf": csrf }),
      ...headers,
    };
  }
}

function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Waits, a little more or less so that many clients do not come back at once. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const wait = Math.min(ms, pauseMaxMs) * (0.75 + Math.random() / 2);
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, wait);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
