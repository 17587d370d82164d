/** What all importers say of an entry in the same words, and which ids and actors can be used. */
import { utf8 } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { actorBytesMax } from "../base/limits.ts";
import { nameOf, quoted } from "./lines.ts";
import type { ImportStep, Origin, Problem } from "./plan.ts";
import { problem } from "./plan.ts";

export const deletedHere = "deleted in this pipeline, where an id is never used again";
export const unchanged = "nothing new";

export function badItemId(where: string, value: Json | undefined): Problem {
  const shown = typeof value === "string" ? quoted(value) : nameOf(value);
  const message = `${where} is ${shown}: an item id has 1 to 128 letters, digits and . _ : - only`;
  return problem("entry/bad-item-id", message);
}

export function duplicate(item: string, place: string): Problem {
  const message = `${item} was already on ${place}, which counts: leave one of the two out`;
  return problem("entry/duplicate-item", message);
}

/** True when an op can name `text` as its actor. [WIRE 2] */
export function isActor(text: string): boolean {
  return text.isWellFormed() && utf8(text).length <= actorBytesMax;
}

export function problemStep(origin: Origin, found: Problem): ImportStep {
  return { kind: "problem", ...origin, problem: found };
}

export function skipStep(origin: Origin, item: string, why: string): ImportStep {
  return { kind: "skip", ...origin, item, outcome: "skipped", why };
}
