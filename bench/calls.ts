/** What the benchmark asks of its node processes, and what they answer. */
import type { Vitals } from "./own-measure.ts";

export interface Totals {
  readonly ops: string;
  readonly state: string;
  readonly count: number;
}

/** What came of one synchronization, seen from the side that dialled. */
export interface Synced extends Vitals {
  /** From the call that dials to all ops durable here. */
  readonly durableMs: number;
  /** The same, up to equal digests of ops and state. */
  readonly equalMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Each call by name, with what goes in and what comes out. */
export interface Calls {
  /** Opens a folder; `ms` is what that took, modules being loaded. */
  open: [
    { dir: string; listens: boolean; join?: string; versions?: readonly number[] },
    { url: string | null; mesh: string; ms: number; totals: Totals },
  ];
  /** Dials, and resolves when this node holds what `totals` says. */
  sync: [{ url: string; totals: Totals }, Synced];
  /** Dials, and resolves once the connection is live and quiet for a while. */
  idle: [{ url: string }, { ms: number; bytesIn: number; bytesOut: number }];
  hangUp: [{ url: string }, null];
  watch: [null, null];
  vitals: [null, Vitals];
  totals: [null, Totals];
  /** Writes `count` updates at once, and resolves when they are durable. */
  update: [{ from: number; count: number }, Totals];
  /** `callers` write one op after the other for `ms`; the number of durable ones. */
  hammer: [{ callers: number; ms: number }, { written: number; ms: number }];
  /** Writes `perSecond` ops a second for `ms`, each with the monotonic time in it. */
  pace: [{ perSecond: number; ms: number }, { written: number }];
  /** Collects the times of `pace` as they arrive. */
  listen: [null, null];
  heard: [null, { latenciesMs: readonly number[] }];
  /** Connects `peers` that count what comes. */
  crowd: [{ url: string; mesh: string; peers: number }, null];
  /** How many ops have come to them, all together. */
  deliveries: [null, { count: number }];
  close: [null, null];
}

export type CallName = keyof Calls;
export type Input<Name extends CallName> = Calls[Name][0];
export type Output<Name extends CallName> = Calls[Name][1];
