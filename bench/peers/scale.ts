/** How much is measured, and how often. */
import type { PeerOptions } from "./options.ts";
import type { Source } from "./edits.ts";

export interface Size {
  /** What the names of its figures end with. */
  readonly suffix: string;
  readonly source: Source;
}

export interface Scale {
  readonly small: Size;
  readonly large: Size;
  /** The items alone, for measurements in which each of many replicas holds everything. */
  readonly items: Source;
  readonly runs: number;
  /** How long a measurement against the clock goes on. */
  readonly clockMs: number;
  /** Replicas that hear what one of them writes. */
  readonly listeners: number;
  readonly listenerProcesses: number;
  readonly fanoutUpdates: number;
  /** How often a replica goes away and comes back; the median counts. */
  readonly absences: number;
  /** After so long a replica has not converged. */
  readonly timeoutMs: number;
}

/** From here on the figures are worth something, and the measurements take their full time. */
const fullUpdates = 10_000;

export function scaleOf(options: PeerOptions): Scale {
  const { updates, burst, runs, trace } = options;
  const isFull = updates >= fullUpdates;
  const rest = {
    runs,
    clockMs: isFull ? 8_000 : 500,
    listeners: isFull ? 100 : Math.max(4, Math.floor(updates / 100)),
    // One process for each would leave the machine no memory.
    listenerProcesses: isFull ? 4 : 1,
    fanoutUpdates: Math.min(1_000, updates),
    absences: isFull ? 5 : 1,
    timeoutMs: isFull ? 120_000 : 30_000,
  };
  if (trace !== null) {
    const size: Size = { suffix: "trace", source: { kind: "trace", path: trace } };
    return { small: size, large: size, items: size.source, ...rest };
  }
  const work = (count: number): Source => ({ kind: "work", updates: count, burst });
  return {
    small: { suffix: "10k", source: work(Math.ceil(updates / 10)) },
    large: { suffix: "100k", source: work(updates) },
    items: work(0),
    ...rest,
  };
}
