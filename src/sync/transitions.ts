/** Which frames each phase of a connection takes. All else closes it with 4400. [WIRE 5 to 7] */
import type { FrameType } from "./frames.ts";
import type { PagingFrame } from "./frames-3.ts";

/**
 * - `challenging`: listener, waits for `auth`.
 * - `admitting`: listener, the admission becomes durable; no known frame may come.
 * - `dialling`: connector, waits for `challenge`.
 * - `answering`: connector, waits for `welcome`.
 */
export const strangerPhases = ["challenging", "admitting", "dialling", "answering"] as const;
export type StrangerPhase = (typeof strangerPhases)[number];

/**
 * - `greeting`: version 2, waits for the peer's first sync frame.
 * - `delta`: version 2, waits for the peer's `ready`.
 * - `live`: version 2, both directions stream.
 * - `dump`: version 1.
 * - `hailing`: version 3, waits for the peer's `hello`.
 * - `matching`: version 3, waits for the peer's `ready`.
 * - `streaming`: version 3, both directions stream.
 */
export const syncPhases = [
  "greeting",
  "delta",
  "live",
  "dump",
  "hailing",
  "matching",
  "streaming",
] as const;
export type SyncPhase = (typeof syncPhases)[number];

export const phases = [...strangerPhases, ...syncPhases] as const;
export type Phase = StrangerPhase | SyncPhase;

/** Every frame of any version. */
export type AnyFrameType = FrameType | PagingFrame["type"];

/** `take` it, `ignore` it, or close the connection with 4400. */
export type Verdict = "take" | "ignore" | "close";

const pages = {
  frontier: "take",
  page: "take",
  credit: "take",
  outlook: "take",
  locator: "take",
  ask: "take",
  beat: "take",
  unknown: "ignore",
} as const;

const table: Readonly<Record<Phase, Partial<Record<AnyFrameType, Verdict>>>> = {
  challenging: { auth: "take", unknown: "ignore" },
  admitting: { unknown: "ignore" },
  dialling: { challenge: "take", unknown: "ignore" },
  answering: { welcome: "take", unknown: "ignore" },
  greeting: { clock: "take", bulk: "take", unknown: "ignore" },
  delta: { clock: "take", bulk: "take", live: "take", ready: "take", unknown: "ignore" },
  live: { clock: "take", bulk: "take", live: "take", ready: "ignore", unknown: "ignore" },
  hailing: { hello: "take", bulk: "take", unknown: "ignore" },
  matching: { ...pages, ready: "take" },
  streaming: { ...pages, ready: "ignore", outlook: "ignore" },
  dump: { bulk: "take", live: "take", clock: "ignore", ready: "ignore", unknown: "ignore" },
};

export function verdictOn(phase: Phase, frame: AnyFrameType): Verdict {
  return table[phase][frame] ?? "close";
}
