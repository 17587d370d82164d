/**
 * `npm run sim`: the system against everything that can go wrong. See docs/TESTING.md.
 *   --seeds N        so many seeds, on all processors
 *   --first N        the first of them (1)
 *   --seed X         one seed; with --trace each event, with --until N only the first N actions
 *   --scenario FILE  a scenario from a file, such as one of sim/corpus
 *   --scale N        longer runs with more work
 *   --shrink         makes a failing scenario small and writes it to sim/corpus
 *   --mutant NAME    with that broken variant of the core; --mutants: all of them, or from it on
 *   --json           the result as one line of JSON
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { currentCommit } from "./commit.ts";
import { drawScenario } from "./draw.ts";
import { runSeeds } from "./parallel.ts";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { runMutants } from "./teeth.ts";
import { count, noTotals, summary } from "./totals.ts";
import type { Failed, Totals } from "./totals.ts";

const { values: args } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    scenario: { type: "string" },
    until: { type: "string" },
    scale: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
    mutant: { type: "string" },
    mutants: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const seeds = Number(args.seeds);
  if (args.mutants)
    return await runMutants({ seeds, isJson: args.json, from: args.mutant ?? null });
  if (args.seed !== undefined || args.scenario !== undefined) return runOne(theScenario());
  const totals = await runSeeds({
    first: Number(args.first),
    seeds,
    scale: Number(args.scale),
    mutant: args.mutant ?? null,
    isStopping: args.mutant !== undefined,
    print: args.json ? () => undefined : (line) => console.log(line),
  });
  return report(totals);
}

function theScenario(): Scenario {
  const whole =
    args.scenario === undefined
      ? drawScenario(args.seed ?? "1", { scale: Number(args.scale) })
      : (JSON.parse(readFileSync(args.scenario, "utf8")) as Scenario);
  const until = args.until === undefined ? Infinity : Number(args.until);
  return { ...whole, actions: whole.actions.slice(0, until) };
}

function runOne(scenario: Scenario): number {
  const totals = noTotals();
  const before = process.cpuUsage();
  const result = runScenario(scenario, args.trace ? (line) => console.log(line) : null);
  count(totals, result);
  const { user, system } = process.cpuUsage(before);
  totals.cpuMs = (user + system) / 1_000;
  if (args.shrink && result.failure !== null) {
    const small = shrink(scenario, {
      check: result.failure.check,
      print: (line) => console.log(line),
    });
    const path = join(import.meta.dirname, "corpus", `${scenario.seed}.json`);
    writeFileSync(path, `${JSON.stringify({ ...small, note: result.failure.message })}\n`);
    console.log(`written to ${path}`);
  }
  return report(totals);
}

function report(totals: Totals): number {
  if (args.json) console.log(JSON.stringify({ commit: currentCommit(), ...totals }));
  else {
    for (const failure of totals.failures.slice(0, 5)) console.log(textOf(failure));
    console.log(summary(totals));
  }
  return totals.failures.length === 0 ? 0 : 1;
}

function textOf({ seed, message, lastEvents }: Failed): string {
  const mutant = args.mutant === undefined ? "" : ` --mutant ${args.mutant}`;
  const scale = args.scale === "1" ? "" : ` --scale ${args.scale}`;
  const replay =
    args.scenario === undefined ? `--seed ${seed}${scale}` : `--scenario ${args.scenario}`;
  return [
    `seed ${seed} failed at commit ${currentCommit()}`,
    ...lastEvents.map((line) => line.slice(0, 160)),
    message,
    `replay: npm run sim -- ${replay}${mutant} --trace`,
    "",
  ].join("\n");
}
