/**
 * Imports a tracker's export: one item a line, with its state. What differs from the current state
 * is written and nothing else, so that a second run writes nothing.
 *
 * The file decides what it speaks of. A field that it does not name stays as it is, with what the
 * status says as the exception: stage, frozen, blocked, the label pinned, the reason "deleted".
 */
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import { isItemId } from "../op/change.ts";
import { commentsOf, heldNotes } from "./comments.ts";
import { differences } from "./difference.ts";
import { badItemId, deletedHere, duplicate, problemStep, skipStep, unchanged } from "./entry.ts";
import { jsonLines, nameOf } from "./lines.ts";
import { packWriting } from "./pack.ts";
import type { CurrentState, ImportStep, Origin, Problem } from "./plan.ts";
import { problem } from "./plan.ts";
import { targetOf, targetProblem } from "./tracker-mapping.ts";
import { readRecord } from "./tracker-record.ts";

/** What stands on the line of an item beside its fields. */
const notFields: ReadonlySet<string> = new Set(["id", "comments"]);

export function* importItems(
  { source, input }: { readonly source: string; readonly input: string | Uint8Array },
  state: CurrentState,
): Generator<ImportStep> {
  const firstLines = new Map<string, number>();
  for (const { line, entry } of jsonLines(input)) {
    const origin: Origin = { source, line };
    if (!entry.ok) {
      yield problemStep(origin, entry.error);
      continue;
    }
    yield* itemSteps(entry.value, { origin, state, firstLines });
  }
}

interface Context {
  readonly origin: Origin;
  readonly state: CurrentState;
  /** The line on which each item stood first: of two lines for one item no run could be stable. */
  readonly firstLines: Map<string, number>;
}

function itemSteps(entry: JsonObject, context: Context): readonly ImportStep[] {
  const { origin, state, firstLines } = context;
  const refuse = (found: Problem): ImportStep[] => [problemStep(origin, found)];
  const item = member(entry, "id");
  if (!isItemId(item)) return refuse(badItemId("id", item));
  const record = readRecord(entry, notFields);
  if (!record.ok) return refuse(record.error);
  // None of these checks looks at the state: a line is as bad in the second run as in the first.
  const stated = targetOf(record.value);
  const unfit = titleProblem(record.value.get("title")) ?? targetProblem(stated);
  if (unfit !== null) return refuse(unfit);
  const first = firstLines.get(item);
  if (first !== undefined) return refuse(duplicate(item, `line ${first}`));
  firstLines.set(item, origin.line ?? 0);

  const known = state.state(item);
  if (known === "deleted") return [skipStep(origin, item, deletedHere)];
  const isNew = known === "absent";
  const isUntold = isNew && !record.value.has("status");
  const target = isUntold ? targetOf(new Map([...record.value, ["status", "open"]])) : stated;
  const packed = packWriting({ item, isNew, ...differences(item, target, state) });
  if (!packed.ok) return refuse(packed.error);
  const comments = commentsOf(member(entry, "comments"), heldNotes(state, item));
  const bodies = [
    ...packed.value.map((changes) => ({ actor: null, changes })),
    ...comments.notes.map(({ actor, text }) => ({ actor, changes: [["note", item, text]] })),
  ];
  const why = target.remarks[0] ?? null;
  const outcome = isNew ? "created" : "changed";
  const steps = bodies.map(({ actor, changes }, part): ImportStep => {
    return { kind: "write", ...origin, item, actor, changes, outcome, why, part };
  });
  if (steps.length + comments.problems.length === 0) {
    return [skipStep(origin, item, unchanged)];
  }
  return [...steps, ...comments.problems.map((found) => problemStep(origin, found))];
}

function titleProblem(title: Json | undefined): Problem | null {
  if (typeof title === "string" && title !== "") return null;
  return problem("entry/bad-field", `"title" is ${title === "" ? "empty" : nameOf(title)}`);
}
