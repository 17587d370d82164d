/** Whether an item may be worked on, why not, and which one comes next. Pure: hand the state in. */
import { compareText, utf8 } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { member } from "../base/json.ts";
import { spreadItems } from "../base/limits.ts";
import type { Stage } from "../op/change.ts";
import { isStage } from "../op/change.ts";
import type { ItemView } from "../pipeline/document.ts";
import type { Sha256 } from "../pipeline/digest.ts";

/** Why nobody works on an item: a word for programs, a sentence for people. */
export interface Obstacle {
  readonly why: "stage" | "blocked" | "frozen" | "depends_on" | "held" | "needs" | "limit" | "wait";
  readonly text: string;
}

/** What there is to know of other items and of claims. */
export interface Surroundings {
  /** The live item, else null. */
  item(id: string): ItemView | null;
  state(id: string): "live" | "deleted" | "absent";
  /** Who holds the item now, in words; null when it is free. */
  holderOf(id: string): string | null;
}

/** Who wants to work. */
export interface Worker {
  /** Stages from which it takes items; empty for every one in which there is work. */
  readonly stages: readonly Stage[];
  /** What it can do: items that need `gpu` carry the label `needs:gpu`. */
  readonly labels: readonly string[];
}

const needsPrefix = "needs:";
const finished: readonly unknown[] = ["done", "archived"];
/** Where there is work for whoever names no stage. */
const workStages: readonly unknown[] = ["backlog", "coding", "qa", "merge"];

/** Everything that speaks against working on the item now; empty when it is ready. */
export function obstacles(
  view: ItemView,
  worker: Worker,
  around: Surroundings,
): readonly Obstacle[] {
  const { fields } = view;
  const found: Obstacle[] = [];
  const stage = member(fields, "stage");
  const wanted: readonly unknown[] = worker.stages.length > 0 ? worker.stages : workStages;
  if (!wanted.includes(stage)) {
    const shown = isStage(stage) ? stage : "no stage";
    found.push({ why: "stage", text: `it is in ${shown}` });
  }
  if (isSet(member(fields, "blocked"))) {
    const reason = member(fields, "reason") ?? member(fields, "blocked");
    const text = typeof reason === "string" && reason !== "" ? `blocked: ${reason}` : "blocked";
    found.push({ why: "blocked", text });
  }
  if (isSet(member(fields, "frozen"))) found.push({ why: "frozen", text: "frozen" });
  for (const id of texts(member(fields, "depends_on"))) {
    const problem = dependencyProblem(id, around);
    if (problem !== null) found.push({ why: "depends_on", text: problem });
  }
  const holder = around.holderOf(view.item);
  if (holder !== null) found.push({ why: "held", text: `held by ${holder}` });
  for (const need of needsOf(view)) {
    if (!worker.labels.includes(need)) found.push({ why: "needs", text: `needs ${need}` });
  }
  return found;
}

/** What the item asks of whoever works on it. */
export function needsOf(view: ItemView): readonly string[] {
  return texts(member(view.fields, "labels"))
    .filter((label) => label.startsWith(needsPrefix))
    .map((label) => label.slice(needsPrefix.length));
}

/** Whether nobody waits any more for an item of this stage. */
export function isFinished(stage: Json | undefined): boolean {
  return finished.includes(stage);
}

/** Why `id` is not done; null when it is, and when it was deleted: nobody will do that any more. */
export function dependencyProblem(
  id: string,
  around: Pick<Surroundings, "item" | "state">,
): string | null {
  const view = around.item(id);
  if (view === null) {
    return around.state(id) === "deleted" ? null : `waits for ${id}, which is not here`;
  }
  const stage = member(view.fields, "stage");
  if (isFinished(stage)) return null;
  return `waits for ${id}, which is in ${isStage(stage) ? stage : "no stage"}`;
}

/** True for a flag that is on: anything but null, false and an empty text. */
export function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== "";
}

export function texts(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).filter((each) => typeof each === "string");
}

/** How much an item matters: priority first, then how many wait for it, then its age. */
export interface Rank {
  readonly priority: number;
  readonly dependents: number;
  /** Unix milliseconds by the clock of whoever created it: a wish, never a right. */
  readonly created: number;
  readonly item: string;
}

export function rankOf(view: ItemView, dependents: number): Rank {
  const priority = member(view.fields, "priority");
  return {
    priority: typeof priority === "number" ? priority : Number.MAX_SAFE_INTEGER,
    dependents,
    created: view.created.time,
    item: view.item,
  };
}

export function compareRanks(left: Rank, right: Rank): number {
  return (
    left.priority - right.priority ||
    right.dependents - left.dependents ||
    left.created - right.created ||
    compareText(left.item, right.item)
  );
}

/**
 * Ranked items in the order in which `node` tries them. Of those that are equally due each node
 * begins with another one, so that many that look at once do not all claim the same.
 */
export function spread(ranked: readonly Rank[], node: string, sha256: Sha256): readonly Rank[] {
  const [first] = ranked;
  if (first === undefined) return [];
  const isEqual = (rank: Rank): boolean =>
    rank.priority === first.priority && rank.dependents === first.dependents;
  const head = ranked.slice(0, spreadItems).filter(isEqual);
  const keyed = head.map((rank) => ({ rank, key: sha256(utf8(`${node} ${rank.item}`)) }));
  keyed.sort((left, right) => compareText(left.key, right.key));
  return [...keyed.map(({ rank }) => rank), ...ranked.slice(head.length)];
}
