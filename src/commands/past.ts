/** What commands that look back have in common: the ops of a node as `history/` reads them. */
import type { TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import { isObject, member } from "../base/json.ts";
import { turnMs } from "../base/limits.ts";
import type { Moment } from "../history/moment.ts";
import type { Live } from "../history/undo.ts";
import type { PastSource, Sliced } from "../history/source.ts";
import type { Given } from "./command.ts";
import { breathe } from "./command.ts";

export function liveOf(node: TowlineNode): Live {
  return node.work.host.state;
}

export function sourceOf(node: TowlineNode): PastSource {
  return {
    get count(): number {
      return node.arrivals.durable;
    },
    read: (indices) => node.arrivals.read(indices),
    historyOf: (item) => node.arrivals.ofItem(item),
    sha256: (bytes) => node.work.host.state.sha256(bytes),
  };
}

/** Does the work, and lets others have a turn whenever it has gone on for some milliseconds. */
export async function inSlices<Result>(work: Sliced<Result>, signal: AbortSignal): Promise<Result> {
  for (let since = performance.now(); ;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < turnMs) continue;
    await breathe(signal);
    since = performance.now();
  }
}

/** `{"ops": N}` or `{"time": unix milliseconds}`; null when the parameter is missing. */
export function readMoment(given: Given, name: string): Moment | null {
  const value = given.json(name);
  if (value === null) return null;
  for (const kind of ["ops", "time"] as const) {
    const number = isObject(value) ? member(value, kind) : undefined;
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) continue;
    return kind === "ops" ? { ops: number } : { time: number };
  }
  throw new TowlineError("usage/invalid", `The parameter ${JSON.stringify(name)} is no moment.`);
}

/** As `readMoment`, but there has to be one. */
export function readSomeMoment(given: Given, name: string): Moment {
  const moment = readMoment(given, name);
  if (moment !== null) return moment;
  throw new TowlineError("usage/invalid", `The parameter ${JSON.stringify(name)} is missing.`);
}
