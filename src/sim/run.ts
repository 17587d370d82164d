/** Runs one scenario and says what came of it; never throws. */
import type { Outcome } from "./acts.ts";
import { play } from "./acts.ts";
import { CheckFailure } from "./failure.ts";
import type { Scenario } from "./scenario.ts";
import { World } from "./world.ts";

export interface RunFailure {
  readonly check: string;
  readonly message: string;
  readonly lastEvents: readonly string[];
}

export interface RunResult {
  readonly seed: string;
  readonly hash: string;
  /** Steps of all cores. */
  readonly steps: number;
  /** Steps and everything else that happened: arrivals, commits, timers. */
  readonly events: number;
  readonly framesSent: number;
  readonly opsSent: number;
  /** Virtual milliseconds. */
  readonly ms: number;
  readonly outcome: Outcome | null;
  readonly failure: RunFailure | null;
}

export function runScenario(
  scenario: Scenario,
  print: ((line: string) => void) | null = null,
): RunResult {
  const world = new World(scenario, print);
  let outcome: Outcome | null = null;
  let failure: RunFailure | null = null;
  try {
    outcome = play(world);
  } catch (error) {
    failure = failureOf(error, world);
  }
  const { trace, checks, happenings, queue } = world;
  return {
    seed: scenario.seed,
    hash: trace.hash,
    steps: trace.events,
    events: trace.events + happenings,
    framesSent: checks.framesSent,
    opsSent: checks.opsSent,
    ms: queue.now / 1_000,
    outcome,
    failure,
  };
}

function failureOf(error: unknown, world: World): RunFailure {
  const lastEvents = world.trace.last();
  if (error instanceof CheckFailure) {
    return { check: error.check, message: error.message, lastEvents };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { check: "step never throws", message, lastEvents };
}
