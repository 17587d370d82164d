/** The small files under test/fixtures/import, and what tests of importers do with texts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importItems } from "../items.ts";
import type { CurrentState, ImportStep, Problem } from "../plan.ts";
import { importTrace } from "../trace.ts";

export const fixtures = join(import.meta.dirname, "../../../test/fixtures/import");

export function fixture(name: string): string {
  return readFileSync(join(fixtures, name), "utf8");
}

export type Planner = (state: CurrentState) => Iterable<ImportStep>;

export function items(input: string | Uint8Array): Planner {
  return (state) => importItems({ source: "items.jsonl", input }, state);
}

export function trace(input: string | Uint8Array): Planner {
  return (state) => importTrace({ source: "trace.jsonl", input }, state);
}

/** One JSON line for each object. */
export function jsonl(...entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}

/** The line and the code of each problem. */
export function problemsOf(
  problems: readonly (Pick<Problem, "code"> & { readonly line: number | null })[],
): readonly string[] {
  return problems.map(({ line, code }) => `${line ?? "-"} ${code}`);
}
