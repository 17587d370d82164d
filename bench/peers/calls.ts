/** What the runner asks of the processes of a peer, and what they answer. */
import type { Vitals } from "../own-measure.ts";
import type { Place } from "./driver.ts";
import type { Source, Target } from "./edits.ts";

/** How a replica came to hold what it should. */
export interface Reached extends Vitals {
  /** From the call that connects to the sentinel being there. */
  readonly sentinelMs: number;
  /** The same, up to equal hashes of all fields. */
  readonly equalMs: number;
  /** TCP bytes on the sockets that were dialled meanwhile. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Goal {
  readonly target: Target;
  /** After so long the replica has not converged. */
  readonly timeoutMs: number;
}

/** Each call by name, with what goes in and what comes out. */
export interface PeerCalls {
  openHub: [{ readonly dir: string }, { readonly url: string; readonly ms: number }];
  /** Fills the folder of a hub; false when the peer makes its documents by replicas only. */
  fill: [{ readonly dir: string; readonly source: Source }, boolean];
  /** Opens `count` replicas in this process, each in a folder of its own below that of `place`. */
  openReplicas: [{ readonly place: Place; readonly count: number }, null];
  /** Writes all edits of a source as their authors. */
  make: [{ readonly source: Source }, null];
  /** Connects all replicas of this process; the ticket when one of them has made the document. */
  connect: [{ readonly url: string }, { readonly ticket: string | null }];
  /** Connects, and resolves when all replicas of this process hold what they should. */
  join: [{ readonly url: string } & Goal, Reached];
  /** The same for replicas that are connected. */
  reach: [Goal, Reached];
  /** Connects, and resolves once nothing has moved for a while. */
  idle: [
    { readonly url: string },
    { readonly ms: number; readonly bytesIn: number; readonly bytesOut: number },
  ];
  disconnect: [null, null];
  /** Writes `count` updates and a sentinel at once; what others are to hold then. */
  update: [{ readonly source: Source; readonly count: number; readonly sentinel: string }, Target];
  /** Writes `perSecond` updates a second for `ms`, each with the monotonic time in it. */
  pace: [
    { readonly source: Source; readonly perSecond: number; readonly ms: number },
    { readonly written: number },
  ];
  /** Collects the times of `pace` as they arrive. */
  listen: [null, null];
  heard: [null, { readonly latenciesMs: readonly number[] }];
  watch: [null, null];
  vitals: [null, Vitals];
  close: [null, null];
}
