/** What a parser under fire offers: an input drawn from a seed, and what must hold for any. */
import type { Prng } from "../../../src/sim/prng.ts";

export type Verdict = "accepted" | "refused";

/** Draws an input and binds it to its check, which may run again to be measured. */
export interface Target {
  readonly name: string;
  /** How often it is drawn beside the others. */
  readonly weight: number;
  draw(prng: Prng): Shot;
}

export interface Shot {
  /** Throws when a property does not hold. May run several times, with the same end. */
  check(): Verdict;
  /** The input, for people and for a corpus. */
  show(): string;
}

/** A shot whose input is text or bytes. */
export function shot<Input extends string | Uint8Array>(
  input: Input,
  check: (input: Input) => Verdict,
): Shot {
  return { check: () => check(input), show: () => shown(input) };
}

const shownChars = 2_000;

function shown(input: string | Uint8Array): string {
  const text =
    typeof input === "string" ? JSON.stringify(input) : Buffer.from(input).toString("hex");
  return text.length > shownChars ? `${text.slice(0, shownChars)}… (${text.length})` : text;
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
