/** What every part of the chaos runner is: settings in, figures and violations out. */
import type { Json } from "../../src/base/json.ts";

export interface Settings {
  readonly seed: string;
  /** How many rounds, points, cases or inputs, as the part counts them. */
  readonly rounds: number;
  /** Only this one of them. */
  readonly only: number | null;
  /** A line for each interesting event. */
  readonly log: (line: string) => void;
}

export type Figures = Readonly<Record<string, Json>>;

export interface Outcome {
  readonly figures: Figures;
  /** Empty when all is well. */
  readonly violations: readonly string[];
}

export type Part = (settings: Settings) => Promise<Outcome>;

/** Violations that are kept; the rest would say the same. */
const violationsMax = 50;

/** Gathers what went wrong, and says each at once. */
export class Violations {
  readonly found: string[] = [];
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(what: string): void {
    if (this.found.length >= violationsMax) return;
    this.found.push(what);
    this.#log(`VIOLATION: ${what}`);
  }

  get isFull(): boolean {
    return this.found.length >= violationsMax;
  }
}

/** The value below which the share `rank` of `values` lies, rounded; null without any. */
export function percentile(values: readonly number[], rank: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * rank))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** Counts by name, as JSON. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get json(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  return `${code}${error.message}`;
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
