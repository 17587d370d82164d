/** What all measurements of one run of the benchmark share. */
import type { BenchOptions } from "./options.ts";
import type { Stores } from "./stores.ts";

export interface Bench {
  readonly stores: Stores;
  readonly profileDir: string | null;
  /** How often a short measurement is repeated; the median counts. */
  readonly runs: number;
  /** How long a measurement against the clock goes on. */
  readonly clockMs: number;
  updates(wanted: number): number;
}

export function benchOf(options: BenchOptions, stores: Stores): Bench {
  const { profileDir, isQuick } = options;
  return {
    stores,
    profileDir,
    runs: isQuick || profileDir !== null ? 1 : 3,
    clockMs: isQuick ? 1_000 : 8_000,
    updates: (wanted) => (isQuick ? wanted / 10 : wanted),
  };
}
