/** Runs what somebody asks of the simulator: many seeds, or one run to look at closely. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TowlineError } from "../base/errors.ts";
import { drawScenario } from "./draw.ts";
import type { Variant } from "./parallel.ts";
import { runSeeds } from "./parallel.ts";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import type { Failed, Totals } from "./totals.ts";
import { count, noTotals, summary } from "./totals.ts";

export interface SimRequest {
  readonly seeds: number;
  /** The first of them. */
  readonly first: number;
  /** One seed instead of many. */
  readonly seed: string | null;
  /** A file with one scenario, instead of seeds. */
  readonly scenario: string | null;
  /** How long runs are and how much they hold; 1 is usual. */
  readonly scale: number;
  /** Only so many actions of the one run. */
  readonly until: number;
  readonly isTracing: boolean;
  /** Makes one run that fails small, and writes it to `folder`. */
  readonly isShrinking: boolean;
  readonly folder: string;
  readonly isJson: boolean;
}

/** Who runs it: how a failure is named and seen again. */
export interface SimHost {
  /** Of the code, since a seed means nothing without it. */
  readonly version: string;
  /** What begins a command line of the simulator here. */
  readonly command: string;
  readonly variant: Variant | null;
  print(line: string): void;
}

/** True when every promise was kept. Throws `usage/invalid` for a scenario that is none. */
export async function simulate(request: SimRequest, host: SimHost): Promise<boolean> {
  if (request.seed !== null || request.scenario !== null) return simulateOne(request, host);
  const { first, seeds, scale, isJson } = request;
  const totals = await runSeeds({
    ...{ first, seeds, scale },
    variant: host.variant,
    isStopping: host.variant !== null,
    print: isJson ? () => undefined : (line) => host.print(line),
  });
  return report(totals, request, host);
}

function simulateOne(request: SimRequest, host: SimHost): boolean {
  const scenario = scenarioOf(request);
  const totals = noTotals();
  const before = process.cpuUsage();
  const result = runScenario(scenario, request.isTracing ? (line) => host.print(line) : null);
  count(totals, result);
  const { user, system } = process.cpuUsage(before);
  totals.cpuMs = (user + system) / 1_000;
  if (request.isShrinking && result.failure !== null) {
    const { check, message } = result.failure;
    const small = shrink(scenario, { check, print: (line) => host.print(line) });
    const path = join(request.folder, `${scenario.seed}.json`);
    writeFileSync(path, `${JSON.stringify({ ...small, note: message })}\n`);
    host.print(`written to ${path}`);
  }
  return report(totals, request, host);
}

function scenarioOf({ scenario: path, seed, scale, until }: SimRequest): Scenario {
  const whole = path === null ? drawScenario(seed ?? "1", { scale }) : readScenario(path);
  return { ...whole, actions: whole.actions.slice(0, until) };
}

function readScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const message = `The scenario ${path} cannot be read (${String(cause)}).`;
    throw new TowlineError("usage/invalid", message, { cause });
  }
  try {
    const read = JSON.parse(text) as Partial<Scenario>;
    if (Array.isArray(read.actions) && typeof read.seed === "string") return read as Scenario;
  } catch {
    // What is no JSON is no scenario either.
  }
  const message = `${path} holds no scenario: give a file that --shrink wrote.`;
  throw new TowlineError("usage/invalid", message);
}

function report(totals: Totals, request: SimRequest, host: SimHost): boolean {
  const { version } = host;
  if (request.isJson) host.print(JSON.stringify({ commit: version, ...totals }));
  else {
    for (const failure of totals.failures.slice(0, 5)) host.print(textOf(failure, request, host));
    host.print(summary(totals));
  }
  return totals.failures.length === 0;
}

function textOf({ seed, message, lastEvents }: Failed, request: SimRequest, host: SimHost): string {
  const { scenario, scale } = request;
  const variant = host.variant === null ? "" : ` --mutant ${host.variant.name}`;
  const scaled = scale === 1 ? "" : ` --scale ${scale}`;
  const replay = scenario === null ? `--seed ${seed}${scaled}` : `--scenario ${scenario}`;
  return [
    `seed ${seed} failed at ${host.version}`,
    ...lastEvents.map((line) => line.slice(0, 160)),
    message,
    `replay: ${host.command} ${replay}${variant} --trace`,
    "",
  ].join("\n");
}
