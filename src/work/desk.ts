/**
 * Hands out work: claims items, waits until a claim is sure, and ends it. Everything else of a node
 * sees only the ops that are written here.
 */
import { TowlineError } from "../base/errors.ts";
import { member } from "../base/json.ts";
import type { Guarantee } from "../claims/change.ts";
import type { ClaimView } from "../claims/claims.ts";
import type { Worker } from "../claims/ready.ts";
import type { OpId } from "../op/op.ts";
import type { ItemView } from "../pipeline/document.ts";
import type { ClaimRow } from "./board.ts";
import { Board } from "./board.ts";
import type { ClaimRef } from "./changes.ts";
import { claimChange, confirmChange, releaseChange } from "./changes.ts";
import type { Confirmation } from "./confirm.ts";
import { cannotConfirm, guaranteeOf, isWitnessed, missingWitnesses } from "./confirm.ts";
import type { Trace, WorkHost } from "./host.ts";
import { lookEveryMs, nextChange } from "./waiting.ts";

export interface ClaimOptions {
  readonly actor: string;
  readonly confirm: Confirmation;
  /** How long the peers that matter may take to answer. */
  readonly waitMs: number;
  /** Null for the setting of each observer. */
  readonly ttlMs: number | null;
  /** Kept by the node itself for as long as it runs. */
  readonly isManual: boolean;
  /** Why it is taken from somebody, or in spite of what speaks against it. */
  readonly reason: string;
  readonly signal?: AbortSignal;
}

/** A claim that was won. `guarantee` says by what: `none` is true on this machine only. */
export interface Claimed extends ClaimRef {
  /** Where in a trace it was made, as W3C traceparent; null when nothing is traced. */
  readonly traceparent: string | null;
  readonly guarantee: Guarantee;
  readonly row: ClaimRow;
  readonly view: ItemView;
}

/** Items that one `take` tries before it says that there are none. */
const triesMax = 16;

export class Desk {
  readonly #host: WorkHost;
  readonly board: Board;
  /** Claims that are being taken back. */
  readonly #withdrawing = new Set<OpId>();

  constructor(host: WorkHost) {
    this.#host = host;
    this.board = new Board(host);
  }

  /** The live item. Throws `item/unknown`, `item/deleted`. */
  view(item: string): ItemView {
    const view = this.board.index.view(item);
    if (view !== null) return view;
    const isDeleted = this.#host.state.document.state(item) === "deleted";
    throw isDeleted
      ? new TowlineError("item/deleted", `The item ${item} was deleted.`)
      : new TowlineError("item/unknown", `There is no item ${JSON.stringify(item)}.`);
  }

  /**
   * Claims an item that is ready, or that `force` says to claim nevertheless. Throws
   * `claim/held`, `claim/not-ready`, `claim/lost`, `claim/unconfirmed`.
   */
  async claim(item: string, options: ClaimOptions & { readonly force: boolean }): Promise<Claimed> {
    this.view(item);
    await this.#askable(options);
    const view = this.view(item);
    const holder = this.board.holding(item);
    if (holder !== null) throw held(item, holder, this.board.isOurs(holder));
    const worker: Worker = { stages: [], labels: this.#host.settings.labels };
    // Who names an item need not wait as one does who takes what comes.
    const against = this.board.obstacles(view, worker).filter(({ why }) => why !== "wait");
    if (against.length > 0 && !options.force) {
      const text = against.map((each) => each.text).join("; ");
      const message = `${item} is not ready: ${text}. Settle that, or use --force with a --reason.`;
      throw new TowlineError("claim/not-ready", message);
    }
    return await this.#claim(item, options);
  }

  /** Takes an item from whoever holds it: their epoch is over. Throws as `claim`. */
  async steal(item: string, options: ClaimOptions): Promise<Claimed> {
    this.view(item);
    await this.#askable(options);
    return await this.#claim(item, options);
  }

  /** Claims the item that matters most of those that are ready; null when there is none. */
  async take(worker: Worker, options: ClaimOptions): Promise<Claimed | null> {
    if (this.board.ready(worker).length === 0) return null;
    await this.#askable(options);
    for (const item of this.board.toTake(worker).slice(0, triesMax)) {
      // While this one waited, others were taken.
      const view = this.board.index.view(item);
      if (view === null || this.board.obstacles(view, worker).length > 0) continue;
      try {
        return await this.#claim(item, options);
      } catch (error) {
        // Another node was faster: there may be more.
        if (!(error instanceof TowlineError && error.code === "claim/lost")) throw error;
      }
    }
    return null;
  }

  async #claim(item: string, options: ClaimOptions): Promise<Claimed> {
    const { actor, ttlMs, isManual, reason } = options;
    const { trace = untraced } = this.#host;
    return await trace(["claim", item], async (traceparent) => {
      // Nothing comes between the caller's look at the item and this: else another agent of this
      // node might have claimed it, and be taken over at once.
      const next = this.#host.state.claims.next(item);
      const terms = { ttlMs, isManual, reason };
      const claim = await this.#host.write([claimChange({ item, ...next }, terms)], actor);
      const claimed = await this.#settle({ item, epoch: next.epoch, claim }, options);
      return { ...claimed, traceparent };
    });
  }

  /** Nothing is written while nobody could confirm it: a node that is cut off fills no log. */
  async #askable(options: ClaimOptions): Promise<void> {
    const { confirm, waitMs, signal } = options;
    const deadline = this.#host.now() + waitMs;
    for (;;) {
      const why = cannotConfirm(this.#host, confirm);
      const left = deadline - this.#host.now();
      if (why === null) return;
      if (left <= 0 || signal?.aborted === true) throw unconfirmed("A claim", why);
      await nextChange(this.#host, left, signal);
    }
  }

  /** Waits until the claim is sure, or lost, or until time is up: then it is taken back. */
  async #settle(ref: ClaimRef, options: ClaimOptions): Promise<Omit<Claimed, "traceparent">> {
    const { confirm, waitMs, actor, signal } = options;
    const deadline = this.#host.now() + waitMs;
    for (;;) {
      this.board.leases.keep(ref.claim, this.#host.now());
      const standing = this.board.standing(ref.item);
      if (standing?.claim !== ref.claim || standing.end !== null) {
        await this.withdraw(ref, { reason: "another claim stands", actor, isUnused: true });
        throw lost(ref.item, standing);
      }
      if (confirm.kind === "none" || standing.confirmed !== null) break;
      // [CLM-11] While another claim of this epoch may be confirmed, this one must not be.
      const isFree = standing.rivals.length === 0;
      if (isFree && isWitnessed(this.#host, ref.claim, confirm)) {
        await this.#host.write([confirmChange(ref, guaranteeOf(confirm))], actor);
        continue;
      }
      const left = deadline - this.#host.now();
      if (left <= 0 || signal?.aborted === true) {
        const why = missingWitnesses(this.#host, ref.claim, confirm);
        await this.withdraw(ref, { reason: "not confirmed in time", actor, isUnused: true });
        throw unconfirmed(`The claim of ${ref.item}`, why);
      }
      await nextChange(this.#host, Math.min(left, lookEveryMs), signal);
    }
    const row = this.board.row(ref.item);
    return { ...ref, guarantee: row.guarantee, row, view: this.view(ref.item) };
  }

  /** Takes a claim of this node back; a claim that has ended stays as it is. */
  async withdraw(
    ref: ClaimRef,
    how: { readonly reason: string; readonly actor: string; readonly isUnused: boolean },
  ): Promise<void> {
    const { claims } = this.#host.state;
    if (claims.endOf(ref.item, ref.claim) !== null || this.#withdrawing.has(ref.claim)) return;
    this.#withdrawing.add(ref.claim);
    try {
      await this.#host.write([releaseChange(ref, how.reason, how.isUnused)], how.actor);
    } finally {
      this.#withdrawing.delete(ref.claim);
    }
  }

  /**
   * The claim by which this node holds the item now; with `claim` it has to be that one. Throws
   * `claim/lost` when it is no longer that one, `claim/not-yours`.
   */
  ours(item: string, claim: string | null): ClaimView {
    const standing = this.board.standing(item);
    const isOurs = standing !== null && standing.end === null && this.board.isOurs(standing);
    if (isOurs && (claim === null || standing.claim === claim)) return standing;
    if (claim !== null) throw lost(item, standing);
    const holder = this.board.holding(item);
    const who = holder === null ? "Nobody holds it" : `It is held by ${nameOf(holder)}`;
    const message = `${item} is not claimed by this node. ${who}.`;
    throw new TowlineError("claim/not-yours", message);
  }

  /** The stage of an item, or null. */
  stageOf(view: ItemView): unknown {
    return member(view.fields, "stage") ?? null;
  }
}

const untraced: Trace = async (_, work) => await work(null);

export function nameOf({ actor, holder }: ClaimView): string {
  return `${actor === "" ? "somebody" : actor} on ${holder.slice(0, 8)}`;
}

export function held(item: string, claim: ClaimView, isOurs: boolean): TowlineError {
  const who = isOurs ? `this node already, for ${claim.actor || "somebody"}` : nameOf(claim);
  return new TowlineError(
    "claim/held",
    `${item} is held by ${who}, epoch ${claim.epoch}. Wait, or take it with towline steal --reason.`,
  );
}

function lost(item: string, standing: ClaimView | null): TowlineError {
  const who =
    standing === null || standing.end !== null
      ? "It was ended meanwhile"
      : `It is held by ${nameOf(standing)}, epoch ${standing.epoch}`;
  return new TowlineError("claim/lost", `The claim of ${item} is lost. ${who}.`);
}

function unconfirmed(what: string, why: string): TowlineError {
  return new TowlineError(
    "claim/unconfirmed",
    `${what} was not confirmed and does not stand: ${why}. ` +
      "Try again when they are reached, or use --confirm none and risk double work.",
  );
}
