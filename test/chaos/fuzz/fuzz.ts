/**
 * Fires mutated inputs at every parser. None may throw, take 50 ms of processor time, pollute a
 * prototype or accept a second encoding of anything. Input n of a seed is always the same.
 */
import { Prng } from "../../../src/sim/prng.ts";
import type { Outcome, Settings } from "../part.ts";
import { messageOf, Violations } from "../part.ts";
import { importTargets } from "./target-import.ts";
import { opTargets } from "./target-op.ts";
import { pageTargets } from "./target-page.ts";
import { pagingTargets } from "./target-paging.ts";
import { sessionTargets } from "./target-session.ts";
import { textTargets } from "./target-text.ts";
import { frameTargets } from "./target-frame.ts";
import type { Shot, Target } from "./target.ts";

const inputMsMax = 50;
/** What seems slower than this is measured again: another process may have had the processor. */
const suspectMs = 2;
const reportEvery = 100_000;
const violationsOfOne = 5;

const targets: readonly Target[] = [
  ...opTargets,
  ...pageTargets,
  ...frameTargets,
  ...sessionTargets,
  ...pagingTargets,
  ...importTargets,
  ...textTargets,
];
const weights = targets.map(({ weight }) => weight);

interface Score {
  inputs: number;
  accepted: number;
  worstMs: number;
  worstInput: number;
  violations: number;
}

export async function fuzz(settings: Settings): Promise<Outcome> {
  const range = new Range(settings);
  const since = process.cpuUsage();
  await range.fire();
  const { user, system } = process.cpuUsage(since);
  const cpuSeconds = Math.round((user + system) / 100_000) / 10;
  return {
    figures: { ...range.figures, cpuSeconds },
    violations: range.violations.found,
  };
}

class Range {
  readonly #settings: Settings;
  readonly #scores = new Map<string, Score>();
  readonly violations: Violations;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.violations = new Violations(settings.log);
    for (const { name } of targets) {
      const zero = { inputs: 0, accepted: 0, worstMs: 0, worstInput: -1, violations: 0 };
      this.#scores.set(name, zero);
    }
  }

  get figures(): Outcome["figures"] {
    const scores = [...this.#scores];
    const worst = scores.reduce((most, each) => (each[1].worstMs > most[1].worstMs ? each : most));
    return {
      inputs: scores.reduce((sum, [, { inputs }]) => sum + inputs, 0),
      accepted: scores.reduce((sum, [, { accepted }]) => sum + accepted, 0),
      worstMs: round(worst[1].worstMs),
      worstOf: `${worst[0]}, input ${worst[1].worstInput}`,
      parsers: Object.fromEntries(
        scores.map(([name, { inputs, accepted, worstMs, worstInput }]) => {
          return [name, { inputs, accepted, worstMs: round(worstMs), worstInput }];
        }),
      ),
    };
  }

  async fire(): Promise<void> {
    const { rounds, only } = this.#settings;
    if (only !== null) {
      this.#one(only);
      return;
    }
    for (let at = 0; at < rounds && !this.violations.isFull; at += 1) {
      this.#one(at);
      if (at % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (at % reportEvery === reportEvery - 1) this.#settings.log(`${at + 1} inputs`);
    }
  }

  #one(at: number): void {
    const { seed, only, log } = this.#settings;
    const prng = new Prng(`${seed}/fuzz/${at}`);
    const target = targets[prng.weighted(weights)] as Target;
    const score = this.#scores.get(target.name) as Score;
    const drawn = target.draw(prng);
    if (only !== null) log(`input ${at}, ${target.name}: ${drawn.show()}`);
    score.inputs += 1;
    const blame = (what: string): void => {
      score.violations += 1;
      if (score.violations > violationsOfOne) return;
      this.violations.add(`input ${at}, ${target.name}: ${what}: ${drawn.show()}`);
    };
    const since = performance.now();
    try {
      if (drawn.check() === "accepted") score.accepted += 1;
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(0, 4) : [];
      blame(`${messageOf(error)} ${stack.join(" ")}`);
    }
    const took = performance.now() - since;
    const isSuspect = took > suspectMs && (took > score.worstMs || took > inputMsMax);
    const cost = isSuspect ? cpuMsOf(drawn) : took;
    if (cost > score.worstMs) [score.worstMs, score.worstInput] = [cost, at];
    if (cost > inputMsMax) blame(`it takes ${Math.round(cost)} ms`);
    if (isPolluted()) blame("it pollutes a prototype");
  }
}

function isPolluted(): boolean {
  if (Object.keys(Object.prototype).length === 0 && Object.keys(Array.prototype).length === 0) {
    return ({} as Readonly<Record<string, unknown>>)["polluted"] !== undefined;
  }
  for (const name of Object.keys(Object.prototype)) {
    Reflect.deleteProperty(Object.prototype, name);
  }
  return true;
}

/** The processor time of the check: the least of a few, without what collecting garbage adds. */
function cpuMsOf(drawn: Shot): number {
  let least = Infinity;
  for (let times = 0; times < 5; times += 1) {
    const since = process.cpuUsage();
    try {
      drawn.check();
    } catch {
      // Counted when it ran first.
    }
    const { user, system } = process.cpuUsage(since);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
