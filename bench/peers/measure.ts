/** Figures of one peer that come from the same measurement. */
import type { Figure } from "../figures.ts";

export interface Measure {
  /** Without the peer in front. */
  readonly names: readonly string[];
  measure(): Promise<Readonly<Record<string, Figure>>>;
}
