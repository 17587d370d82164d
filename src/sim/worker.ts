/** A process that runs seeds for `parallel.ts`: it gets ranges and answers with totals. */
import { drawScenario } from "./draw.ts";
import { runScenario } from "./run.ts";
import { count, noTotals } from "./totals.ts";

export interface Task {
  readonly first: number;
  readonly seeds: number;
  readonly scale: number;
}

/** One seed in so many is run twice, to prove that a seed is a run. */
const repeatEvery = 100;

// Ctrl-C reaches the whole group; the parent ends the run when this chunk is done.
process.on("SIGINT", () => undefined);
process.on("message", ({ first, seeds, scale }: Task) => {
  const totals = noTotals();
  const before = process.cpuUsage();
  for (let number = first; number < first + seeds; number += 1) {
    const scenario = drawScenario(String(number), { scale });
    const result = runScenario(scenario);
    count(totals, result);
    if (number % repeatEvery !== 0) continue;
    totals.repeated += 1;
    const again = runScenario(drawScenario(String(number), { scale }));
    if (again.hash === result.hash) continue;
    const message = `a second run gave trace ${again.hash}, the first ${result.hash}`;
    totals.failures.push({
      seed: result.seed,
      check: "one seed, one run",
      message,
      lastEvents: [],
    });
  }
  const { user, system } = process.cpuUsage(before);
  totals.cpuMs = (user + system) / 1_000;
  process.send?.(totals);
});
