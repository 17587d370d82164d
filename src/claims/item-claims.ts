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

/** One claim. `isRooted`: what it follows is known, back to a first claim. */
interface Claim extends Placed<Claiming> {
  isRooted: boolean;
  /** The claim that it follows; null for a first one, and until that is known. */
  parent: Claim | null;
  /** How that one had ended; null for a takeover. */
  parentEnd: PlacedEnd | null;
  /** Which of two nodes is meant to win: the smaller one. Made when two compete. */
  draw: string | null;
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

interface Resolved {
  readonly standing: StandingClaim | null;
  /** The ends that took effect, the oldest first. */
  readonly effects: readonly Effect[];
}

const nothing: Resolved = { standing: null, effects: [] };

export class ItemClaims {
  readonly #draw: (epoch: number, author: string) => string;
  readonly #claims = new Map<OpId, Claim>();
  /** By the claim that they name, in any order; whether it is theirs is asked later. */
  readonly #ends = new Map<OpId, PlacedEnd[]>();
  readonly #confirms = new Map<OpId, Placed<Confirming>[]>();
  readonly #retries: Retrying[] = [];
  /** Ends by their own op, for claims that follow them. */
  readonly #endsByOp = new Map<OpId, PlacedEnd>();
  /** Claims whose `after` is not known yet, by that. */
  readonly #waiting = new Map<OpId, Claim[]>();
  /** Rooted claims by epoch. */
  readonly #epochs = new Map<number, Claim[]>();
  #top = 0;
  #resolved: Resolved | null = nothing;

  constructor(draw: (epoch: number, author: string) => string) {
    this.#draw = draw;
  }

  addClaim(placed: Placed<Claiming>): void {
    const { id } = placed.stamp;
    if (this.#isSecond(id)) return;
    const claim: Claim = {
      ...placed,
      isRooted: false,
      parent: null,
      parentEnd: null,
      draw: null,
    };
    this.#claims.set(id, claim);
    this.#resolved = null;
    this.#root(claim);
  }

  addEnd(end: PlacedEnd): void {
    if (this.#isSecond(end.stamp.id)) return;
    push(this.#ends, end.change.claim, end);
    this.#endsByOp.set(end.stamp.id, end);
    this.#resolved = null;
    this.#rootWaiting(end.stamp.id);
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

  /** Failures up to this epoch count no more. It names a claim, so that no later one is forgiven. */
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

  /** The claim with this id, standing or not; null when there is none. */
  claim(id: OpId): (Placed<Claiming> & { readonly isRooted: boolean }) | null {
    return this.#claims.get(id) ?? null;
  }

  /** How a claim ended, by its own author; null while it has not. */
  endOf(id: OpId): PlacedEnd | null {
    const claim = this.#claims.get(id);
    return claim === undefined ? null : this.#endOf(claim);
  }

  /** Roots `claim` and all that waits for it, when what it follows is known. [CLM-4] */
  #root(first: Claim): void {
    const due = [first];
    for (let claim = due.pop(); claim !== undefined; claim = due.pop()) {
      if (claim.isRooted) continue;
      const { after, epoch } = claim.change;
      if (after !== null && !this.#findParent(claim, after)) {
        push(this.#waiting, after, claim);
        continue;
      }
      claim.isRooted = true;
      this.#top = Math.max(this.#top, epoch);
      const peers = this.#epochs.get(epoch);
      if (peers === undefined) this.#epochs.set(epoch, [claim]);
      else peers.push(claim);
      const { id } = claim.stamp;
      const opened = [id, ...(this.#ends.get(id) ?? []).map((end) => end.stamp.id)];
      for (const each of opened) for (const waiting of this.#takeWaiting(each)) due.push(waiting);
    }
  }

  #rootWaiting(id: OpId): void {
    for (const claim of this.#takeWaiting(id)) this.#root(claim);
  }

  #takeWaiting(id: OpId): readonly Claim[] {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    return waiting;
  }

  /** Sets what `claim` follows; false while that is unknown or not rooted. */
  #findParent(claim: Claim, after: OpId): boolean {
    const wanted = claim.change.epoch - 1;
    const taken = this.#claims.get(after);
    if (taken?.isRooted === true && taken.change.epoch === wanted) {
      claim.parent = taken;
      return true;
    }
    const end = this.#endsByOp.get(after);
    const parent = end === undefined ? undefined : this.#claims.get(end.change.claim);
    if (end === undefined || parent?.isRooted !== true || !isOf(end, parent)) return false;
    if (parent.change.epoch !== wanted) return false;
    claim.parent = parent;
    claim.parentEnd = end;
    return true;
  }

  /** The first end by its own author. [CLM-8] */
  #endOf(claim: Claim): PlacedEnd | null {
    let first: PlacedEnd | null = null;
    for (const end of this.#ends.get(claim.stamp.id) ?? []) {
      if (!isOf(end, claim)) continue;
      if (first === null || comparePlaces(end, first) < 0) first = end;
    }
    return first;
  }

  #confirmOf(claim: Claim): Confirming | null {
    let first: Placed<Confirming> | null = null;
    for (const confirm of this.#confirms.get(claim.stamp.id) ?? []) {
      if (!isOf(confirm, claim)) continue;
      if (first === null || comparePlaces(confirm, first) < 0) first = confirm;
    }
    return first?.change ?? null;
  }

  #isRival(claim: Claim): boolean {
    return this.#endOf(claim)?.change.kind !== "release" || this.#confirmOf(claim) !== null;
  }

  #resolve(): Resolved {
    this.#resolved ??= this.#standingNow();
    return this.#resolved;
  }

  #standingNow(): Resolved {
    const all = this.#epochs.get(this.#top) ?? [];
    const confirmed = all.filter((claim) => this.#confirmOf(claim) !== null);
    // [CLM-6] Once one of an epoch is confirmed, those that are not are out of it for good.
    const candidates = confirmed.length > 0 ? confirmed : all;
    const open = candidates.filter((claim) => this.#endOf(claim)?.change.kind !== "release");
    const best = this.#least(open.length > 0 ? open : candidates);
    if (best === null) return nothing;
    const rivals = all.filter((claim) => claim !== best && this.#isRival(claim));
    const end = this.#endOf(best);
    const standing: StandingClaim = {
      id: best.stamp.id,
      epoch: best.change.epoch,
      stamp: best.stamp,
      terms: best.change,
      confirmed: this.#confirmOf(best),
      end,
      rivals: rivals.map((claim) => claim.stamp.id).sort(compareText),
    };
    return { standing, effects: effectsOf(best, end) };
  }

  /** [CLM-7] The least draw; of one author's claims the first one. */
  #least(claims: readonly Claim[]): Claim | null {
    let best: Claim | null = null;
    for (const claim of claims) {
      if (best === null || this.#compare(claim, best) < 0) best = claim;
    }
    return best;
  }

  #compare(left: Claim, right: Claim): number {
    if (left.stamp.author === right.stamp.author) return comparePlaces(left, right);
    return compareText(this.#drawOf(left), this.#drawOf(right)) || comparePlaces(left, right);
  }

  #drawOf(claim: Claim): string {
    claim.draw ??= this.#draw(claim.change.epoch, claim.stamp.author);
    return claim.draw;
  }
}

/** [CLM-8] Only the author of a claim confirms or ends it, and names its epoch. */
function isOf(of: PlacedEnd | Placed<Confirming>, claim: Claim): boolean {
  const { author, id } = of.stamp;
  if (author !== claim.stamp.author || of.change.epoch !== claim.change.epoch) return false;
  return of.change.claim === claim.stamp.id && id !== claim.stamp.id;
}

/**
 * [CLM-9] Of the claim that stands its end, and of the claims that it follows, back to the first,
 * the ends that are named. Whatever else ended, its epoch was over.
 */
function effectsOf(standing: Claim, end: PlacedEnd | null): readonly Effect[] {
  const effects: Effect[] = [];
  let last = end;
  for (let claim: Claim | null = standing; claim !== null; claim = claim.parent) {
    if (last !== null && isEffect(last)) effects.push(last);
    last = claim.parentEnd;
  }
  return effects.reverse();
}

function isEffect(end: PlacedEnd): end is Effect {
  return end.change.kind !== "release";
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
