/** Last writer wins: a register is the greatest write that was made to it. */
import type { Place } from "./order.ts";
import { comparePlaces } from "./order.ts";

/** A write with its place, kept for blame. A null value unsets, and competes like any other. */
export interface Write<Value> extends Place {
  readonly value: Value;
}

/**
 * The write that stands when both were made. Commutative, associative and idempotent, so a register
 * is the fold of its writes in whatever order they arrive.
 */
export function winner<Value>(left: Write<Value>, right: Write<Value>): Write<Value> {
  return comparePlaces(left, right) < 0 ? right : left;
}
