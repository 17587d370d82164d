/** `npm run sim -- --mutants`: does the simulator catch every broken variant, and how soon? */
import { join } from "node:path";
import { mutants } from "./mutants.ts";
import type { Variant } from "../src/sim/parallel.ts";
import { runSeeds } from "../src/sim/parallel.ts";

export function variantNamed(name: string): Variant {
  return { name, loader: join(import.meta.dirname, "mutate.ts") };
}

interface Verdict {
  readonly name: string;
  /** The first seed that failed; null when none did. */
  readonly seed: number | null;
  /** Which check caught it. */
  readonly check: string | null;
}

export async function runMutants({
  seeds,
  isJson,
  from,
}: {
  readonly seeds: number;
  readonly isJson: boolean;
  /** The first variant to try; null for all. */
  readonly from: string | null;
}): Promise<number> {
  const verdicts: Verdict[] = [];
  const start = mutants.findIndex(({ name }) => name === from);
  for (const { name } of mutants.slice(Math.max(0, start))) {
    const job = { first: 1, seeds, scale: 1, variant: variantNamed(name), isStopping: true };
    const { failures } = await runSeeds({ ...job, print: () => undefined });
    const [first] = failures;
    const seed = first === undefined ? null : Number(first.seed);
    verdicts.push({ name, seed, check: first?.check ?? null });
    if (!isJson) console.log(line(verdicts.at(-1), seeds));
  }
  const missed = verdicts.filter(({ seed }) => seed === null);
  if (isJson) console.log(JSON.stringify(verdicts));
  else console.log(`${verdicts.length - missed.length} of ${verdicts.length} caught`);
  return missed.length === 0 ? 0 : 1;
}

function line(verdict: Verdict | undefined, seeds: number): string {
  if (verdict === undefined) return "";
  const { name, seed, check } = verdict;
  const what = seed === null ? `not caught in ${seeds} seeds` : `seed ${seed}: ${check ?? ""}`;
  return `${name.padEnd(36)} ${what}`;
}
