/**
 * Imports an edit trace: each edit becomes an op (several, when it is too large for one) that also
 * moves the register x_trace on, in its last change. So a run that was interrupted goes on where it
 * stopped, and what was edited here after an edit was imported is not overwritten by it.
 *
 * An edit writes what it names and what follows from that, given all earlier edits of the item in
 * the file: a closed item whose status becomes deferred is frozen, the next status unfreezes it.
 * Of registers the importer knows its own writes, so it needs no state newer than the last chunk;
 * for a second edit of one set in a chunk it asks for a barrier, since a remove names op ids.
 */
import type { Json } from "../base/json.ts";
import { fieldOf, fieldsOf, setDifferences } from "./difference.ts";
import { deletedHere, problemStep, skipStep } from "./entry.ts";
import { packWriting } from "./pack.ts";
import type { CurrentState, ImportStep, Origin, RawChange } from "./plan.ts";
import type { Edit, Standing } from "./trace-history.ts";
import { readHistory, standingOf } from "./trace-history.ts";
import type { SetName, SetTarget, Target } from "./tracker-mapping.ts";
import { targetOf, tombstone, traceRegister } from "./tracker-mapping.ts";
import type { TrackerRecord } from "./tracker-record.ts";
import { emptyRecord } from "./tracker-record.ts";

export function* importTrace(
  { source, input }: { readonly source: string; readonly input: string | Uint8Array },
  state: CurrentState,
): Generator<ImportStep> {
  const { lines, marks } = readHistory(input);
  const run: Run = { state, tracks: new Map(), unsettled: new Set() };
  for (const { line, edit } of lines) {
    const origin: Origin = { source, line };
    if (edit.ok) yield* editSteps({ edit: edit.value, marks, origin }, run);
    else yield problemStep(origin, edit.error);
  }
}

/** What the importer knows of one item beside the current state. */
interface Track {
  readonly standing: Standing;
  /** The tracker's item after the edits so far, as far as the file tells. */
  record: TrackerRecord;
  /** True when an earlier step of this run created it, though the state may not show that yet. */
  isCreated: boolean;
  /** True once the user was told that another history of the item was imported before. */
  isTold: boolean;
}

interface Run {
  readonly state: CurrentState;
  readonly tracks: Map<string, Track>;
  /** Sets that were planned to change since the last barrier, as `item field`. */
  readonly unsettled: Set<string>;
}

interface Entry {
  readonly edit: Edit;
  readonly marks: ReadonlyMap<string, readonly string[]>;
  readonly origin: Origin;
}

function* editSteps({ edit, marks, origin }: Entry, run: Run): Generator<ImportStep> {
  const { item } = edit;
  const { state } = run;
  const track = trackOf(run, item, marks.get(item) ?? []);
  const before = track.record;
  track.record = recordAfter(before, edit);
  const known = state.state(item);
  const isNew = known === "absent" && !track.isCreated;
  const reason = known === "deleted" ? deletedHere : reasonToSkip({ edit, track, isNew });
  if (reason !== null) {
    yield skipStep(origin, item, reason);
    return;
  }
  const plan = planOf({ edit, before, after: track.record, isNew, state });
  const keys = [...plan.sets.keys()].map((field) => `${item} ${field}`);
  if (keys.some((key) => run.unsettled.has(key))) {
    yield { kind: "barrier" };
    run.unsettled.clear();
  }
  const changes: RawChange[] = [];
  for (const [field, wanted] of plan.sets) {
    const found = setDifferences(state, { item, field, wanted });
    if (found.length > 0) run.unsettled.add(`${item} ${field}`);
    changes.push(...found);
  }
  changes.push(["set", item, traceRegister, edit.mark]);
  const packed = packWriting({ item, isNew, registers: plan.registers, changes });
  if (!packed.ok) {
    yield problemStep(origin, packed.error);
    return;
  }
  track.isCreated = true;
  const why = remarkOn({ edit, track, isNew, before, remarks: plan.remarks });
  const outcome = isNew ? "created" : "changed";
  for (const [part, body] of packed.value.entries()) {
    yield { kind: "write", ...origin, item, actor: edit.actor, changes: body, outcome, why, part };
  }
}

function reasonToSkip(given: {
  readonly edit: Edit;
  readonly track: Track;
  readonly isNew: boolean;
}): string | null {
  const { edit, track, isNew } = given;
  if (track.standing.kind === "ahead") return olderTrace;
  if (track.standing.kind === "imported" && edit.ordinal <= track.standing.count) {
    return "already imported";
  }
  if (isNew && edit.action === "delete") return "deletes an item that is not here";
  return edit.action === "update" && edit.fields.size === 0 ? "changes nothing" : null;
}

const olderTrace =
  "more edits of the item were imported before than this file has; clear x_trace to replay these";

function trackOf(run: Run, item: string, marks: readonly string[]): Track {
  const known = run.tracks.get(item);
  if (known !== undefined) return known;
  // Read before this run wrote to the item: later it would tell of our own edits.
  const standing = standingOf(fieldOf(fieldsOf(run.state, item), traceRegister), marks);
  const track = { standing, record: emptyRecord, isCreated: false, isTold: false };
  run.tracks.set(item, track);
  return track;
}

/** A create replaces what was known; a deletion keeps it, since the item is only archived. */
function recordAfter(before: TrackerRecord, edit: Edit): TrackerRecord {
  const { action, fields } = edit;
  switch (action) {
    case "create":
      return fields.has("status") ? fields : new Map([...fields, ["status", "open"]]);
    case "update":
    case "delete":
      return new Map([...before, ...namedBy(edit)]);
  }
}

/** The fields that an edit names; a deletion names the status. */
function namedBy({ action, fields }: Edit): TrackerRecord {
  return action === "delete" ? new Map([...fields, ["status", tombstone]]) : fields;
}

interface EditPlan {
  readonly registers: readonly (readonly [string, Json])[];
  readonly sets: ReadonlyMap<SetName, SetTarget>;
  readonly remarks: readonly string[];
}

function planOf(given: {
  readonly edit: Edit;
  readonly before: TrackerRecord;
  readonly after: TrackerRecord;
  readonly isNew: boolean;
  readonly state: CurrentState;
}): EditPlan {
  const { edit, isNew, state } = given;
  // What the file did not tell of an item that is not here yet is known: there is nothing.
  const isUntold = isNew && !given.after.has("status");
  const after = targetOf(isUntold ? new Map([...given.after, ["status", "open"]]) : given.after);
  const before = targetOf(given.before);
  // With isNew all is direct: skipped edits of the file may have filled the record.
  const direct = isNew || edit.action === "create" ? after : targetOf(namedBy(edit));
  const fields = fieldsOf(state, edit.item);
  const registers: [string, Json][] = [];
  const names = new Set([
    ...direct.registers.keys(),
    ...after.registers.keys(),
    ...before.registers.keys(),
  ]);
  for (const name of names) {
    const value = after.registers.get(name) ?? null;
    const earlier = before.registers.get(name) ?? null;
    const isNamed = direct.registers.has(name);
    const isEmpty = earlier === null && (fieldOf(fields, name) ?? null) === null;
    const isChanged = JSON.stringify(value) !== JSON.stringify(earlier);
    if (value === null ? !isEmpty && (isNamed || isChanged) : isNamed || isChanged) {
      registers.push([name, value]);
    }
  }
  return { registers, sets: setPlan({ before, after, direct }), remarks: direct.remarks };
}

/** A set that the edit names becomes what it says; of another only what it implies changes. */
function setPlan(given: {
  readonly before: Target;
  readonly after: Target;
  readonly direct: Target;
}): ReadonlyMap<SetName, SetTarget> {
  const plan = new Map<SetName, SetTarget>();
  for (const field of ["labels", "depends_on"] as const) {
    const before = given.before.sets.get(field) ?? noTarget;
    const after = given.after.sets.get(field) ?? noTarget;
    const direct = given.direct.sets.get(field);
    const gone = before.values.filter((value) => !after.values.includes(value));
    const come = after.values.filter((value) => !before.values.includes(value));
    const unwanted = direct?.without.filter((value) => !after.values.includes(value)) ?? [];
    const wanted: SetTarget = {
      values: direct === undefined ? come : direct.isWhole ? after.values : direct.values,
      without: [...gone, ...unwanted],
      isWhole: direct?.isWhole === true,
    };
    const isIdle = wanted.values.length + wanted.without.length === 0 && !wanted.isWhole;
    if (!isIdle) plan.set(field, wanted);
  }
  return plan;
}

const noTarget: SetTarget = { values: [], without: [], isWhole: false };

/** One remark for a step: the first that applies, the rarest first. */
function remarkOn(given: {
  readonly edit: Edit;
  readonly track: Track;
  readonly isNew: boolean;
  readonly before: TrackerRecord;
  readonly remarks: readonly string[];
}): string | null {
  const { edit, track, isNew, before, remarks } = given;
  if (track.standing.kind === "other" && !track.isTold) {
    track.isTold = true;
    return "another history of the item was imported before; this one was written over it";
  }
  if (remarks.length > 0) return remarks[0] ?? null;
  if (edit.action === "create" && !isNew) {
    return before.get("status") === tombstone
      ? "created again after a deletion"
      : "created although it was there";
  }
  if (edit.action === "update" && isNew) return "changed before the file creates it";
  return null;
}
