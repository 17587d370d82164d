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
  const endOf = (claim: Found): Found | null => ends.find((end) => names(end, claim)) ?? null;
  const confirms = found.filter(({ raw }) => raw[0] === "confirm" && isConfirm(raw));
  const isConfirmed = (claim: Found): boolean => confirms.some((each) => names(each, claim));
  const rooted = rootedOf(claims, ends);
  if (rooted.size === 0) return null;
  const top = Math.max(...[...rooted.keys()].map(epochOf));
  let running = claims.filter((claim) => rooted.has(claim) && epochOf(claim) === top);
  if (running.some(isConfirmed)) running = running.filter(isConfirmed);
  const open = running.filter((claim) => endOf(claim)?.raw[0] !== "release");
  if (open.length > 0) running = open;
  const draw = (claim: Found): string =>
    sha256(
      new Uint8Array([
        ...utf8("towline/draw/1\0"),
        ...(fromHex(claim.op.author) ?? []),
        ...leb128(epochOf(claim)),
        ...utf8(item),
      ]),
    );
  // `running` is in the order of ops, and the sort is stable: of one author the first one stays.
  const [best] = running
    .map((claim) => ({ claim, key: draw(claim) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
  if (best === undefined) return null;
  const effects: [string, string][] = [];
  let at: Found | null = best.claim;
  let end = endOf(best.claim);
  while (at !== null) {
    if (end !== null && end.raw[0] !== "release") effects.unshift([nameOf(end), end.op.id]);
    const follows: Followed | null = rooted.get(at) ?? null;
    at = follows?.claim ?? null;
    end = follows?.end ?? null;
  }
  return {
    claim: best.claim.op.id,
    epoch: top,
    holder: best.claim.op.author,
    confirmed: isConfirmed(best.claim),
    end: endOf(best.claim)?.op.id ?? null,
    effects,
    forgiven: Math.max(
      0,
      ...[...rooted.keys()]
        .filter((claim) => found.some((each) => isRetry(each, claim)))
        .map(epochOf),
    ),
  };
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

/** Claims that lead back to a first one, each with what it follows. */
function rootedOf(claims: readonly Found[], ends: readonly Found[]): Map<Found, Followed> {
  const rooted = new Map<Found, Followed>();
  for (let before = -1; before < rooted.size;) {
    before = rooted.size;
    for (const claim of claims) {
      if (rooted.has(claim)) continue;
      const follows = followed(claim, rooted, ends);
      if (follows !== null) rooted.set(claim, follows);
    }
  }
  return rooted;
}

function followed(
  claim: Found,
  rooted: ReadonlyMap<Found, Followed>,
  ends: readonly Found[],
): Followed | null {
  const after = claim.raw[3];
  if (after === null) return { claim: null, end: null };
  const wanted = epochOf(claim) - 1;
  for (const parent of rooted.keys()) {
    if (parent.op.id === after && epochOf(parent) === wanted) return { claim: parent, end: null };
  }
  for (const end of ends) {
    if (end.op.id !== after) continue;
    for (const parent of rooted.keys()) {
      if (names(end, parent) && epochOf(parent) === wanted) return { claim: parent, end };
    }
  }
  return null;
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
  const [, , epoch, after] = raw;
  const terms = termsOf(raw);
  if (raw[0] !== "claim") return false;
  if (terms === null || !isEpoch(epoch) || !(after === null ? epoch === 1 : isId(after))) {
    return false;
  }
  if (after !== null && epoch === 1) return false;
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
      return isTextOrNone(terms["reason"]);
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
