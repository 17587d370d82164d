/**
 * What two authenticated nodes say to each other in one version of the protocol. The session has
 * proved both sides, and keeps the connection alive; a dialogue brings their logs together.
 */
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Announcement } from "./announcement.ts";
import type { Frame } from "./frames.ts";
import type { PagingFrame } from "./frames-3.ts";
import type { Outbound, Progress } from "./outbound.ts";
import type { Ask } from "./session-effects.ts";
import type { SyncPhase } from "./transitions.ts";

/** What became of ops that the peer sent. */
export interface Received {
  /** How many came. */
  readonly count: number;
  /** Those that were here already. */
  readonly known: readonly OpId[];
  /** Those that wait for an ancestor. */
  readonly waiting: readonly Op[];
}

export interface Dialogue {
  readonly version: number;
  readonly phase: SyncPhase;
  readonly outbound: Outbound;
  /** How many of our own ops the peer says that it has; null before it has said so. */
  readonly claimedOwn: number | null;
  /** The delta that the peer sends; null when there is none, or none of known length. */
  readonly incoming: Progress | null;

  begin(now: number): void;
  /** Takes a frame that the phase allows. */
  take(frame: Frame | PagingFrame, now: number): Ask | null;
  /** So many ops came in one frame. */
  received(ops: number): void;
  /** Ops that the peer sent wait for an ancestor. */
  noteWaiting(ops: readonly Op[]): void;
  /** `author` turned out to be forked by an op from `source`. */
  forkLearned(author: NodeId, source: number): void;
  /** Asks for what is missing while ops of this peer wait. */
  askAgain(isPending: (id: OpId) => boolean, now: number): void;
  /** More is durable here. */
  committed(announcement: Announcement, now: number): void;
  /** What is due, before ops go out. */
  advance(now: number): void;
  /** When `advance` must be called at the latest. */
  deadline(): number;
}
