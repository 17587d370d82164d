/** Claim changes as they are written, each in one place. docs/PROTOCOL.md, section 15. */
import type { JsonObject } from "../base/json.ts";
import type { Guarantee } from "../claims/change.ts";
import type { Stage } from "../op/change.ts";
import type { OpId } from "../op/op.ts";
import type { WorkChange } from "./host.ts";

/** Which claim is meant: its item, its fencing token and its name. */
export interface ClaimRef {
  readonly item: string;
  readonly epoch: number;
  readonly claim: OpId;
}

export function claimChange(
  to: { readonly item: string; readonly epoch: number; readonly after: readonly OpId[] },
  terms: { readonly ttlMs: number | null; readonly isManual: boolean; readonly reason: string },
): WorkChange {
  const { ttlMs, isManual, reason } = terms;
  const written: JsonObject = {
    ...(ttlMs !== null && { ttl: ttlMs }),
    ...(isManual && { manual: true }),
    ...(reason !== "" && { reason }),
  };
  return ["claim", to.item, to.epoch, to.after, written];
}

export function confirmChange(of: ClaimRef, by: Guarantee): WorkChange {
  return ["confirm", of.item, of.epoch, of.claim, { by }];
}

export function renewChange(of: ClaimRef): WorkChange {
  return ["renew", of.item, of.epoch, of.claim, {}];
}

/** `isUnused`: nothing was done under the claim. */
export function releaseChange(of: ClaimRef, reason: string, isUnused = false): WorkChange {
  const terms = { ...(reason !== "" && { reason }), ...(isUnused && { unused: true }) };
  return ["release", of.item, of.epoch, of.claim, terms];
}

export function completeChange(of: ClaimRef, to: Stage | null, seen: readonly OpId[]): WorkChange {
  return ["complete", of.item, of.epoch, of.claim, { ...(to !== null && { to }), seen }];
}

export function failChange(of: ClaimRef, reason: string, isBlocking: boolean): WorkChange {
  const terms = { reason, ...(isBlocking && { block: true }) };
  return ["fail", of.item, of.epoch, of.claim, terms];
}

export function retryChange(of: ClaimRef): WorkChange {
  return ["retry", of.item, of.epoch, of.claim, {}];
}

/** A move of an item by hand: the write of its stage, and what its author had seen. */
export function moveChanges(
  item: string,
  to: Stage,
  how: { readonly seen: readonly OpId[]; readonly force: string | null },
): readonly WorkChange[] {
  const terms = how.force === null ? {} : { force: how.force };
  return [
    ["set", item, "stage", to],
    ["move", item, to, how.seen, terms],
  ];
}
