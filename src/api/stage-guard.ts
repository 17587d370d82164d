/** Refuses moves that the rules of the stages do not allow, before they are written. [CLM-13] */
import { TowlineError } from "../base/errors.ts";
import { isObject, member } from "../base/json.ts";
import { refusedMove } from "../claims/transitions.ts";
import type { Stage } from "../op/change.ts";
import { isStage } from "../op/change.ts";
import type { ChangeTuple, ItemView } from "./types.ts";

/** An item as it stands. */
export interface Standing {
  readonly stage: Stage | null;
  /** Stages to which nodes that did not know of one another moved it; none when they agree. */
  readonly sides: readonly Stage[];
}

/**
 * Looks at each write of a stage, in order, as if those before it had been written. A `move` beside
 * it that says why it is forced lets it pass, and so does a conflict of which it takes a side: that
 * move was allowed where it was made. Throws `stage/refused`; what is malformed is left to
 * the core, which refuses it.
 */
export function refuseWrongMoves(
  standingOf: (item: string) => Standing,
  ops: readonly (readonly ChangeTuple[])[],
): void {
  const written = new Map<string, Stage | null>();
  for (const changes of ops) {
    const forced = new Set(changes.filter(isForcedMove).map(([, item]) => item));
    for (const [kind, item, third, fourth] of changes) {
      if (typeof item !== "string") continue;
      if (kind === "new")
        written.set(item, isObject(third) ? asStage(member(third, "stage")) : null);
      if (kind !== "set" || third !== "stage") continue;
      const standing = written.has(item) ? null : standingOf(item);
      const from = standing === null ? (written.get(item) ?? null) : standing.stage;
      const to = asStage(fourth);
      written.set(item, to);
      if (to === null || standing?.sides.includes(to) === true) continue;
      const refusal = forced.has(item) ? null : refusedMove(from, to);
      if (refusal !== null) throw new TowlineError("stage/refused", `${item}: ${refusal}`);
    }
  }
}

/** Null for an item that has no stage, or is not there. */
export function stageIn(view: ItemView | null): Stage | null {
  return view === null ? null : asStage(member(view.fields, "stage"));
}

function isForcedMove([kind, , , , terms]: ChangeTuple): boolean {
  return kind === "move" && isObject(terms) && typeof member(terms, "force") === "string";
}

function asStage(value: unknown): Stage | null {
  return isStage(value) ? value : null;
}
