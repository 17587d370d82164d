/** What this node makes of claims: who holds what, who is silent for too long, what is ready. */
import { member } from "../base/json.ts";
import type { Json } from "../base/json.ts";
import { retryWaitMsMax } from "../base/limits.ts";
import type { Guarantee } from "../claims/change.ts";
import type { ClaimView } from "../claims/claims.ts";
import { Leases } from "../claims/lease.ts";
import { conflictOf } from "../claims/over.ts";
import type { ConflictSide } from "../claims/over.ts";
import type { Obstacle, Rank, Surroundings, Worker } from "../claims/ready.ts";
import { compareRanks, obstacles, rankOf, spread } from "../claims/ready.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { ItemView } from "../pipeline/document.ts";
import { Contact } from "./contact.ts";
import type { WorkHost } from "./host.ts";
import { ItemIndex } from "./index-of-items.ts";

/** `lost` is said of one claim that another one displaced; the others of an item. */
export type ClaimState = "free" | "tentative" | "confirmed" | "lost" | "expired" | "done";

/** The claim of an item, as programs see it. */
export interface ClaimRow {
  readonly item: string;
  readonly title: Json;
  readonly stage: Json;
  readonly state: ClaimState;
  readonly claim: OpId | null;
  /** The fencing token; 0 before the first claim. */
  readonly epoch: number;
  readonly holder: NodeId | null;
  readonly actor: string | null;
  readonly ours: boolean;
  readonly manual: boolean;
  readonly guarantee: Guarantee;
  /** Milliseconds since the last sign of life that came here; null for one that has ended. */
  readonly silentMs: number | null;
  /**
   * Milliseconds until it counts as expired here; null for one that has ended, and while this node
   * is cut off.
   */
  readonly expiresInMs: number | null;
  readonly reason: string;
}

export interface ReadyRow {
  readonly view: ItemView;
  readonly rank: Rank;
}

export interface BlockedRow {
  readonly view: ItemView;
  readonly obstacles: readonly Obstacle[];
}

export class Board {
  readonly #host: WorkHost;
  readonly leases: Leases;
  readonly index: ItemIndex;
  readonly contact: Contact;
  /** By item: the failure by which its last claim ended, and when it was first seen here. */
  readonly #failures = new Map<string, { readonly end: OpId; readonly at: number }>();

  constructor(host: WorkHost) {
    this.#host = host;
    const { leaseMs, leaseGraceMs } = host.settings;
    this.leases = new Leases({ ttlMs: leaseMs, graceMs: leaseGraceMs });
    this.index = new ItemIndex(host);
    this.contact = new Contact(host);
  }

  standing(item: string): ClaimView | null {
    return this.#host.state.claims.standing(item);
  }

  isOurs(claim: ClaimView): boolean {
    return claim.holder === this.#host.node;
  }

  /** Notes the signs of life of a claim that has not ended, and says when it expires, if ever. */
  expiresAt(claim: ClaimView): number {
    const { item, holder } = claim;
    const ops = this.#host.state.claims.signsOf(item, holder);
    const heardAt = this.#host.heardAt(claim.claim, holder);
    this.leases.look(claim, { ops, heardAt, now: this.#host.now() });
    const expiresAt = this.leases.expiresAt(claim, this.isOurs(claim));
    if (this.isOurs(claim)) return expiresAt;
    this.contact.note();
    const { since } = this.contact;
    if (since === null) return Infinity;
    // What this node missed while it was cut off must have had time to come.
    const heardSince = since + this.leases.ttlOf(claim) + this.#host.settings.leaseGraceMs;
    return Math.max(expiresAt, heardSince);
  }

  isExpired(claim: ClaimView): boolean {
    return claim.end === null && this.#host.now() >= this.expiresAt(claim);
  }

  state(item: string): ClaimState {
    const claim = this.standing(item);
    if (claim === null) return "free";
    if (claim.end !== null) return claim.end.kind === "complete" ? "done" : "free";
    if (this.isExpired(claim)) return "expired";
    return claim.confirmed === null ? "tentative" : "confirmed";
  }

  /** The claim that keeps others from the item; null when it may be taken. */
  holding(item: string): ClaimView | null {
    const claim = this.standing(item);
    return claim === null || claim.end !== null || this.isExpired(claim) ? null : claim;
  }

  row(item: string): ClaimRow {
    const view = this.index.view(item);
    const claim = this.standing(item);
    const isOpen = claim !== null && claim.end === null;
    const expiresAt = isOpen ? this.expiresAt(claim) : null;
    const heard = isOpen ? this.leases.lastSign(claim.claim) : null;
    const now = this.#host.now();
    return {
      item,
      title: view === null ? null : (member(view.fields, "title") ?? null),
      stage: view === null ? null : (member(view.fields, "stage") ?? null),
      state: this.state(item),
      claim: claim?.claim ?? null,
      epoch: claim?.epoch ?? 0,
      holder: claim?.holder ?? null,
      actor: claim?.actor ?? null,
      ours: claim !== null && this.isOurs(claim),
      manual: claim?.isManual ?? false,
      guarantee: claim?.confirmed ?? "none",
      silentMs: heard === null ? null : Math.max(0, Math.round(now - heard)),
      expiresInMs:
        expiresAt === null || expiresAt === Infinity
          ? null
          : Math.max(0, Math.round(expiresAt - now)),
      reason: claim?.end?.reason ?? claim?.reason ?? "",
    };
  }

  /** A row for each live item with a claim that has not ended. */
  rows(): readonly ClaimRow[] {
    return [...this.index.held()].sort().map((item) => this.row(item));
  }

  /** What speaks against working on the item; empty when it is ready. */
  obstacles(view: ItemView, worker: Worker): readonly Obstacle[] {
    const found = [...obstacles(view, worker, this.#around)];
    const wait = this.#waitOf(view);
    const limit = this.#limitOf(view);
    return found.concat(wait ?? [], limit ?? []);
  }

  /** Notes that an op came about the item: when it is a failure, it is left alone from now on. */
  noteFailure(item: string): void {
    const end = this.standing(item)?.end ?? null;
    const known = this.#failures.get(item);
    if (end?.kind !== "fail") this.#failures.delete(item);
    else if (known?.end !== end.op) {
      this.#failures.set(item, { end: end.op, at: this.#host.now() });
    }
  }

  /** An item that failed is tried again after a wait that doubles. Whoever starts does not wait. */
  #waitOf(view: ItemView): Obstacle | null {
    const failure = this.#failures.get(view.item);
    const tries = member(view.fields, "retries");
    const isLast = failure !== undefined && failure.end === this.standing(view.item)?.end?.op;
    if (!isLast || typeof tries !== "number" || tries < 1) return null;
    const doubled = this.#host.settings.retryWaitMs * 2 ** Math.min(tries - 1, 30);
    const left = failure.at + Math.min(doubled, retryWaitMsMax) - this.#host.now();
    if (left <= 0) return null;
    return { why: "wait", text: `failed, to be tried again in ${Math.ceil(left / 1_000)} s` };
  }

  readonly #around: Surroundings = {
    item: (id) => this.index.view(id),
    state: (id) => this.#host.state.document.state(id),
    holderOf: (id) => {
      const claim = this.holding(id);
      if (claim === null) return null;
      const who = claim.actor === "" ? "somebody" : claim.actor;
      return `${who} on ${claim.holder.slice(0, 8)}`;
    },
  };

  /** Limits on how many are worked on at once: of this node, and of the item's stage. */
  #limitOf(view: ItemView): Obstacle | null {
    const { jobsMax, stageLimits } = this.#host.settings;
    if (jobsMax > 0) {
      const held = this.#heldCount((claim) => this.isOurs(claim));
      if (held >= jobsMax) return { why: "limit", text: `this node works on ${held} items` };
    }
    const stage = member(view.fields, "stage");
    const stageMax = typeof stage === "string" ? stageLimits.get(stage) : undefined;
    if (typeof stage !== "string" || stageMax === undefined) return null;
    const held = this.#heldCount(
      (claim) => member(this.index.view(claim.item)?.fields ?? {}, "stage") === stage,
    );
    if (held < stageMax) return null;
    return { why: "limit", text: `${held} items in ${stage} are worked on, the limit there` };
  }

  #heldCount(counts: (claim: ClaimView) => boolean): number {
    let count = 0;
    for (const item of this.index.held()) {
      const claim = this.holding(item);
      if (claim !== null && counts(claim)) count += 1;
    }
    return count;
  }

  /** Items that may be worked on, the one that matters most first. */
  ready(worker: Worker): readonly ReadyRow[] {
    const found: ReadyRow[] = [];
    for (const item of this.index.workable()) {
      const view = this.index.view(item);
      if (view === null || this.obstacles(view, worker).length > 0) continue;
      found.push({ view, rank: rankOf(view, this.index.dependentsOf(item)) });
    }
    return found.sort((left, right) => compareRanks(left.rank, right.rank));
  }

  /** Ready items in the order in which this node tries to take them. */
  toTake(worker: Worker): readonly string[] {
    const ranks = this.ready(worker).map(({ rank }) => rank);
    const { node, state } = this.#host;
    return spread(ranks, node, state.sha256).map(({ item }) => item);
  }

  /** Items in which there is work that nobody may do now, each with why. */
  blocked(worker: Worker): readonly BlockedRow[] {
    const found: BlockedRow[] = [];
    for (const item of [...this.index.workable()].sort()) {
      const view = this.index.view(item);
      if (view === null) continue;
      const all = this.obstacles(view, worker);
      // What somebody works on is in nobody's way.
      const isHeld = all.some(({ why }) => why === "held");
      if (all.length > 0 && !isHeld) found.push({ view, obstacles: all });
    }
    return found;
  }

  /** Items that were moved to several stages by nodes that did not know of one another. */
  conflicts(): readonly string[] {
    const all = [...this.#host.state.claims.items()];
    return all.filter((item) => this.conflict(item).length > 0).sort();
  }

  conflict(item: string): readonly ConflictSide[] {
    const view = this.index.view(item);
    if (view === null) return [];
    const { document, claims } = this.#host.state;
    return conflictOf(document, claims, view);
  }
}
