/** What befell an item, seen from how it was before an op and how it is after it. */
import type { JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { ClaimView } from "../claims/claims.ts";
import { isSet } from "../claims/ready.ts";

export type TransitionKind =
  | "created"
  | "deleted"
  | "moved"
  | "claimed"
  | "released"
  | "failed"
  | "blocked";

/** An item at a moment. */
export interface ItemState {
  /** Null while it is not live. */
  readonly fields: JsonObject | null;
  readonly claim: ClaimView | null;
}

export interface Transition {
  readonly kind: TransitionKind;
  readonly before: string | null;
  readonly after: string | null;
  /** The fencing token, where a claim has a part in it. */
  readonly epoch: number | null;
  readonly reason: string | null;
}

/** In the order in which people would tell of them. */
export function transitionsOf(before: ItemState, after: ItemState): readonly Transition[] {
  const stages = { before: stageOf(before), after: stageOf(after) };
  const bare = { ...stages, epoch: null, reason: null };
  if (after.fields === null) return before.fields === null ? [] : [{ kind: "deleted", ...bare }];
  const found: Transition[] = [];
  if (before.fields === null) found.push({ kind: "created", ...bare });
  const isOpen = after.claim !== null && after.claim.end === null;
  const isSame = before.claim?.claim === after.claim?.claim;
  if (isOpen && !isSame) {
    const { epoch, reason } = after.claim;
    found.push({ kind: "claimed", ...stages, epoch, reason: orNull(reason) });
  }
  const ended = endedOf(before.claim, after.claim);
  if (ended !== null) found.push({ ...ended, ...stages });
  if (before.fields !== null && stages.before !== stages.after) {
    found.push({ kind: "moved", ...bare });
  }
  if (!isBlocked(before) && isBlocked(after)) {
    const reason = member(after.fields, "reason") ?? member(after.fields, "blocked");
    const why = typeof reason === "string" ? orNull(reason) : null;
    found.push({ kind: "blocked", ...bare, reason: why });
  }
  return found;
}

/** How the work ended; a completion shows in the stage. */
function endedOf(
  before: ClaimView | null,
  after: ClaimView | null,
): Pick<Transition, "kind" | "epoch" | "reason"> | null {
  if (after === null || after.end === null || before?.end?.op === after.end.op) return null;
  const { epoch, end } = after;
  const reason = orNull(end.reason);
  if (end.kind === "fail") return { kind: "failed", epoch, reason };
  return end.kind === "release" ? { kind: "released", epoch, reason } : null;
}

function stageOf({ fields }: ItemState): string | null {
  const stage = fields === null ? null : member(fields, "stage");
  return typeof stage === "string" ? stage : null;
}

function isBlocked({ fields }: ItemState): boolean {
  return fields !== null && isSet(member(fields, "blocked"));
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
