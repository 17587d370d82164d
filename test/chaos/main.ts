/**
 * `npm run chaos`: the real program, from outside in. See docs/TESTING.md.
 *   npm run chaos -- [kill|proxy|disk|damage|fuzz|strangers|all]
 *   --rounds N    rounds, points, cases or inputs; `full` for the large counts
 *   --seed X      what is drawn; else a new one, which is printed
 *   --only N      this round, case or input alone (disk, damage, fuzz, proxy)
 *   --json        the last line only
 * It ends with 1 when anything was violated, and then prints what replays it.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { damage } from "./damage.ts";
import { disk } from "./disk.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { kill } from "./kill.ts";
import type { Figures, Outcome, Part } from "./part.ts";
import { messageOf } from "./part.ts";
import { proxy } from "./proxy.ts";
import { strangers } from "./strangers.ts";

interface Known {
  readonly part: Part;
  /** Rounds while one develops, and those that are reported. */
  readonly some: number;
  readonly full: number;
}

const parts: ReadonlyMap<string, Known> = new Map<string, Known>([
  ["kill", { part: kill, some: 50, full: 200 }],
  ["proxy", { part: proxy, some: 10, full: 40 }],
  ["disk", { part: disk, some: 50, full: 200 }],
  ["damage", { part: damage, some: 500, full: 2_000 }],
  ["fuzz", { part: fuzz, some: 200_000, full: 2_000_000 }],
  ["strangers", { part: strangers, some: 1, full: 3 }],
]);

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const wanted = positionals[0] ?? "all";
  const chosen = wanted === "all" ? [...parts] : [...parts].filter(([name]) => name === wanted);
  const only = values.only === undefined ? null : Number(values.only);
  const isCount = /^(full|[1-9]\d*)$/u.test(values.rounds ?? "1");
  if (chosen.length === 0 || !isCount || Number.isNaN(only)) {
    console.error(`usage: chaos [${[...parts.keys()].join("|")}|all] [--rounds N|full] [--seed X]`);
    return 2;
  }
  const seed = values.seed ?? randomBytes(4).toString("hex");
  const print = values.json ? (): void => undefined : (line: string) => console.log(line);
  const results: Figures[] = [];
  for (const [name, known] of chosen) {
    const rounds = roundsOf(values.rounds, known);
    results.push(await runPart(name, known.part, { seed, rounds, only, print }));
  }
  const isRight = results.every(({ ok }) => ok === true);
  const [first] = results;
  console.log(JSON.stringify(wanted === "all" ? { ok: isRight, seed, parts: results } : first));
  return isRight ? 0 : 1;
}

function roundsOf(given: string | undefined, known: Known): number {
  if (given === undefined) return known.some;
  return given === "full" ? known.full : Number(given);
}

async function runPart(
  name: string,
  part: Part,
  given: {
    readonly seed: string;
    readonly rounds: number;
    readonly only: number | null;
    readonly print: (line: string) => void;
  },
): Promise<Figures> {
  const { seed, rounds, only, print } = given;
  print(`${name}: seed ${seed}, ${rounds} rounds`);
  const since = performance.now();
  const log = (line: string): void => print(`${name}: ${line}`);
  let outcome: Outcome;
  try {
    outcome = await part({ seed, rounds, only, log });
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    outcome = { figures: {}, violations: [`the runner failed: ${messageOf(error)} ${stack}`] };
  }
  const ok = outcome.violations.length === 0;
  const seconds = Math.round((performance.now() - since) / 100) / 10;
  const narrow = only === null ? "" : ` --only ${only}`;
  const replay = `npm run chaos -- ${name} --rounds ${rounds} --seed ${seed}${narrow}`;
  if (!ok) print(`${name}: replay with: ${replay}`);
  const { violations, figures } = outcome;
  return { part: name, ok, seed, rounds, seconds, ...figures, violations, replay };
}
