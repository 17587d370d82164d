/** The clocks, timers and chance of this machine, as the one place that asks for them. */
import type { Now } from "../replica/events.ts";

export interface SystemClock {
  readonly now: () => Now;
  /** From [0, 1). */
  readonly random: () => number;
  /** Runs `fire` once after `ms`; returns what cancels it. */
  readonly setTimer: (ms: number, fire: () => void) => () => void;
}

export const systemClock: SystemClock = {
  now: () => ({ mono: performance.now(), wall: Date.now() }),
  random: () => Math.random(),
  setTimer: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};
