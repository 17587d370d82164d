/** What goes wrong between a client and a node, as one kind of error with a stable code. */
import type { ProblemDto } from "./contract.ts";

/** Codes of the client's own, beside those of docs/ERRORS.md that a node answers with. */
export type ClientCode =
  | "client/unreachable"
  | "client/timeout"
  | "client/unexpected-answer"
  | "client/too-many-writes";

/** `code` is stable; `message` is for people: what happened and what to do. */
export class ApiError extends Error {
  readonly code: string;
  /** The HTTP status; null when no answer came. */
  readonly status: number | null;
  /** How long the node asks to wait before another try; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(given: {
    readonly code: string;
    readonly message: string;
    readonly status?: number;
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  }) {
    super(given.message, { cause: given.cause });
    this.name = "ApiError";
    this.code = given.code;
    this.status = given.status ?? null;
    this.retryAfterMs = given.retryAfterMs ?? null;
  }

  /** True when nothing was said about the request itself, and another try may do. */
  get isTransient(): boolean {
    // Of answers that are not the node's own, those of a proxy that does not reach it.
    const isProxys = this.code === ("client/unexpected-answer" satisfies ClientCode);
    return isProxys ? [502, 503, 504].includes(this.status ?? 0) : transient.has(this.code);
  }

  /** True when the session or token does not hold, or not any longer. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

const transient: ReadonlySet<string> = new Set([
  "client/unreachable",
  "client/timeout",
  "http/busy",
  "http/too-many",
  "node/stopped",
  "store/closed",
]);

/** What a fetch that threw means. */
export function noAnswer(cause: unknown, isTimeout: boolean): ApiError {
  const code: ClientCode = isTimeout ? "client/timeout" : "client/unreachable";
  const message = isTimeout
    ? "The node did not answer in time."
    : "The node cannot be reached. Is it running?";
  return new ApiError({ code, message, cause });
}

/** What an answer outside 200 to 299 means, whether or not it is a problem of ours. */
export function refusal(answer: Response, body: unknown): ApiError {
  const { status } = answer;
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  if (isProblem(body)) {
    return new ApiError({ code: body.code, message: body.detail, status, retryAfterMs });
  }
  const message = `The node answered ${status} ${answer.statusText}.`.replace(" .", ".");
  return new ApiError({
    code: "client/unexpected-answer" satisfies ClientCode,
    message,
    status,
    retryAfterMs,
  });
}

function isProblem(body: unknown): body is ProblemDto {
  if (typeof body !== "object" || body === null) return false;
  const { code, detail } = body as Partial<ProblemDto>;
  return typeof code === "string" && typeof detail === "string";
}
