/** `npm run bench`: measures Towline and prints the figures, each with how it was measured. */
import { writeFileSync } from "node:fs";
import { benchOf } from "./bench.ts";
import type { Case, Figure } from "./figures.ts";
import { tableOf } from "./figures.ts";
import { joinCases } from "./joining.ts";
import { linkedCases } from "./linked.ts";
import { localCases } from "./local.ts";
import { machine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { readOptions, usage } from "./options.ts";
import { Stores } from "./stores.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | "help";
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  using stores = new Stores();
  // A benchmark that is interrupted leaves no folders either.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stores[Symbol.dispose]();
      process.exit(130);
    });
  }
  const bench = benchOf(options, stores);
  const cases = [...joinCases(bench), ...linkedCases(bench), ...localCases(bench)];
  const wanted = cases.filter(({ names }) => isWanted(names, options.only));
  if (wanted.length === 0) {
    const names = cases.flatMap((each) => each.names).join(", ");
    console.error(`no figure begins with ${options.only ?? ""}; there are: ${names}`);
    return 2;
  }
  const about = machine();
  for (const [name, value] of Object.entries(about)) console.log(`${name}: ${value}`);
  const figures = await measure(wanted);
  console.log(`\n${tableOf(figures)}`);
  if (options.json !== null) {
    const content = { about, figures: Object.fromEntries(figures) };
    writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
  }
  return 0;
}

function isWanted(names: readonly string[], only: string | null): boolean {
  return only === null || names.some((name) => name.startsWith(only));
}

async function measure(cases: readonly Case[]): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>();
  for (const each of cases) {
    const startedAt = performance.now();
    const found = await each.measure();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    for (const [name, figure] of Object.entries(found)) {
      figures.set(name, figure);
      console.error(`  ${name} ${figure.value} ${figure.unit} (${seconds} s to measure)`);
    }
  }
  return figures;
}
