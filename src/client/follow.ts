/** Follows the events of a node for as long as it is wanted, across breaks and restarts. */
import type { TowlineClient } from "./client.ts";
import type { EventsDto } from "./contract.ts";
import { ApiError, noAnswer } from "./errors.ts";
import { pause } from "./http.ts";
import type { ServerEvent } from "./sse.ts";
import { eventsOf } from "./sse.ts";

/** What a follower is told, in order. */
export interface Follower {
  /** The stream is open. */
  onOpen(): void;
  /** `position` goes on behind this event when it is given to `follow` as `after`. */
  onEvent(event: NodeEvent, position: string | null): void;
  /** The stream broke, or did not open; the next try comes at `retryAt`, in Unix milliseconds. */
  onBreak(problem: ApiError, retryAt: number): void;
}

/** An event of the contract with its data. */
export type NodeEvent = {
  readonly [Name in keyof EventsDto]: { readonly name: Name; readonly data: EventsDto[Name] };
}[keyof EventsDto];

export interface FollowOptions {
  readonly client: TowlineClient;
  /** Events begin behind the one with this id; null for those from now on. */
  readonly after: string | null;
  readonly follower: Follower;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Fires to try again at once, as when the machine is back on its network. */
  readonly wake: EventTarget;
}

/** The node says something every 5 s; a line that is silent for three times that is dead. */
const silenceMaxMs = 15_000;
const firstPauseMs = 400;
const pauseMaxMs = 10_000;

/** Resolves when `signal` fires or when the session does not hold any longer. */
export async function follow(options: FollowOptions): Promise<void> {
  const { follower, signal, wake } = options;
  let after = options.after;
  let failures = 0;
  const told: Follower = {
    onOpen: () => follower.onOpen(),
    onBreak: (problem, retryAt) => follower.onBreak(problem, retryAt),
    onEvent: (event, position) => {
      failures = 0;
      after = position;
      follower.onEvent(event, position);
    },
  };
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const problem = await followOnce({ ...options, after, follower: told });
    if (isOver()) return;
    const waitMs = Math.min(firstPauseMs * 2 ** Math.min(failures, 10), pauseMaxMs);
    failures += 1;
    follower.onBreak(problem, Date.now() + waitMs);
    if (problem.isSignedOut) return;
    await wokenPause(waitMs, signal, wake);
  }
}

/** One stream from its beginning to whatever ends it. */
async function followOnce({
  client,
  after,
  follower,
  signal,
}: Omit<FollowOptions, "wake">): Promise<ApiError> {
  let position = after;
  const line = new AbortController();
  const stop = (): void => line.abort();
  signal.addEventListener("abort", stop, { once: true });
  const silence = setInterval(() => {
    if (Date.now() - heardAt > silenceMaxMs) line.abort();
  }, silenceMaxMs / 5);
  let heardAt = Date.now();
  try {
    const answer = await client.openEvents(after, line.signal);
    follower.onOpen();
    for await (const event of eventsOf(answer)) {
      heardAt = Date.now();
      const known = parsed(event);
      // A status may come before items that are older than it.
      if (event.id !== null && event.event === "items") position = event.id;
      if (known !== null) follower.onEvent(known, position);
    }
    return noAnswer(null, false);
  } catch (error) {
    return error instanceof ApiError ? error : noAnswer(error, line.signal.aborted);
  } finally {
    clearInterval(silence);
    signal.removeEventListener("abort", stop);
    line.abort();
  }
}

/** Null for an event that a newer node may send. */
function parsed({ event, data }: ServerEvent): NodeEvent | null {
  if (event !== "items" && event !== "status" && event !== "reset") return null;
  try {
    return { name: event, data: JSON.parse(data) as never };
  } catch (cause) {
    const message = "An event of the node is not JSON.";
    throw new ApiError({ code: "client/unexpected-answer", message, cause });
  }
}

async function wokenPause(ms: number, signal: AbortSignal, wake: EventTarget): Promise<void> {
  const early = new AbortController();
  const stop = (): void => early.abort();
  wake.addEventListener("wake", stop, { once: true });
  signal.addEventListener("abort", stop, { once: true });
  await pause(ms, early.signal).catch(() => undefined);
  wake.removeEventListener("wake", stop);
  signal.removeEventListener("abort", stop);
}
