/** One attempt to deliver a message: what counts as taken, and what is said of a failure. */
import { packageVersion } from "../node/version.ts";
import type { Message } from "./message.ts";
import { headersOf } from "./message.ts";

export type Outcome =
  | { readonly kind: "taken"; readonly status: number }
  | {
      readonly kind: "failed";
      /** For people; nothing of what the receiver said is in it. */
      readonly why: string;
      /** The receiver does not want to hear of it again. */
      readonly isFinal: boolean;
      /** How long the receiver asks to be left alone. */
      readonly waitMs: number | null;
    };

export interface Attempt {
  readonly url: string;
  readonly secret: Buffer;
  readonly message: Message;
  /** Unix milliseconds. */
  readonly now: number;
  /** Aborted when it has taken too long, or when the node stops. */
  readonly signal: AbortSignal;
}

export async function post({ url, secret, message, now, signal }: Attempt): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: message.body,
      headers: {
        ...headersOf(message, secret, now),
        "user-agent": `towline/${packageVersion()}`,
      },
      // A receiver must not be able to send us, with the body, to whomever it likes.
      redirect: "manual",
      signal,
    });
  } catch (error) {
    return failed(signal.aborted ? "no answer in time" : reasonOf(error));
  }
  // Its length is the receiver's choice, and nothing in it is needed.
  response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "taken", status };
  if (status >= 300 && status < 400) return failed(`status ${status}: redirects are not followed`);
  return {
    ...failed(`status ${status}`),
    isFinal: status === 410,
    waitMs: secondsIn(response.headers.get("retry-after")),
  };
}

function failed(why: string): Extract<Outcome, { kind: "failed" }> {
  return { kind: "failed", why, isFinal: false, waitMs: null };
}

/** The code of a failed connection, as in `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return "not reached";
  if (cause.message === "bad port") return "not reached: fetch() refuses this port";
  const code = "code" in cause ? cause.code : null;
  return typeof code === "string" ? `not reached (${code})` : "not reached";
}

function secondsIn(header: string | null): number | null {
  return header !== null && /^[0-9]{1,6}$/u.test(header) ? Number(header) * 1_000 : null;
}
