/**
 * The claims that one MCP session made: kept alive for as long as the session lives, given back
 * when it ends, and watched, so that the agent hears when it must not go on.
 */
import { TowlineError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { mcpClaimsMax, mcpKeepMs } from "../base/edge-limits.ts";
import { release } from "../commands/claim.ts";
import { keep } from "../commands/keep.ts";
import type { Logger } from "../node/logger.ts";
import type { OpId } from "../op/op.ts";
import type { Kept, Verdict } from "../work/keeper.ts";
import type { Caller } from "./caller.ts";

export interface HeldClaim {
  readonly item: string;
  readonly claim: OpId;
  readonly epoch: number;
  /** The stage of the item when the work began. */
  readonly stage: string | null;
  readonly leaseMs: number;
}

export interface HeldClaimsOptions {
  readonly caller: Caller;
  readonly actor: () => string;
  readonly logger: Logger;
  /** Called when a claim must not be worked on any more, with a sentence for the agent. */
  readonly onAlert: (text: string) => void;
}

export class HeldClaims {
  readonly #options: HeldClaimsOptions;
  readonly #held = new Map<string, HeldClaim>();
  readonly #moving = new Set<string>();
  /** What the agent has not been told with a result yet. */
  #alerts: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: HeldClaimsOptions) {
    this.#options = options;
  }

  /** Throws `usage/invalid` when the session holds as many as it may. */
  refuseMore(): void {
    if (this.#held.size < mcpClaimsMax) return;
    const message = `This session holds ${mcpClaimsMax} items. End the work on some of them first.`;
    throw new TowlineError("usage/invalid", message);
  }

  /** Keeps a claim from now on; one that came when the session had ended is given back. */
  async add(claim: HeldClaim): Promise<void> {
    this.#held.set(claim.item, claim);
    if (this.#isClosed) await this.#giveBack(claim, endReason);
    else this.#setTimer();
  }

  all(): readonly HeldClaim[] {
    return [...this.#held.values()];
  }

  of(item: string): HeldClaim | null {
    return this.#held.get(item) ?? null;
  }

  /** Moves an item for the session itself, which is no reason to stop. */
  async whileMoving<Moved extends { readonly stage: Json }>(
    item: string,
    move: () => Promise<Moved>,
  ): Promise<Moved> {
    this.#moving.add(item);
    try {
      const moved = await move();
      const held = this.#held.get(item);
      const stage = typeof moved.stage === "string" ? moved.stage : null;
      if (held !== undefined) this.#held.set(item, { ...held, stage });
      return moved;
    } finally {
      this.#moving.delete(item);
    }
  }

  /** The claim has ended, or is lost. */
  forget(item: string, claim: string): void {
    if (this.#held.get(item)?.claim === claim) this.#held.delete(item);
  }

  /** Gives a claim back that nobody heard of. */
  async giveBackUnused(claim: HeldClaim): Promise<void> {
    await this.#giveBack(claim, "whoever asked for it was gone");
  }

  takeAlerts(): readonly string[] {
    const alerts = this.#alerts;
    this.#alerts = [];
    return alerts;
  }

  /** Ends the session's claims. A node that cannot be reached lets their leases run out. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.all().map(async (claim) => await this.#giveBack(claim, endReason)));
  }

  async #giveBack({ item, claim }: HeldClaim, reason: string): Promise<void> {
    const { caller, actor, logger } = this.#options;
    try {
      await caller.call(release, { item, claim, reason, actor: actor(), force: false });
      this.forget(item, claim);
    } catch (error) {
      if (error instanceof TowlineError && error.code === "claim/lost") this.forget(item, claim);
      else logger.warn({ item, error: String(error) }, "an item could not be given back");
    }
  }

  #setTimer(): void {
    if (this.#isClosed || this.#timer !== null || this.#held.size === 0) return;
    const leases = this.all().map(({ leaseMs }) => leaseMs);
    const ms = Math.max(1, Math.min(mcpKeepMs, ...leases.map((lease) => lease / 3)));
    this.#timer = setTimeout(() => {
      this.#keep()
        .catch((error: unknown) => {
          // The node is away: it may come back, or the lease runs out.
          this.#options.logger.debug({ error: String(error) }, "claims could not be kept");
        })
        .finally(() => {
          this.#timer = null;
          this.#setTimer();
        });
    }, ms);
  }

  async #keep(): Promise<void> {
    const kept = this.all().map(({ item, claim, stage }) => ({ item, claim, stage }));
    const verdicts = await this.#options.caller.call(keep, { kept, afterMs: null });
    for (const [at, verdict] of verdicts.entries()) {
      const asked = kept[at];
      if (asked !== undefined && verdict.why !== "held") await this.#heed(asked, verdict);
    }
  }

  async #heed({ item, claim, stage }: Kept, { why, stop }: Verdict): Promise<void> {
    const held = this.#held.get(item);
    if (held?.claim !== claim) return;
    // What the session itself did meanwhile was not known to whoever judged.
    if (why === "moved" && (this.#moving.has(item) || held.stage !== stage)) return;
    this.forget(held.item, claim);
    // Somebody said elsewhere how the work ended.
    const what = stop ?? "the claim was ended";
    const text = `Stop the work on ${held.item} (epoch ${held.epoch}): ${what}.`;
    this.#alerts.push(text);
    this.#options.onAlert(text);
    const mayStand = why === "frozen" || why === "moved" || why === "cut-off";
    if (mayStand) await this.#giveBack(held, what);
  }
}

const endReason = "the MCP session ended";
