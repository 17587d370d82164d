/** Which frames each phase of a connection takes. All else closes it with 4400. [WIRE 5 to 7] */
import type { FrameType } from "./frames.ts";

/**
 * - `challenging`: listener, waits for `auth`.
 * - `admitting`: listener, the admission becomes durable; no known frame may come.
 * - `dialling`: connector, waits for `challenge`.
 * - `answering`: connector, waits for `welcome`.
 * - `greeting`: authenticated, waits for the peer's first sync frame.
 * - `delta`: version 2, waits for the peer's `ready`.
 * - `live`: version 2, both directions stream.
 * - `dump`: version 1.
 */
export const phases = [
  "challenging",
  "admitting",
  "dialling",
  "answering",
  "greeting",
  "delta",
  "live",
  "dump",
] as const;
export type Phase = (typeof phases)[number];

/** `take` it, `ignore` it, or close the connection with 4400. */
export type Verdict = "take" | "ignore" | "close";

const table: Readonly<Record<Phase, Partial<Record<FrameType, Verdict>>>> = {
  challenging: { auth: "take", unknown: "ignore" },
  admitting: { unknown: "ignore" },
  dialling: { challenge: "take", unknown: "ignore" },
  answering: { welcome: "take", unknown: "ignore" },
  greeting: { clock: "take", bulk: "take", unknown: "ignore" },
  delta: { clock: "take", bulk: "take", live: "take", ready: "take", unknown: "ignore" },
  live: { clock: "take", bulk: "take", live: "take", ready: "ignore", unknown: "ignore" },
  dump: { bulk: "take", live: "take", clock: "ignore", ready: "ignore", unknown: "ignore" },
};

export function verdictOn(phase: Phase, frame: FrameType): Verdict {
  return table[phase][frame] ?? "close";
}

/** True until the handshake is done: the peer may send only few and small frames. */
export function isStranger(phase: Phase): boolean {
  return ["challenging", "admitting", "dialling", "answering"].includes(phase);
}
