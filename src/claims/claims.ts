/** The claims and moves of all items, as a function of the set of applied ops. */
import { unreachable } from "../base/assert.ts";
import type { Stamp } from "../crdt/order.ts";
import type { Stage } from "../op/change.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Sha256 } from "../pipeline/digest.ts";
import { itemOf } from "../pipeline/schema.ts";
import type { ClaimChange, Guarantee } from "./change.ts";
import { readClaimChange } from "./change.ts";
import { drawOf } from "./draw.ts";
import type { Effect, NextClaim } from "./item-claims.ts";
import { ItemClaims } from "./item-claims.ts";
import type { Move } from "./moves.ts";
import { Moves, seenBy } from "./moves.ts";

/** A claim as the op set tells it; whether its holder still lives is for each observer to judge. */
export interface ClaimView {
  readonly item: string;
  /** The op that made it: its name. */
  readonly claim: OpId;
  /** The fencing token. */
  readonly epoch: number;
  readonly holder: NodeId;
  readonly actor: string;
  /** Holder's wall clock, Unix milliseconds, for people. */
  readonly time: number;
  readonly ttlMs: number | null;
  readonly isManual: boolean;
  readonly reason: string;
  /** Null while it is tentative. */
  readonly confirmed: Guarantee | null;
  /** Null while the work goes on. */
  readonly end: ClaimEnd | null;
  readonly rivals: readonly OpId[];
}

export interface ClaimEnd {
  readonly kind: "release" | "complete" | "fail";
  readonly op: OpId;
  readonly reason: string;
  readonly to: Stage | null;
}

interface OfItem {
  readonly claims: ItemClaims;
  readonly moves: Moves;
  /** By node: ops that it wrote about this item since it first claimed it. */
  readonly signs: Map<NodeId, number>;
}

export class Claims {
  readonly #sha256: Sha256;
  readonly #items = new Map<string, OfItem>();

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** Ops come in any order, each exactly once. */
  apply(op: Op): void {
    let stamp: Stamp | null = null;
    for (let position = 0; position < op.changes.length; position += 1) {
      const change = op.changes[position];
      if (change === undefined) continue;
      const read = readClaimChange(change);
      if (read !== null) {
        stamp ??= { ...stampOf(op) };
        this.#take(read, stamp, position);
      }
      const item = itemOf(change);
      if (item !== null) this.#noteSign(item, op.author);
    }
  }

  #take(change: ClaimChange, stamp: Stamp, position: number): void {
    const { claims, moves } = this.#of(change.item);
    switch (change.kind) {
      case "claim":
        return claims.addClaim({ change, stamp, position });
      case "confirm":
        return claims.addConfirm({ change, stamp, position });
      case "release":
      case "complete":
      case "fail":
        return claims.addEnd({ change, stamp, position });
      case "move":
        return moves.add({ to: change.to, seen: change.seen, stamp });
      case "retry":
        return claims.addRetry(change);
      case "renew":
        // It is a sign of life as any op of its author about the item.
        return;
      default:
        return unreachable(change);
    }
  }

  #noteSign(item: string, author: NodeId): void {
    const of = this.#items.get(item);
    if (of !== undefined) of.signs.set(author, (of.signs.get(author) ?? 0) + 1);
  }

  #of(item: string): OfItem {
    let of = this.#items.get(item);
    if (of === undefined) {
      const draw = (epoch: number, author: string): string =>
        drawOf(this.#sha256, { item, epoch, author });
      of = { claims: new ItemClaims(draw), moves: new Moves(), signs: new Map() };
      this.#items.set(item, of);
    }
    return of;
  }

  /** The claim that stands on `item`, ended or not; null when nobody ever claimed it. */
  standing(item: string): ClaimView | null {
    const standing = this.#items.get(item)?.claims.standing ?? null;
    if (standing === null) return null;
    const { id, epoch, stamp, terms, confirmed, end, rivals } = standing;
    return {
      item,
      claim: id,
      epoch,
      holder: stamp.author,
      actor: stamp.actor,
      time: stamp.time,
      ttlMs: terms.ttlMs,
      isManual: terms.isManual,
      reason: terms.reason,
      confirmed: confirmed?.by ?? null,
      end: end === null ? null : endView(end),
      rivals,
    };
  }

  /** What the next claim of `item` follows, and its epoch. */
  next(item: string): NextClaim {
    return this.#items.get(item)?.claims.next ?? { epoch: 1, after: [] };
  }

  /** How a claim ended, when its holder said so; null while it has not, or is not known. */
  endOf(item: string, claim: OpId): ClaimEnd | null {
    const end = this.#items.get(item)?.claims.endOf(claim) ?? null;
    return end === null ? null : endView(end);
  }

  holderOf(item: string, claim: OpId): NodeId | null {
    return this.#items.get(item)?.claims.claim(claim)?.stamp.author ?? null;
  }

  forgiven(item: string): number {
    return this.#items.get(item)?.claims.forgiven ?? 0;
  }

  epochOf(item: string, claim: OpId): number | null {
    return this.#items.get(item)?.claims.claim(claim)?.change.epoch ?? null;
  }

  /** How many ops of `node` about `item` have come here since the item was first claimed. */
  signsOf(item: string, node: NodeId): number {
    return this.#items.get(item)?.signs.get(node) ?? 0;
  }

  /** Ends that took effect on `item`, the oldest first. */
  effects(item: string): readonly Effect[] {
    return this.#items.get(item)?.claims.effects ?? [];
  }

  /** Failures of `item` that count: since it last went on, and since somebody last said `retry`. */
  tries(item: string): number {
    const claims = this.#items.get(item)?.claims;
    if (claims === undefined) return 0;
    const { effects, forgiven } = claims;
    let tries = 0;
    for (const { change } of effects) {
      if (change.kind === "complete") tries = 0;
      else if (change.epoch > forgiven) tries += 1;
    }
    return tries;
  }

  /** Moves of `item` that no other move has seen, in the order of ops. */
  tips(item: string): readonly Move[] {
    const of = this.#items.get(item);
    return of === undefined ? [] : of.moves.tips(completionsOf(of.claims.effects));
  }

  /** What a new move of `item` names. */
  seen(item: string): readonly OpId[] {
    return seenBy(this.tips(item));
  }

  /** Items that anybody ever claimed, moved or tried to, in the order in which they came here. */
  items(): IterableIterator<string> {
    return this.#items.keys();
  }
}

function completionsOf(effects: readonly Effect[]): readonly Move[] {
  return effects.flatMap(({ change, stamp }): Move[] => {
    if (change.kind !== "complete" || change.to === null) return [];
    return [{ to: change.to, seen: change.seen, stamp }];
  });
}

function endView({
  change,
  stamp,
}: {
  readonly change: Effect["change"] | { readonly kind: "release"; readonly reason: string };
  readonly stamp: Stamp;
}): ClaimEnd {
  const reason = change.kind === "complete" ? "" : change.reason;
  const to = change.kind === "complete" ? change.to : null;
  return { kind: change.kind, op: stamp.id, reason, to };
}

function stampOf({ lamport, author, id, time, actor }: Op): Stamp {
  return { lamport, author, id, time, actor };
}
