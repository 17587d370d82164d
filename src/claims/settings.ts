/** What a node may be told about the work that it takes. */
import { leaseGraceMs, leaseMs, retryWaitMs } from "../base/limits.ts";

export interface WorkSettings {
  /** What this node can do, for items that carry `needs:…`. */
  readonly labels: readonly string[];
  /** Claims that this node holds at a time; 0 for any number. */
  readonly jobsMax: number;
  /** Claims held in a stage at a time, by all nodes together as seen here; none is no limit. */
  readonly stageLimits: ReadonlyMap<string, number>;
  /** How long a holder may be silent when its claim names no time of its own. */
  readonly leaseMs: number;
  /** How much longer this node waits before it takes over from another one. */
  readonly leaseGraceMs: number;
  /** How long an item that failed is left alone; it doubles with every further failure. */
  readonly retryWaitMs: number;
}

export const defaultWorkSettings: WorkSettings = {
  labels: [],
  jobsMax: 0,
  stageLimits: new Map(),
  leaseMs,
  leaseGraceMs,
  retryWaitMs,
};
