/** When to send the clock again because ops of a peer wait for an ancestor. [WIRE 6] */
import { pendingOpsMax, reclockDoublingsMax, reclockMs } from "../base/limits.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";

export class Reclock {
  /** Ops from this peer that wait, with their authors. */
  readonly #waiting = new Map<OpId, NodeId>();
  /** When the clock may be sent again; null when it was not sent for what waits now. */
  #nextAt: number | null = null;
  #doublings = 0;

  note(ops: readonly Op[]): void {
    for (const op of ops) {
      if (this.#waiting.size < pendingOpsMax) this.#waiting.set(op.id, op.author);
    }
  }

  /** Monotonic milliseconds of the next look; Infinity for none. */
  get at(): number {
    return this.#nextAt ?? Infinity;
  }

  /**
   * The authors to leave out of a clock to be sent now, or null for none to be sent. First those
   * whose ops wait; then `all`, since what is missing may be anybody's.
   */
  due(
    ops: { isApplied(id: OpId): boolean; isPending(id: OpId): boolean },
    now: number,
  ): ReadonlySet<NodeId> | "all" | null {
    if (this.#waiting.size === 0 || now < (this.#nextAt ?? now)) return null;
    const isFirst = this.#nextAt === null;
    for (const id of this.#waiting.keys()) {
      // An applied op may lie in another run that still waits. What found no room to wait is worth
      // asking for once.
      if (ops.isApplied(id) || (!isFirst && !ops.isPending(id))) this.#waiting.delete(id);
    }
    if (this.#waiting.size === 0) {
      this.#nextAt = null;
      return null;
    }
    this.#doublings = isFirst ? 0 : Math.min(this.#doublings + 1, reclockDoublingsMax);
    this.#nextAt = now + reclockMs * 2 ** this.#doublings;
    return isFirst ? new Set(this.#waiting.values()) : "all";
  }
}
