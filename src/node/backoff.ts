/** How long to wait before dialling again. Pure: what happened and a random number come in. */
import { backoffCapMs, backoffFirstMs, healthyMs } from "../base/limits.ts";

/**
 * Close codes after which trying again soon would be hammering: only a person can change the
 * answer. 1009 is among them because the same frame will be too big again. [WIRE 5.2]
 */
const refusalCodes: ReadonlySet<number> = new Set([1009, 4401, 4403, 4409, 4410, 4426]);

export function isRefusal(closeCode: number): boolean {
  return refusalCodes.has(closeCode);
}

/** True for a session that proves the other side well: the backoff starts again after it. */
export function isHealthy(admittedForMs: number): boolean {
  return admittedForMs >= healthyMs;
}

/**
 * Milliseconds until the next attempt after `failures` (1 or more) in a row: anything from 0 to a
 * bound that doubles. Full jitter, so that many nodes do not return to a hub in step; `random` is
 * from [0, 1). [A12]
 */
export function backoffMs(after: { readonly failures: number; readonly random: number }): number {
  const bound = Math.min(backoffCapMs, backoffFirstMs * 2 ** (after.failures - 1));
  return Math.floor(bound * after.random);
}
