/** How work ends: done, failed, given back, freed by somebody else, tried again, moved by hand. */
import { TowlineError } from "../base/errors.ts";
import { member } from "../base/json.ts";
import { nextStage, refusedMove } from "../claims/transitions.ts";
import type { Stage } from "../op/change.ts";
import { isStage } from "../op/change.ts";
import type { OpId } from "../op/op.ts";
import type { ItemView } from "../pipeline/document.ts";
import { isSet } from "../claims/ready.ts";
import type { ClaimRef } from "./changes.ts";
import {
  claimChange,
  completeChange,
  failChange,
  moveChanges,
  releaseChange,
  retryChange,
} from "./changes.ts";
import type { Desk } from "./desk.ts";
import { held } from "./desk.ts";
import type { WorkChange, WorkHost } from "./host.ts";

/** Whose claim is ended; null for whichever this node holds. */
interface Ending {
  readonly claim: string | null;
  readonly actor: string;
}

export class Endings {
  readonly #host: WorkHost;
  readonly #desk: Desk;

  constructor(host: WorkHost, desk: Desk) {
    this.#host = host;
    this.#desk = desk;
  }

  /**
   * The work is done: the item goes to `to`, or to the next stage. An item that nobody holds is
   * moved by hand. Throws `claim/lost`, `claim/held`, `stage/refused`.
   */
  async complete(
    item: string,
    how: Ending & { readonly to: Stage | null; readonly force: string | null },
  ): Promise<OpId> {
    const view = this.#desk.view(item);
    const said = this.#alreadyEnded(item, how.claim, "complete");
    if (said !== null) return said;
    const from = stageOf(view);
    const to = how.to ?? nextStage(from);
    this.#refuse(from, to, how.force);
    const { claims } = this.#host.state;
    const holder = this.#desk.board.holding(item);
    const isOurs = holder !== null && this.#desk.board.isOurs(holder);
    if (how.claim === null && !isOurs) {
      if (holder !== null) throw held(item, holder, false);
      if (to === null) throw lastStage(item);
      return await this.move(item, to, how);
    }
    const ref = refOf(this.#desk.ours(item, how.claim));
    return await this.#host.write([completeChange(ref, to, claims.seen(item))], how.actor);
  }

  /** The work failed: after `retries` further tries the item is blocked. */
  async fail(
    item: string,
    how: Ending & { readonly reason: string; readonly retries: number },
  ): Promise<{ readonly op: OpId; readonly isBlocked: boolean }> {
    const view = this.#desk.view(item);
    const said = this.#alreadyEnded(item, how.claim, "fail");
    if (said !== null) return { op: said, isBlocked: isSet(member(view.fields, "blocked")) };
    const ref = refOf(this.#desk.ours(item, how.claim));
    const tries = member(view.fields, "retries");
    const isBlocked = (typeof tries === "number" ? tries : 0) >= how.retries;
    const op = await this.#host.write([failChange(ref, how.reason, isBlocked)], how.actor);
    return { op, isBlocked };
  }

  /** Gives the item back; no try is used up. */
  async release(item: string, how: Ending & { readonly reason: string }): Promise<OpId> {
    const said = this.#alreadyEnded(item, how.claim, "release");
    if (said !== null) return said;
    const ref = refOf(this.#desk.ours(item, how.claim));
    return await this.#host.write([releaseChange(ref, how.reason)], how.actor);
  }

  /**
   * The op by which a named claim ended in this way already: whoever did not hear the answer may
   * ask again. Null when it did not, or when that is void.
   */
  #alreadyEnded(item: string, claim: string | null, kind: string): OpId | null {
    if (claim === null) return null;
    const { claims } = this.#host.state;
    const end = claims.endOf(item, claim as OpId);
    if (end?.kind !== kind) return null;
    const isInForce =
      kind === "release" || claims.effects(item).some(({ stamp }) => stamp.id === end.op);
    return isInForce ? end.op : null;
  }

  /**
   * Frees an item from whoever holds it: a claim of our own ends that epoch, so that nothing its
   * holder still does takes effect, and is given back at once.
   */
  async free(
    item: string,
    how: { readonly reason: string; readonly actor: string },
  ): Promise<OpId | null> {
    this.#desk.view(item);
    const standing = this.#desk.board.standing(item);
    if (standing === null || standing.end !== null) return null;
    if (this.#desk.board.isOurs(standing)) {
      return await this.#host.write([releaseChange(refOf(standing), how.reason)], how.actor);
    }
    const next = this.#host.state.claims.next(item);
    const terms = { ttlMs: null, isManual: false, reason: how.reason };
    const claim = await this.#host.write([claimChange({ item, ...next }, terms)], how.actor);
    const ref = { item, epoch: next.epoch, claim };
    return await this.#host.write([releaseChange(ref, how.reason)], how.actor);
  }

  /** Lets a blocked item be tried again, as if it never had been; null when nothing is to do. */
  async retry(item: string, actor: string): Promise<OpId | null> {
    const { fields } = this.#desk.view(item);
    const { document, claims } = this.#host.state;
    const changes: WorkChange[] = [];
    const standing = claims.standing(item);
    const counted = member(document.item(item)?.fields ?? {}, "retries");
    if (isSet(member(fields, "blocked"))) changes.push(["set", item, "blocked", null]);
    if (member(fields, "reason") !== undefined) changes.push(["set", item, "reason", null]);
    if (standing !== null && claims.tries(item) > 0) changes.push(retryChange(standing));
    // What people counted by hand, in steps that an op may take.
    if (typeof counted === "number") {
      const step = Math.min(1_000_000, Math.abs(counted)) * Math.sign(counted);
      changes.push(["inc", item, "retries", -step]);
    }
    return changes.length === 0 ? null : await this.#host.write(changes, actor);
  }

  /** Moves an item by hand, and settles what moves of others left open. */
  async move(
    item: string,
    to: Stage,
    how: { readonly actor: string; readonly force: string | null },
  ): Promise<OpId> {
    return await this.#host.write(this.moveChanges(item, to, how.force), how.actor);
  }

  /** What moves the item. Throws `stage/refused`. */
  moveChanges(item: string, to: Stage, force: string | null): readonly WorkChange[] {
    const from = stageOf(this.#desk.view(item));
    // Each side of a conflict was allowed where it was written.
    const isSide = this.#desk.board.conflict(item).some(({ stage }) => stage === to);
    if (!isSide) this.#refuse(from, to, force);
    const isForced = !isSide && refusedMove(from, to) !== null;
    const seen = this.#host.state.claims.seen(item);
    return moveChanges(item, to, { seen, force: isForced ? (force ?? "") : null });
  }

  #refuse(from: Stage | null, to: Stage | null, force: string | null): void {
    const fault = to === null || force !== null ? null : refusedMove(from, to);
    if (fault !== null) throw new TowlineError("stage/refused", fault);
  }

  /**
   * Makes `item` wait for `on`, or no longer. Throws `dep/circle` when it would wait for itself.
   */
  refuseCircle(item: string, on: string): void {
    const path = this.#pathBetween(on, item);
    if (path === null) return;
    const circle = [item, ...path].join(" → ");
    const message = `${item} would wait for itself: ${circle}. Remove one of these with towline dep rm.`;
    throw new TowlineError("dep/circle", message);
  }

  /** How `from` waits for `to`, directly or through others; null when it does not. */
  #pathBetween(from: string, to: string): readonly string[] | null {
    const before = new Map<string, string | null>([[from, null]]);
    for (const item of before.keys()) {
      if (item === to) return pathTo(to, before);
      for (const next of this.#desk.board.index.needsOf(item)) {
        if (!before.has(next)) before.set(next, item);
      }
    }
    return null;
  }
}

function pathTo(to: string, before: ReadonlyMap<string, string | null>): readonly string[] {
  const path: string[] = [];
  for (let at: string | null = to; at !== null; at = before.get(at) ?? null) path.unshift(at);
  return path;
}

function lastStage(item: string): TowlineError {
  const message = `${item} is in the last stage and goes nowhere by itself. Name a stage with --to.`;
  return new TowlineError("stage/refused", message);
}

export function refOf({ item, epoch, claim }: ClaimRef): ClaimRef {
  return { item, epoch, claim };
}

export function stageOf(view: ItemView): Stage | null {
  const stage = member(view.fields, "stage");
  return isStage(stage) ? stage : null;
}
