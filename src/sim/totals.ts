/** Sums over many runs, and how they are told. */
import type { RunResult } from "./run.ts";

export interface Failed {
  readonly seed: string;
  readonly check: string;
  readonly message: string;
  readonly lastEvents: readonly string[];
}

export interface Totals {
  seeds: number;
  virtualMs: number;
  steps: number;
  events: number;
  frames: number;
  cpuMs: number;
  /** The longest time from the end of the faults to agreement. */
  agreementMaxMs: number;
  forkedSeeds: number;
  repeated: number;
  faults: Record<string, number>;
  failures: Failed[];
}

export function noTotals(): Totals {
  return {
    seeds: 0,
    virtualMs: 0,
    steps: 0,
    events: 0,
    frames: 0,
    cpuMs: 0,
    agreementMaxMs: 0,
    forkedSeeds: 0,
    repeated: 0,
    faults: {},
    failures: [],
  };
}

export function count(totals: Totals, result: RunResult): void {
  const { outcome, failure, seed } = result;
  totals.seeds += 1;
  totals.virtualMs += result.ms;
  totals.steps += result.steps;
  totals.events += result.events;
  totals.frames += result.framesSent;
  if (outcome !== null) {
    totals.agreementMaxMs = Math.max(totals.agreementMaxMs, outcome.agreedAfterMs);
    if (outcome.forks > 0) totals.forkedSeeds += 1;
    for (const [kind, times] of outcome.faults) addTo(totals.faults, kind, times);
  }
  if (failure !== null) totals.failures.push({ seed, ...failure });
}

export function merge(into: Totals, from: Totals): void {
  into.seeds += from.seeds;
  into.virtualMs += from.virtualMs;
  into.steps += from.steps;
  into.events += from.events;
  into.frames += from.frames;
  into.cpuMs += from.cpuMs;
  into.agreementMaxMs = Math.max(into.agreementMaxMs, from.agreementMaxMs);
  into.forkedSeeds += from.forkedSeeds;
  into.repeated += from.repeated;
  for (const [kind, times] of Object.entries(from.faults)) addTo(into.faults, kind, times);
  into.failures.push(...from.failures);
}

function addTo(record: Record<string, number>, key: string, step: number): void {
  record[key] = (record[key] ?? 0) + step;
}

export function summary(totals: Totals): string {
  const hours = totals.virtualMs / 3_600_000;
  const cpuMinutes = Math.max(totals.cpuMs, 1) / 60_000;
  const perSecond = Math.round((1_000 * totals.events) / Math.max(totals.cpuMs, 1));
  const faults = Object.entries(totals.faults)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([kind, times]) => `${kind} ${times}`);
  return [
    `seeds        ${totals.seeds}, of which ${totals.repeated} were run twice`,
    `failures     ${totals.failures.length}`,
    `simulated    ${hours.toFixed(1)} cluster-hours, ${(hours / cpuMinutes).toFixed(1)} a CPU-minute`,
    `events       ${totals.events}, ${perSecond} a CPU-second; ${totals.steps} steps of a core`,
    `frames       ${totals.frames}`,
    `agreement    ${totals.agreementMaxMs / 1_000} s after the faults at the latest`,
    `forks        in ${totals.forkedSeeds} seeds`,
    `done         ${faults.join(", ")}`,
  ].join("\n");
}
