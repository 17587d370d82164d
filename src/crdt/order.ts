/** The total order that decides between writes, and the stamp that carries it. [WIRE 2] */
import { compareText } from "../base/bytes.ts";
import type { NodeId, OpId } from "../op/op.ts";

/** What is remembered of an op: its place in the order, and who wrote it when. One for each op. */
export interface Stamp {
  readonly lamport: number;
  readonly author: NodeId;
  readonly id: OpId;
  /** Author's wall clock, Unix milliseconds; for people, never for order. */
  readonly time: number;
  readonly actor: string;
}

/** Where one change stands in the order: its op, then its index within the op. */
export interface Place {
  readonly stamp: Stamp;
  readonly position: number;
}

/** Negative when `left` comes first, positive when `right` does, 0 for one and the same op. */
export function compareStamps(left: Stamp, right: Stamp): number {
  if (left === right) return 0;
  if (left.lamport !== right.lamport) return left.lamport - right.lamport;
  // Lower-case hex of one length sorts as its bytes do.
  return compareText(left.author, right.author) || compareText(left.id, right.id);
}

/** Like `compareStamps`; of two changes of one op the one that stands later is the greater. */
export function comparePlaces(left: Place, right: Place): number {
  return compareStamps(left.stamp, right.stamp) || left.position - right.position;
}

/** The greater of two stamps. */
export function laterStamp(left: Stamp, right: Stamp): Stamp {
  return compareStamps(left, right) < 0 ? right : left;
}
