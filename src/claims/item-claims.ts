/**
 * The claims of one item as a function of the set of ops: which of them stands, whether it is
 * confirmed or has ended, and which ends took effect. Ops may come in any order. docs/CLAIMS.md
 * says why the rules are what they are.
 */
import { compareText } from "../base/bytes.ts";
import type { Stamp } from "../crdt/order.ts";
import { comparePlaces } from "../crdt/order.ts";
import type { OpId } from "../op/op.ts";
import type { Claiming, Completing, Confirming, EndOfClaim, Failing, Retrying } from "./change.ts";

/** Where a change stands: its op, and its index in the op's body. */
export interface Placed<Change> {
  readonly change: Change;
  readonly stamp: Stamp;
  readonly position: number;
}

export type PlacedEnd = Placed<EndOfClaim>;
/** An end that changes the item. */
export type Effect = Placed<Completing | Failing>;

/**
 * How much a claim and what follows it weigh against those beside it. [CLM-6]
 * 0: taken back before any work was done, and never confirmed; 1: given back; 2: worked on;
 * 3: confirmed.
 */
type Weight = 0 | 1 | 2 | 3;

/** One claim. `isRooted`: what it follows is known, back to first claims. */
interface Claim extends Placed<Claiming> {
  isRooted: boolean;
  /** How that which it follows had ended; null for a first claim and for a takeover. */
  parentEnd: PlacedEnd | null;
  readonly children: Claim[];
  /** Which of two nodes is meant to win: the smaller one. Made when two compete. */
  draw: string | null;
  /** Its own and that of all that follows it, since the last change. */
  weight: Weight;
}

/** The claim that stands, as others see it. */
export interface StandingClaim {
  readonly id: OpId;
  readonly epoch: number;
  readonly stamp: Stamp;
  readonly terms: Claiming;
  readonly confirmed: Confirming | null;
  /** Null while the work goes on. */
  readonly end: PlacedEnd | null;
  /**
   * Other claims of this epoch that may yet be confirmed, or were: while there is one, this one
   * cannot be. [CLM-11]
   */
  readonly rivals: readonly OpId[];
}

/** What the next claim follows, and its epoch. */
export interface NextClaim {
  readonly epoch: number;
  readonly after: readonly OpId[];
}

interface Resolved {
  readonly standing: StandingClaim | null;
  /** The ends that took effect, the oldest first. */
  readonly effects: readonly Effect[];
  readonly next: NextClaim;
}

const nothing: Resolved = { standing: null, effects: [], next: { epoch: 1, after: [] } };

export class ItemClaims {
  readonly #draw: (epoch: number, author: string) => string;
  readonly #claims = new Map<OpId, Claim>();
  /** By the claim that they name, in any order; whether it is theirs is asked later. */
  readonly #ends = new Map<OpId, PlacedEnd[]>();
  readonly #confirms = new Map<OpId, Placed<Confirming>[]>();
  readonly #retries: Retrying[] = [];
  /** Ends by their own op, for claims that follow them. */
  readonly #endsByOp = new Map<OpId, PlacedEnd>();
  /** Claims of which something that they follow is not known yet, by that. */
  readonly #waiting = new Map<OpId, Claim[]>();
  readonly #rooted: Claim[] = [];
  #resolved: Resolved | null = nothing;

  constructor(draw: (epoch: number, author: string) => string) {
    this.#draw = draw;
  }

  addClaim(placed: Placed<Claiming>): void {
    const { id } = placed.stamp;
    if (this.#isSecond(id)) return;
    const rest = { isRooted: false, parentEnd: null, children: [], draw: null, weight: 0 } as const;
    const claim: Claim = { ...placed, ...rest, children: [] };
    this.#claims.set(id, claim);
    this.#resolved = null;
    this.#root(claim);
  }

  addEnd(end: PlacedEnd): void {
    if (this.#isSecond(end.stamp.id)) return;
    push(this.#ends, end.change.claim, end);
    this.#endsByOp.set(end.stamp.id, end);
    this.#resolved = null;
    for (const claim of this.#takeWaiting(end.stamp.id)) this.#root(claim);
  }

  /** [CLM-2] Claims and ends are known by their op: of several in one op the first one counts. */
  #isSecond(id: OpId): boolean {
    return this.#claims.has(id) || this.#endsByOp.has(id);
  }

  addConfirm(confirm: Placed<Confirming>): void {
    push(this.#confirms, confirm.change.claim, confirm);
    this.#resolved = null;
  }

  addRetry(retry: Retrying): void {
    this.#retries.push(retry);
  }

  /** Failures up to this epoch count no more. It is that of a claim: no later one is forgiven. */
  get forgiven(): number {
    let greatest = 0;
    for (const { claim, epoch } of this.#retries) {
      const named = this.#claims.get(claim);
      const isOne = named?.isRooted === true && named.change.epoch === epoch;
      if (isOne && epoch > greatest) greatest = epoch;
    }
    return greatest;
  }

  get standing(): StandingClaim | null {
    return this.#resolve().standing;
  }

  get effects(): readonly Effect[] {
    return this.#resolve().effects;
  }

  get next(): NextClaim {
    return this.#resolve().next;
  }

  /** The claim with this id, standing or not; null when there is none. */
  claim(id: OpId): (Placed<Claiming> & { readonly isRooted: boolean }) | null {
    return this.#claims.get(id) ?? null;
  }

  /** How a claim ended, by its own author; null while it has not. */
  endOf(id: OpId): PlacedEnd | null {
    const claim = this.#claims.get(id);
    return claim === undefined ? null : this.#endOf(claim);
  }

  /** Roots `first` and all that waits for it, when what it follows is known. [CLM-4] */
  #root(first: Claim): void {
    const due = [first];
    for (let claim = due.pop(); claim !== undefined; claim = due.pop()) {
      if (claim.isRooted || !this.#placeBehind(claim)) continue;
      claim.isRooted = true;
      this.#rooted.push(claim);
      const { id } = claim.stamp;
      const opened = [id, ...(this.#ends.get(id) ?? []).map((end) => end.stamp.id)];
      for (const each of opened) for (const waiting of this.#takeWaiting(each)) due.push(waiting);
    }
  }

  #takeWaiting(id: OpId): readonly Claim[] {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    return waiting;
  }

  /** Puts `claim` behind what it follows; false while that is unknown, or its epoch is wrong. */
  #placeBehind(claim: Claim): boolean {
    const { after, epoch } = claim.change;
    let greatest = 0;
    for (const id of after) {
      const found = this.#followed(id);
      if (found === null) {
        push(this.#waiting, id, claim);
        return false;
      }
      greatest = Math.max(greatest, found.claim.change.epoch);
    }
    // [CLM-3] An epoch is one more than the greatest of those that it follows.
    if (epoch !== greatest + 1) return false;
    const [first] = after;
    const parent = first === undefined ? null : this.#followed(first);
    claim.parentEnd = parent?.end ?? null;
    parent?.claim.children.push(claim);
    return true;
  }

  /** The rooted claim that `id` is, or that it ends; null while there is none. */
  #followed(id: OpId): { readonly claim: Claim; readonly end: PlacedEnd | null } | null {
    const taken = this.#claims.get(id);
    if (taken !== undefined) return taken.isRooted ? { claim: taken, end: null } : null;
    const end = this.#endsByOp.get(id);
    const claim = end === undefined ? undefined : this.#claims.get(end.change.claim);
    if (end === undefined || claim?.isRooted !== true || !isOf(end, claim)) return null;
    return { claim, end };
  }

  /** The first end by its own author. [CLM-8] */
  #endOf(claim: Claim): PlacedEnd | null {
    return firstOf(this.#ends.get(claim.stamp.id) ?? [], claim);
  }

  #confirmOf(claim: Claim): Confirming | null {
    return firstOf(this.#confirms.get(claim.stamp.id) ?? [], claim)?.change ?? null;
  }

  #resolve(): Resolved {
    this.#resolved ??= this.#resolveNow();
    return this.#resolved;
  }

  #resolveNow(): Resolved {
    this.#weigh();
    const line: Claim[] = [];
    let candidates = this.#rooted.filter(({ change }) => change.after.length === 0);
    for (let best = this.#best(candidates); best !== null; best = this.#best(candidates)) {
      line.push(best);
      candidates = best.children;
    }
    const last = line.at(-1);
    if (last === undefined) return nothing;
    const end = this.#endOf(last);
    const { id } = last.stamp;
    const { epoch } = last.change;
    const rivals = this.#rooted.filter(
      (claim) => claim !== last && claim.change.epoch === epoch && claim.weight > 0,
    );
    const standing: StandingClaim = {
      ...{ id, epoch, end, stamp: last.stamp, terms: last.change },
      confirmed: this.#confirmOf(last),
      rivals: rivals.map((claim) => claim.stamp.id).sort(compareText),
    };
    return { standing, effects: effectsOf(line, end), next: this.#nextAfter(last, end) };
  }

  /** What follows a claim has a greater epoch, so that the greatest are weighed first. */
  #weigh(): void {
    this.#rooted.sort((left, right) => right.change.epoch - left.change.epoch);
    for (const claim of this.#rooted) {
      claim.weight = this.#ownWeight(claim);
      for (const { weight } of claim.children) if (weight > claim.weight) claim.weight = weight;
    }
  }

  #ownWeight(claim: Claim): Weight {
    if (this.#confirmOf(claim) !== null) return 3;
    const end = this.#endOf(claim);
    if (end?.change.kind !== "release") return 2;
    return end.change.isUnused ? 0 : 1;
  }

  /** [CLM-6] [CLM-7] The heaviest, then the least draw; of one author's claims the first one. */
  #best(claims: readonly Claim[]): Claim | null {
    let best: Claim | null = null;
    for (const claim of claims) {
      if (claim.weight === 0) continue;
      if (best === null || this.#compare(claim, best) < 0) best = claim;
    }
    return best;
  }

  #compare(left: Claim, right: Claim): number {
    if (left.weight !== right.weight) return right.weight - left.weight;
    if (left.stamp.author === right.stamp.author) return comparePlaces(left, right);
    return compareText(this.#drawOf(left), this.#drawOf(right)) || comparePlaces(left, right);
  }

  #drawOf(claim: Claim): string {
    claim.draw ??= this.#draw(claim.change.epoch, claim.stamp.author);
    return claim.draw;
  }

  /** [CLM-5] The next claim follows the end, or takes over; its epoch is above all others. */
  #nextAfter(last: Claim, end: PlacedEnd | null): NextClaim {
    const first = end?.stamp.id ?? last.stamp.id;
    let top = last;
    for (const claim of this.#rooted) {
      if (claim.weight === 0 || claim.change.epoch < top.change.epoch) continue;
      const isAbove = claim.change.epoch > top.change.epoch;
      if (isAbove || (top !== last && claim.stamp.id < top.stamp.id)) top = claim;
    }
    const after = top === last ? [first] : [first, top.stamp.id];
    return { epoch: top.change.epoch + 1, after };
  }
}

/** Of what the author of `claim` said of it, naming its epoch, the first. [CLM-8] */
function firstOf<Said extends PlacedEnd | Placed<Confirming>>(
  said: readonly Said[],
  claim: Claim,
): Said | null {
  let first: Said | null = null;
  for (const each of said) {
    if (!isOf(each, claim)) continue;
    if (first === null || comparePlaces(each, first) < 0) first = each;
  }
  return first;
}

function isOf(of: PlacedEnd | Placed<Confirming>, claim: Claim): boolean {
  const { author, id } = of.stamp;
  if (author !== claim.stamp.author || of.change.epoch !== claim.change.epoch) return false;
  return of.change.claim === claim.stamp.id && id !== claim.stamp.id;
}

/**
 * [CLM-9] Along the line from the first claim to the one that stands: the ends that the next one
 * follows, and the last one's own. Whatever else ended, its claim was over.
 */
function effectsOf(line: readonly Claim[], end: PlacedEnd | null): readonly Effect[] {
  const ends = [...line.slice(1).map(({ parentEnd }) => parentEnd), end];
  return ends.filter((each): each is Effect => each !== null && each.change.kind !== "release");
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
