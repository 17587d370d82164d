/** Which stage an item may go to from which, for whoever writes here. [CLM-13] */
import type { Stage } from "../op/change.ts";
import { stages } from "../op/change.ts";

/**
 * What nobody has worked on is neither tested nor merged; what is done is reopened or put away;
 * what is in the archive comes back through the backlog. All else is ordinary work: a step ahead,
 * a step left out, a step back.
 */
const allowed: Readonly<Record<Stage, readonly Stage[]>> = {
  backlog: ["coding", "done", "archived"],
  coding: ["backlog", "qa", "merge", "done", "archived"],
  qa: ["backlog", "coding", "merge", "done", "archived"],
  merge: ["backlog", "coding", "qa", "done", "archived"],
  done: ["backlog", "coding", "archived"],
  archived: ["backlog"],
};

/** Where an item may go from `from`; anywhere while it has no stage. */
export function stagesAfter(from: Stage | null): readonly Stage[] {
  return from === null ? stages : allowed[from];
}

/** What speaks against the move, with the way out; null when nothing does. */
export function refusedMove(from: Stage | null, to: Stage): string | null {
  if (from === null || from === to || allowed[from].includes(to)) return null;
  return (
    `From ${from} an item goes to ${allowed[from].join(", ")}, not to ${to}. ` +
    "Move it there first, or force it, which is recorded."
  );
}

/** The stage behind `from`; null behind the last one. */
export function nextStage(from: Stage | null): Stage | null {
  return from === null ? "backlog" : (stages[stages.indexOf(from) + 1] ?? null);
}
