/**
 * Whether the holder of a claim is still there, as this observer judges: by when it last received a
 * sign of life, on its own monotonic clock. No two clocks are ever compared. [CLM-12]
 */
import { leaseMsMin } from "../base/limits.ts";
import type { OpId } from "../op/op.ts";
import type { ClaimView } from "./claims.ts";

interface Sign {
  /** Ops of the holder about the item when this observer last looked. */
  ops: number;
  /** Monotonic milliseconds of the latest sign. */
  at: number;
}

export interface LeaseTimes {
  /** For claims that name no time of their own. */
  readonly ttlMs: number;
  readonly graceMs: number;
}

export class Leases {
  readonly #times: LeaseTimes;
  readonly #signs = new Map<OpId, Sign>();

  constructor(times: LeaseTimes) {
    this.#times = times;
  }

  ttlOf(claim: ClaimView): number {
    return Math.max(leaseMsMin, claim.ttlMs ?? this.#times.ttlMs);
  }

  /**
   * Looks at a claim that stands and has not ended. `ops` is how many ops of its holder about the
   * item are here, `heardAt` when a beat of the holder last named the claim, null for never. A
   * claim that is seen for the first time counts as alive: this process may just have started.
   */
  look(
    claim: ClaimView,
    seen: { readonly ops: number; readonly heardAt: number | null; readonly now: number },
  ): void {
    const sign = this.#signs.get(claim.claim);
    if (sign === undefined) {
      this.#signs.set(claim.claim, { ops: seen.ops, at: seen.now });
      return;
    }
    if (seen.ops !== sign.ops) {
      sign.ops = seen.ops;
      sign.at = seen.now;
    }
    if (seen.heardAt !== null && seen.heardAt > sign.at) sign.at = seen.heardAt;
  }

  /** Somebody on this very machine says that it works on it. */
  keep(claim: OpId, now: number): void {
    const sign = this.#signs.get(claim);
    if (sign === undefined) this.#signs.set(claim, { ops: -1, at: now });
    else sign.at = Math.max(sign.at, now);
  }

  /** Monotonic milliseconds from which the claim counts as expired; `graceMs` is for others'. */
  expiresAt(claim: ClaimView, isOurs: boolean): number {
    const at = this.#signs.get(claim.claim)?.at ?? Infinity;
    return at + this.ttlOf(claim) + (isOurs ? 0 : this.#times.graceMs);
  }

  lastSign(claim: OpId): number | null {
    return this.#signs.get(claim)?.at ?? null;
  }

  /** Forgets all claims but these: whatever else was looked at has ended. */
  retain(claims: ReadonlySet<OpId>): void {
    for (const claim of this.#signs.keys()) if (!claims.has(claim)) this.#signs.delete(claim);
  }
}
