/**
 * Who holds an item and what became of it, by the most literal reading of docs/PROTOCOL.md: look at
 * all ops, again and again. Slow and written apart from `ItemClaims`, which tests and the simulator
 * compare with it. Share no code.
 */
import type { Json } from "../base/json.ts";
import { fromHex, utf8 } from "../base/bytes.ts";
import type { Op } from "../op/op.ts";

/** What two implementations must agree on. */
export interface ReferenceClaim {
  readonly claim: string;
  readonly epoch: number;
  readonly holder: string;
  readonly confirmed: boolean;
  readonly end: string | null;
  /** `[kind, op]` of each end that took effect, the oldest first. */
  readonly effects: readonly (readonly [kind: string, op: string])[];
  /** The greatest epoch whose failures somebody forgave. */
  readonly forgiven: number;
}

interface Found {
  readonly op: Op;
  readonly position: number;
  readonly raw: readonly Json[];
}

type Hash = (bytes: Uint8Array) => string;

/** The claim that stands on `item`; null when there is none. */
export function referenceClaim(
  ops: readonly Op[],
  item: string,
  sha256: Hash,
): ReferenceClaim | null {
  const found = changesOf(ops, item);
  const named = firstOfEachOp(found.filter(({ raw }) => isClaim(raw) || isEnd(raw)));
  const claims = named.filter(({ raw }) => raw[0] === "claim");
  const ends = named.filter(({ raw }) => raw[0] !== "claim");
  const confirms = found.filter(({ raw }) => raw[0] === "confirm" && isConfirm(raw));
  const rooted = rootedOf(claims, ends);
  // Whatever is asked below is asked in the order of ops.
  const counted = claims.filter((claim) => rooted.has(claim));
  const endOf = (claim: Found): Found | null => ends.find((end) => names(end, claim)) ?? null;
  const weight = (claim: Found): number => {
    const after = counted.filter((each) => rooted.get(each)?.claim === claim).map(weight);
    const end = endOf(claim);
    const isUnused = end?.raw[0] === "release" && termsOf(end.raw)?.["unused"] === true;
    const own = isUnused ? 0 : end?.raw[0] === "release" ? 1 : 2;
    return Math.max(confirms.some((each) => names(each, claim)) ? 3 : own, ...after);
  };
  const draw = (claim: Found): string =>
    sha256(
      new Uint8Array([
        ...utf8("towline/draw/1\0"),
        ...(fromHex(claim.op.author) ?? []),
        ...leb128(epochOf(claim)),
        ...utf8(item),
      ]),
    );
  const best = (among: readonly Found[]): Found | undefined => {
    const heaviest = Math.max(1, ...among.map(weight));
    const left = among.filter((claim) => weight(claim) === heaviest);
    // Of one author the first claim alone; between authors the least draw.
    const firsts = left.filter(
      (claim) => left.find(({ op }) => op.author === claim.op.author) === claim,
    );
    return firsts.toSorted((one, other) => (draw(one) < draw(other) ? -1 : 1))[0];
  };
  const line: Found[] = [];
  let next = best(counted.filter((claim) => rooted.get(claim)?.claim === null));
  while (next !== undefined) {
    line.push(next);
    const at = next;
    next = best(counted.filter((claim) => rooted.get(claim)?.claim === at));
  }
  const last = line.at(-1);
  if (last === undefined) return null;
  const end = endOf(last);
  const forgiven = counted.filter((claim) => found.some((each) => isRetry(each, claim)));
  return {
    claim: last.op.id,
    epoch: epochOf(last),
    holder: last.op.author,
    confirmed: confirms.some((each) => names(each, last)),
    end: end?.op.id ?? null,
    effects: inForce([...line.slice(1).map((claim) => rooted.get(claim)?.end ?? null), end]),
    forgiven: Math.max(0, ...forgiven.map(epochOf)),
  };
}

function inForce(ends: readonly (Found | null)[]): readonly (readonly [string, string])[] {
  const found = ends.filter((end) => end !== null);
  const telling = found.filter(({ raw }) => raw[0] !== "release");
  return telling.map((end) => [nameOf(end), end.op.id]);
}

function isRetry({ raw }: Found, claim: Found): boolean {
  const isOf = raw[3] === claim.op.id && raw[2] === claim.raw[2];
  return raw[0] === "retry" && isOf && termsOf(raw) !== null;
}

/** What a claim follows: nothing, a claim, or a claim and its end. */
interface Followed {
  readonly claim: Found | null;
  readonly end: Found | null;
}

/** Claims that lead back to first ones with the right epochs, each with what it follows. */
function rootedOf(claims: readonly Found[], ends: readonly Found[]): Map<Found, Followed> {
  const rooted = new Map<Found, Followed>();
  const followed = (id: Json): Followed | null => {
    for (const claim of rooted.keys()) if (claim.op.id === id) return { claim, end: null };
    for (const end of ends) {
      if (end.op.id !== id) continue;
      for (const claim of rooted.keys()) if (names(end, claim)) return { claim, end };
    }
    return null;
  };
  for (let before = -1; before < rooted.size;) {
    before = rooted.size;
    for (const claim of claims) {
      const after = claim.raw[3] as readonly Json[];
      const all = after.map(followed);
      if (rooted.has(claim) || all.includes(null)) continue;
      const epochs = all.map((each) => (each?.claim ? epochOf(each.claim) : 0));
      if (epochOf(claim) !== 1 + Math.max(0, ...epochs)) continue;
      rooted.set(claim, all[0] ?? { claim: null, end: null });
    }
  }
  return rooted;
}

function changesOf(ops: readonly Op[], item: string): Found[] {
  const once = [...new Map(ops.map((op) => [op.id as string, op])).values()];
  once.sort((left, right) => {
    if (left.lamport !== right.lamport) return left.lamport - right.lamport;
    if (left.author !== right.author) return left.author < right.author ? -1 : 1;
    return left.id < right.id ? -1 : 1;
  });
  return once.flatMap((op) =>
    op.changes.flatMap((change, position): Found[] => {
      if (change.kind !== "unknown" || change.raw[1] !== item || change.raw.length !== 5) return [];
      return [{ op, position, raw: change.raw }];
    }),
  );
}

function firstOfEachOp(all: readonly Found[]): Found[] {
  return all.filter((each) => all.find(({ op }) => op.id === each.op.id) === each);
}

const nameOf = ({ raw }: Found): string => (typeof raw[0] === "string" ? raw[0] : "");
const epochOf = ({ raw }: Found): number => Number(raw[2]);

function names(each: Found, claim: Found): boolean {
  const isOfAuthor = each.op.author === claim.op.author && each.op.id !== claim.op.id;
  return isOfAuthor && each.raw[3] === claim.op.id && each.raw[2] === claim.raw[2];
}

function termsOf(raw: readonly Json[]): { readonly [name: string]: Json } | null {
  const terms = raw[4];
  const isTerms = typeof terms === "object" && terms !== null && !Array.isArray(terms);
  return isTerms ? (terms as { readonly [name: string]: Json }) : null;
}

const isEpoch = (value: Json | undefined): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
const isId = (value: Json | undefined): boolean =>
  typeof value === "string" && /^[0-9a-f]{64}$/u.test(value);
const isTextOrNone = (value: Json | undefined): boolean =>
  (value ?? null) === null || typeof value === "string";
const isFlagOrNone = (value: Json | undefined): boolean =>
  (value ?? null) === null || typeof value === "boolean";

function isClaim(raw: readonly Json[]): boolean {
  const [kind, , epoch, after] = raw;
  const terms = termsOf(raw);
  if (kind !== "claim" || terms === null || !isEpoch(epoch)) return false;
  if (!Array.isArray(after) || after.length > 8) return false;
  if (!(after as readonly Json[]).every(isId)) return false;
  const ttl = terms["ttl"] ?? null;
  const isTime = typeof ttl === "number" && Number.isInteger(ttl) && ttl >= 100;
  if (ttl !== null && !(isTime && ttl <= 31 * 86_400_000)) return false;
  return isFlagOrNone(terms["manual"]) && isTextOrNone(terms["reason"]);
}

function isConfirm(raw: readonly Json[]): boolean {
  const by = termsOf(raw)?.["by"];
  return isEpoch(raw[2]) && isId(raw[3]) && (by === "hub" || by === "quorum");
}

const stageNames = ["backlog", "coding", "qa", "merge", "done", "archived"];

function isEnd(raw: readonly Json[]): boolean {
  const terms = termsOf(raw);
  if (terms === null || !isEpoch(raw[2]) || !isId(raw[3])) return false;
  switch (raw[0]) {
    case "release":
      return isTextOrNone(terms["reason"]) && isFlagOrNone(terms["unused"]);
    case "fail":
      return isTextOrNone(terms["reason"]) && isFlagOrNone(terms["block"]);
    case "complete": {
      const [to, seen] = [terms["to"] ?? null, terms["seen"] ?? []];
      if (to !== null && !(typeof to === "string" && stageNames.includes(to))) return false;
      return Array.isArray(seen) && seen.length <= 64 && (seen as readonly Json[]).every(isId);
    }
    default:
      return false;
  }
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
