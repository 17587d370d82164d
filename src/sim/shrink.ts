/** Makes a failing scenario small: leaves out actions, then ops of writes, while it still fails. */
import { runScenario } from "./run.ts";
import type { Action, Scenario } from "./scenario.ts";

/** Runs that shrinking may take. */
const runsMax = 600;

export interface Shrinking {
  /** The check that fails; another failure is not the same bug. */
  readonly check: string;
  readonly print: (line: string) => void;
  /** The check that fails in a run, or null. */
  readonly run?: (scenario: Scenario) => string | null;
}

function failedCheck(scenario: Scenario): string | null {
  return runScenario(scenario).failure?.check ?? null;
}

export function shrink(scenario: Scenario, shrinking: Shrinking): Scenario {
  const { check, print, run = failedCheck } = shrinking;
  let runs = 0;
  const fails = (actions: readonly Action[]): boolean => {
    runs += 1;
    return runs <= runsMax && run({ ...scenario, actions }) === check;
  };
  let { actions } = scenario;
  for (let before = Infinity; actions.length < before && runs < runsMax;) {
    before = actions.length;
    actions = withoutParts(actions, fails);
    print(`${actions.length} actions after ${runs} runs`);
  }
  actions = withSmallWrites(actions, fails);
  const last = actions.at(-1)?.at ?? 0;
  const short = { ...scenario.options, chaosMs: Math.max(1_000, Math.ceil(last) + 1_000) };
  const shorter = { ...scenario, actions, options: short };
  return run(shorter) === check ? shorter : { ...scenario, actions };
}

/** Delta debugging: halves, quarters and so on are left out, down to single actions. */
function withoutParts(
  all: readonly Action[],
  fails: (actions: readonly Action[]) => boolean,
): readonly Action[] {
  let actions = all;
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < actions.length;) {
      const without = [...actions.slice(0, at), ...actions.slice(at + size)];
      if (fails(without)) actions = without;
      else at += size;
    }
  }
  return actions;
}

/** Writes of many ops are cut down to one. */
function withSmallWrites(
  all: readonly Action[],
  fails: (actions: readonly Action[]) => boolean,
): readonly Action[] {
  let actions = all;
  for (const [at, action] of all.entries()) {
    if (action.kind !== "write" || action.ops.length < 2) continue;
    const small = actions.with(at, { ...action, ops: action.ops.slice(0, 1) });
    if (fails(small)) actions = small;
  }
  return actions;
}
