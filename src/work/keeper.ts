/**
 * Keeps the claims of this node alive while somebody works on them, gives back those that nobody
 * does, takes back those that lost, and tells peers by beats, or by ops where no beat goes.
 */
import { member } from "../base/json.ts";
import { isSet } from "../claims/ready.ts";
import type { ClaimView } from "../claims/claims.ts";
import type { OpId } from "../op/op.ts";
import type { WorkChange, WorkHost, Working } from "./host.ts";
import { renewChange } from "./changes.ts";
import type { Desk } from "./desk.ts";

/** A claim that somebody works on, as they see it. */
export interface Kept {
  readonly item: string;
  readonly claim: OpId;
  /** The stage of the item when the work began. */
  readonly stage: string | null;
}

/** Whether to go on. `stop` says why not, in words. */
export interface Verdict {
  readonly claim: OpId;
  readonly why: "held" | "lost" | "ended" | "deleted" | "frozen" | "moved" | "cut-off";
  readonly stop: string | null;
}

/** How often the lease of a claim is looked at, in its length. */
const looksPerLease = 6;
const lookMsMin = 10;
const lookMsMax = 5_000;

export class Keeper {
  readonly #host: WorkHost;
  readonly #desk: Desk;
  readonly #stopListening: () => void;
  readonly #renewedAt = new Map<OpId, number>();
  #cancelTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(host: WorkHost, desk: Desk) {
    this.#host = host;
    this.#desk = desk;
    desk.board.index.refresh();
    this.#stopListening = host.onChange((items) => {
      this.#desk.board.contact.note();
      if (items === null) return;
      desk.board.index.refresh(items);
      for (const item of items) this.#lookAt(item);
      this.#look();
    });
    this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#cancelTimer?.();
  }

  /** Says that somebody works on these, and hears whether to go on. */
  keep(kept: readonly Kept[]): readonly Verdict[] {
    this.#desk.board.contact.note();
    const verdicts = kept.map((one) => this.#verdict(one));
    const now = this.#host.now();
    for (const { claim, stop } of verdicts)
      if (stop === null) this.#desk.board.leases.keep(claim, now);
    this.#look();
    return verdicts;
  }

  #verdict({ item, claim, stage }: Kept): Verdict {
    const standing = this.#desk.board.standing(item);
    const view = this.#desk.board.index.view(item);
    if (view === null) return { claim, why: "deleted", stop: "the item was deleted" };
    if (standing?.claim !== claim) {
      const who = standing === null || standing.end !== null ? "" : ` to ${standing.actor}`;
      return { claim, why: "lost", stop: `the claim is lost${who}` };
    }
    if (standing.end !== null) {
      // The work may say itself that it is done, or failed, and end in its own time.
      const isGivenBack = standing.end.kind === "release";
      return { claim, why: "ended", stop: isGivenBack ? "the claim was given back" : null };
    }
    if (isSet(member(view.fields, "frozen"))) {
      return { claim, why: "frozen", stop: "the item is frozen" };
    }
    const at = member(view.fields, "stage") ?? null;
    if (at !== stage) {
      const to = typeof at === "string" ? at : "no stage";
      return { claim, why: "moved", stop: `the item was moved to ${to}` };
    }
    if (this.#isCutOff(standing)) {
      const stop = "no contact with the hub for as long as the lease: others may take over";
      return { claim, why: "cut-off", stop };
    }
    return { claim, why: "held", stop: null };
  }

  /**
   * What the hub confirmed is held for as long as others hear of it there. A holder that is cut off
   * stops before they take over, by its own clock and without their grace.
   */
  #isCutOff(claim: ClaimView): boolean {
    if (claim.confirmed !== "hub") return false;
    const { contact, leases } = this.#desk.board;
    return this.#host.now() - contact.lastAt > leases.ttlOf(claim);
  }

  /** Takes back claims of this node that lost: else they might stand again one day. */
  #lookAt(item: string): void {
    this.#desk.board.noteFailure(item);
    const standing = this.#desk.board.standing(item);
    if (standing === null) return;
    const { claims } = this.#host.state;
    for (const rival of standing.rivals) {
      if (claims.holderOf(item, rival) !== this.#host.node) continue;
      if (claims.endOf(item, rival) !== null) continue;
      const ref = { item, epoch: standing.epoch, claim: rival };
      this.#run("a lost claim could not be taken back", () =>
        this.#desk.withdraw(ref, { reason: "another claim stands", actor: "", isUnused: false }),
      );
    }
  }

  #look(): void {
    if (this.#isClosed) return;
    this.#desk.board.contact.note();
    const now = this.#host.now();
    const kept: ClaimView[] = [];
    const open = new Set<OpId>();
    let shortest = Infinity;
    for (const item of this.#desk.board.index.held()) {
      const claim = this.#desk.board.standing(item);
      if (claim === null || claim.end !== null) continue;
      open.add(claim.claim);
      shortest = Math.min(shortest, this.#desk.board.leases.ttlOf(claim));
      const isOurs = this.#desk.board.isOurs(claim);
      const isManual = isOurs && claim.isManual;
      if (isManual) this.#desk.board.leases.keep(claim.claim, now);
      const isExpired = now >= this.#desk.board.expiresAt(claim);
      if (!isOurs) continue;
      if (!isExpired) kept.push(claim);
      else {
        this.#run("a claim that nobody keeps could not be given back", () =>
          this.#desk.withdraw(claim, { reason: "nobody keeps it", actor: "", isUnused: false }),
        );
      }
    }
    this.#desk.board.leases.retain(open);
    this.#tell(kept);
    this.#renew(kept, now);
    this.#setTimer(shortest);
  }

  #tell(kept: readonly ClaimView[]): void {
    const working = kept
      .map(({ item, claim }): Working => ({ item, claim }))
      .sort((left, right) => (left.claim < right.claim ? -1 : 1));
    const ttls = kept.map((claim) => this.#desk.board.leases.ttlOf(claim));
    this.#host.tellWorking(working, Math.min(...ttls) / 3);
  }

  /** Where no beat goes, a third of the lease after the last sign of life one is written. */
  #renew(kept: readonly ClaimView[], now: number): void {
    const open = new Set(kept.map(({ claim }) => claim));
    for (const claim of this.#renewedAt.keys()) if (!open.has(claim)) this.#renewedAt.delete(claim);
    if (!this.#host.hasDeafPeers()) return;
    const due: WorkChange[] = [];
    for (const claim of kept) {
      const since = this.#renewedAt.get(claim.claim);
      if (since === undefined) this.#renewedAt.set(claim.claim, now);
      if (since === undefined || now - since < this.#desk.board.leases.ttlOf(claim) / 3) continue;
      this.#renewedAt.set(claim.claim, now);
      if (due.length < renewalsMax) due.push(renewChange(claim));
    }
    if (due.length === 0) return;
    this.#run("claims could not be renewed", () => this.#host.write(due, ""));
  }

  #setTimer(ttlMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (ttlMs === Infinity) return;
    const ms = Math.min(lookMsMax, Math.max(lookMsMin, ttlMs / looksPerLease));
    this.#cancelTimer = this.#host.setTimer(ms, () => this.#look());
  }

  /** What nobody waits for must not fail silently. */
  #run(what: string, work: () => Promise<unknown>): void {
    work().catch((error: unknown) => this.#host.reportProblem(what, error));
  }
}

/** Renewals in one op: each takes some 250 bytes. */
const renewalsMax = 200;
