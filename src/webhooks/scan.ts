/** Reads what arrived, op by op, and tells which transitions each brought about on this node. */
import type { Change } from "../op/change.ts";
import type { Op } from "../op/op.ts";
import { claimKinds, itemOf } from "../pipeline/schema.ts";
import { webhookFoldsMax, webhookTextMax } from "../base/edge-limits.ts";
import { member } from "../base/json.ts";
import type { PastOp, PastSource, Sliced } from "../history/source.ts";
import { Fold, itemsOf, readAll, upTo } from "../history/source.ts";
import type { ItemState, Transition } from "./transitions.ts";
import { transitionsOf } from "./transitions.ts";

/** A transition, and the op that brought it. */
export interface FoundTransition extends Transition {
  readonly item: string;
  readonly title: string | null;
  readonly op: Op;
  /** Arrival index of the op. */
  readonly index: number;
}

/** Whether a change may bring a transition about; all others leave stage and claim as they are. */
function mayMatter(change: Change): boolean {
  switch (change.kind) {
    case "new":
    case "del":
      return true;
    case "set":
      return change.field === "stage" || change.field === "blocked";
    case "unknown":
      return claimKinds.has(change.name);
    default:
      return false;
  }
}

export class Scan {
  readonly #source: PastSource;
  /** How items were after the last op that was read, those used last at the end. */
  readonly #folds = new Map<string, Fold>();

  constructor(source: PastSource) {
    this.#source = source;
  }

  /** The transitions that the ops from arrival `from` to before `to` brought, in their order. */
  *between(from: number, to: number): Sliced<readonly FoundTransition[]> {
    const ops: PastOp[] = [];
    yield* readAll(this.#source, upTo(to, from), (past) => ops.push(past));
    const found: FoundTransition[] = [];
    for (const past of ops) {
      const matters = new Set(past.op.changes.filter(mayMatter).map(itemOf));
      for (const item of itemsOf(past.op)) {
        // An item that is remembered has to learn all that happens to it, its title among it.
        if (!matters.has(item) && !this.#folds.has(item)) continue;
        const fold = yield* this.#foldBefore(item, past.index);
        const before = stateOf(fold, item);
        fold.apply(past);
        const after = stateOf(fold, item);
        const title = titleOf(after) ?? titleOf(before);
        const of = { item, title, ...past };
        found.push(...transitionsOf(before, after).map((each) => ({ ...each, ...of })));
      }
      yield;
    }
    return found;
  }

  /** The item as it was before the op at `index` came. */
  *#foldBefore(item: string, index: number): Sliced<Fold> {
    const known = this.#folds.get(item);
    this.#folds.delete(item);
    const fold = known ?? new Fold(this.#source.sha256, new Set([item]));
    this.#folds.set(item, fold);
    for (const oldest of this.#folds.keys()) {
      if (this.#folds.size <= webhookFoldsMax) break;
      this.#folds.delete(oldest);
    }
    if (known !== undefined) return known;
    const earlier = this.#source.historyOf(item).filter((each) => each < index);
    yield* readAll(this.#source, earlier, (past) => fold.apply(past));
    return fold;
  }
}

function stateOf(fold: Fold, item: string): ItemState {
  return { fields: fold.view(item)?.fields ?? null, claim: fold.claims.standing(item) };
}

function titleOf({ fields }: ItemState): string | null {
  const title = fields === null ? undefined : member(fields, "title");
  return typeof title === "string" ? title.slice(0, webhookTextMax) : null;
}
