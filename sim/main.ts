/**
 * `npm run sim`: what `towline sim` does, with the broken variants of the core besides. See
 * docs/TESTING.md, and `--help`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { simulate } from "../src/sim/command.ts";
import { currentCommit } from "./commit.ts";
import { runMutants, variantNamed } from "./teeth.ts";

const usage = `usage: npm run sim [-- OPTIONS]

  --seeds N        so many seeds, on all processors (300)
  --first N        the first of them (1)
  --seed X         one seed; with --trace each event, with --until N only the first N actions
  --scenario FILE  a scenario from a file, such as one of sim/corpus
  --scale N        longer runs with more work (1)
  --shrink         makes the one scenario small if it fails, and writes it to sim/corpus
  --mutant NAME    with that broken variant of the core
  --mutants        all of them, or with --mutant from that one on
  --json           the result as one line of JSON`;

const options = {
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
  help: { type: "boolean", short: "h", default: false },
} as const;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { mutant, json: isJson } = values;
  const seeds = Number(values.seeds);
  if (values.mutants) return await runMutants({ seeds, isJson, from: mutant ?? null });
  const isKept = await simulate(
    {
      seeds,
      first: Number(values.first),
      seed: values.seed ?? null,
      scenario: values.scenario ?? null,
      scale: Number(values.scale),
      until: values.until === undefined ? Infinity : Number(values.until),
      isTracing: values.trace,
      isShrinking: values.shrink,
      folder: join(import.meta.dirname, "corpus"),
      isJson,
    },
    {
      version: `commit ${currentCommit()}`,
      command: "npm run sim --",
      variant: mutant === undefined ? null : variantNamed(mutant),
      print: (line) => console.log(line),
    },
  );
  return isKept ? 0 : 1;
}
