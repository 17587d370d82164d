/**
 * The changes by which nodes hand work to one another, read out of an op's body. To an older node
 * they are changes of unknown kinds; here one that is malformed is without effect. Neither ever
 * makes an op invalid. [CHG-15]
 */
import { isHex } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { claimsAfterMax, leaseMsMax, leaseMsMin, seenMovesMax } from "../base/limits.ts";
import type { Change, Stage } from "../op/change.ts";
import { isItemId, isStage } from "../op/change.ts";
import type { OpId } from "../op/op.ts";
import { claimKinds } from "../pipeline/schema.ts";

/**
 * Takes an item. `after` names what it follows: first the claim that it takes over or its end, then
 * others that its epoch must exceed; nothing for a first claim.
 */
export interface Claiming {
  readonly kind: "claim";
  readonly item: string;
  /** The fencing token: one more than the greatest of the claims that `after` leads to. */
  readonly epoch: number;
  readonly after: readonly OpId[];
  /** How long the holder may be silent, as it wishes itself; null for the default. */
  readonly ttlMs: number | null;
  /** Held by a person, and kept by the node for as long as it runs. */
  readonly isManual: boolean;
  /** Why it was taken from somebody, when it was. */
  readonly reason: string;
}

/** What the holder of a claim says of it. */
interface OfClaim {
  readonly item: string;
  readonly epoch: number;
  /** The op that made the claim. */
  readonly claim: OpId;
}

/** The peers that matter know of no other claim of this epoch: it is sure now. */
export interface Confirming extends OfClaim {
  readonly kind: "confirm";
  readonly by: Guarantee;
}

/** A sign of life in the log, for peers that presence does not reach. */
export interface Renewing extends OfClaim {
  readonly kind: "renew";
}

/** The work is given back, and no try is used up. */
export interface Releasing extends OfClaim {
  readonly kind: "release";
  readonly reason: string;
  /** Nothing was done under it: as if it had never been, unless it was confirmed. */
  readonly isUnused: boolean;
}

/** The work is done: the item goes to the stage `to`, or stays where it is. */
export interface Completing extends OfClaim {
  readonly kind: "complete";
  readonly to: Stage | null;
  /** Moves of the item that its author had seen. */
  readonly seen: readonly OpId[];
}

/** The work failed: a try is used up, and after the last one the item is blocked. */
export interface Failing extends OfClaim {
  readonly kind: "fail";
  readonly reason: string;
  readonly isBlocking: boolean;
}

/** Failures up to this epoch count no more: the item may be tried again. Anybody says so. */
export interface Retrying extends OfClaim {
  readonly kind: "retry";
}

/** Stands beside a `set` of the stage and tells which earlier moves its author had seen. */
export interface Moving {
  readonly kind: "move";
  readonly item: string;
  readonly to: Stage;
  readonly seen: readonly OpId[];
  /** Why a rule was overridden, when one was. */
  readonly force: string | null;
}

export type EndOfClaim = Releasing | Completing | Failing;
export type ClaimChange = Claiming | Confirming | Renewing | EndOfClaim | Retrying | Moving;

/** What a claim was confirmed by. */
export type Guarantee = "hub" | "quorum" | "none";

/** The claim change in `change`; null for any other, and for a malformed one. [CLM-1] */
export function readClaimChange(change: Change): ClaimChange | null {
  if (change.kind !== "unknown" || !claimKinds.has(change.name)) return null;
  const [, item, third, fourth, terms] = change.raw;
  if (change.raw.length !== 5 || !isItemId(item) || !isObject(terms)) return null;
  if (change.name === "move") return readMove(item, third, fourth, terms);
  if (typeof third !== "number" || !Number.isSafeInteger(third) || third < 1) return null;
  const epoch = third;
  if (change.name === "claim") return readClaim({ item, epoch, after: fourth, terms });
  if (!isHex(fourth, 64)) return null;
  return readOfClaim(change.name, { item, epoch, claim: fourth as OpId }, terms);
}

function readClaim(given: {
  readonly item: string;
  readonly epoch: number;
  readonly after: Json | undefined;
  readonly terms: JsonObject;
}): Claiming | null {
  const { item, epoch, after, terms } = given;
  if (!Array.isArray(after) || after.length > claimsAfterMax) return null;
  if (!after.every((id: Json) => isHex(id, 64))) return null;
  const ttlMs = member(terms, "ttl") ?? null;
  const isTime = typeof ttlMs === "number" && Number.isInteger(ttlMs);
  if (ttlMs !== null && !(isTime && ttlMs >= leaseMsMin && ttlMs <= leaseMsMax)) return null;
  const isManual = flag(terms, "manual");
  const reason = text(terms, "reason");
  if (isManual === null || reason === null) return null;
  const ids = after as readonly string[] as OpId[];
  return { kind: "claim", item, epoch, after: ids, ttlMs, isManual, reason };
}

function readOfClaim(name: string, of: OfClaim, terms: JsonObject): ClaimChange | null {
  switch (name) {
    case "confirm": {
      const by = member(terms, "by");
      return by === "hub" || by === "quorum" ? { kind: "confirm", ...of, by } : null;
    }
    case "renew":
    case "retry":
      return { kind: name, ...of };
    case "release": {
      const reason = text(terms, "reason");
      const isUnused = flag(terms, "unused");
      if (reason === null || isUnused === null) return null;
      return { kind: "release", ...of, reason, isUnused };
    }
    case "complete": {
      const to = member(terms, "to") ?? null;
      const seen = readSeen(member(terms, "seen") ?? []);
      if ((to !== null && !isStage(to)) || seen === null) return null;
      return { kind: "complete", ...of, to, seen };
    }
    case "fail": {
      const reason = text(terms, "reason");
      const isBlocking = flag(terms, "block");
      if (reason === null || isBlocking === null) return null;
      return { kind: "fail", ...of, reason, isBlocking };
    }
    default:
      return null;
  }
}

function readMove(
  item: string,
  to: Json | undefined,
  ids: Json | undefined,
  terms: JsonObject,
): Moving | null {
  const seen = readSeen(ids);
  const force = member(terms, "force") ?? null;
  if (!isStage(to) || seen === null || (force !== null && typeof force !== "string")) return null;
  return { kind: "move", item, to, seen, force };
}

function readSeen(ids: Json | undefined): readonly OpId[] | null {
  if (!Array.isArray(ids) || ids.length > seenMovesMax) return null;
  return ids.every((id: Json) => isHex(id, 64)) ? (ids as readonly string[] as OpId[]) : null;
}

/** A text, empty when the member is missing; null when it is something else. */
function text(terms: JsonObject, name: string): string | null {
  const value = member(terms, name) ?? "";
  return typeof value === "string" ? value : null;
}

/** False when the member is missing; null when it is no boolean. */
function flag(terms: JsonObject, name: string): boolean | null {
  const value = member(terms, name) ?? false;
  return typeof value === "boolean" ? value : null;
}
