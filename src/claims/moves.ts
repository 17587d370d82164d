/**
 * Moves of an item between stages as a graph: each names the moves that its author had seen. Two
 * that have not seen each other and lead to different stages are a conflict, until a move names
 * both. Which stage the item shows meanwhile, the order of ops decides. [CLM-14]
 */
import type { Stamp } from "../crdt/order.ts";
import { compareStamps } from "../crdt/order.ts";
import { seenMovesMax } from "../base/limits.ts";
import type { Stage } from "../op/change.ts";
import type { OpId } from "../op/op.ts";

export interface Move {
  readonly to: Stage;
  readonly seen: readonly OpId[];
  readonly stamp: Stamp;
}

export class Moves {
  readonly #moves = new Map<OpId, Move>();

  /** Of several moves in one op the last one counts, as for any register. */
  add(move: Move): void {
    this.#moves.set(move.stamp.id, move);
  }

  /** The moves that no other has seen, those of completions among them, in the order of ops. */
  tips(completions: readonly Move[]): readonly Move[] {
    if (this.#moves.size === 0 && completions.length === 0) return [];
    const all = new Map(this.#moves);
    for (const move of completions) all.set(move.stamp.id, move);
    const seen = new Set<OpId>();
    for (const move of all.values()) for (const id of move.seen) seen.add(id);
    const tips = [...all.values()].filter((move) => !seen.has(move.stamp.id));
    return tips.sort((left, right) => compareStamps(left.stamp, right.stamp));
  }
}

/** What a new move names: all that it settles. */
export function seenBy(tips: readonly Move[]): readonly OpId[] {
  return tips.slice(-seenMovesMax).map((tip) => tip.stamp.id);
}
