/** What changes hands: claim, take, steal, release, done, fail, retry. */
import type { OpId } from "../api/types.ts";
import type { Claimed, ClaimOptions } from "../work/desk.ts";
import type { ClaimRow } from "../work/board.ts";
import { parseConfirmation } from "../work/confirm.ts";
import type { CommandContext, Given, NodeCommand } from "./command.ts";
import type { ShownItem } from "./item-rows.ts";
import { shownItem } from "./item-rows.ts";
import type { WorkerParams } from "./work.ts";
import { readStage, readWorker, workerOf } from "./work.ts";

/** How a claim is made. */
export interface HowToClaim {
  readonly actor: string;
  /** `hub`, `quorum:N` or `none`; null for `hub`. */
  readonly confirm: string | null;
  readonly waitMs: number | null;
  readonly ttlMs: number | null;
  readonly manual: boolean;
  readonly reason: string;
}

export interface ClaimParams extends HowToClaim {
  readonly item: string;
  readonly force: boolean;
  readonly steal: boolean;
}

/** A claim that was won, and its item. */
export interface ClaimResult extends ClaimRow {
  /** How long others wait for a sign of life before the claim counts as expired. */
  readonly leaseMs: number;
  readonly work: ShownItem;
  /** Where in a trace it was made; null when nothing is traced. */
  readonly traceparent: string | null;
}

/** How long the peers that matter may take to answer. */
const waitMs = 10_000;

function readHow(given: Given): HowToClaim {
  return {
    actor: given.text("actor"),
    confirm: given.optionalText("confirm"),
    waitMs: given.count("waitMs"),
    ttlMs: given.count("ttlMs"),
    manual: given.flag("manual"),
    reason: given.optionalText("reason") ?? "",
  };
}

function optionsOf(context: CommandContext<never>, how: HowToClaim): ClaimOptions {
  return {
    actor: how.actor,
    confirm: parseConfirmation(how.confirm ?? "hub"),
    waitMs: how.waitMs ?? waitMs,
    ttlMs: how.ttlMs,
    isManual: how.manual,
    reason: how.reason,
    signal: context.signal,
  };
}

function resultOf(context: CommandContext<never>, claimed: Claimed): ClaimResult {
  const { row, view, item, traceparent } = claimed;
  const { board } = context.node.work;
  const standing = board.standing(item);
  const leaseMs = standing === null ? 0 : board.leases.ttlOf(standing);
  return { ...row, leaseMs, work: shownItem(view), traceparent };
}

export const claim: NodeCommand<ClaimParams, never, ClaimResult> = {
  name: "claim",
  read: (given) => ({
    ...readHow(given),
    item: given.text("item"),
    force: given.flag("force"),
    steal: given.flag("steal"),
  }),
  run: async (context, { item, force, steal, ...how }) => {
    const { desk } = context.node.work;
    const options = optionsOf(context, how);
    const claimed = steal
      ? await desk.steal(item, options)
      : await desk.claim(item, { ...options, force });
    return resultOf(context, claimed);
  },
};

export const take: NodeCommand<HowToClaim & WorkerParams, never, ClaimResult | null> = {
  name: "take",
  read: (given) => ({ ...readHow(given), ...readWorker(given) }),
  run: async (context, { stages, labels, ...how }) => {
    const worker = workerOf(context, { stages, labels });
    const { desk } = context.node.work;
    const claimed = await desk.take(worker, optionsOf(context, how));
    if (claimed !== null && context.signal.aborted) {
      // Whoever asked is gone: nobody works on it.
      const reason = "the agent went away";
      await desk.withdraw(claimed, { reason, actor: how.actor, isUnused: true });
    }
    return claimed === null ? null : resultOf(context, claimed);
  },
};

export interface EndParams {
  readonly item: string;
  readonly actor: string;
  /** The claim that has to stand; null for whichever this node holds. */
  readonly claim: string | null;
  readonly reason: string;
  readonly force: boolean;
}

export interface DoneParams extends EndParams {
  /** Null for the next stage. */
  readonly to: string | null;
}

export interface FailParams extends EndParams {
  /** Further tries before the item is blocked. */
  readonly retries: number;
}

/** What an end answers with. */
export interface EndResult extends ClaimRow {
  readonly op: OpId | null;
}

function readEnd(given: Given): EndParams {
  return {
    item: given.text("item"),
    actor: given.text("actor"),
    claim: given.optionalText("claim"),
    reason: given.optionalText("reason") ?? "",
    force: given.flag("force"),
  };
}

function endResult(context: CommandContext<never>, item: string, op: OpId | null): EndResult {
  return { ...context.node.work.board.row(item), op };
}

export const release: NodeCommand<EndParams, never, EndResult> = {
  name: "release",
  read: readEnd,
  run: async (context, { item, force, ...how }) => {
    const { endings } = context.node.work;
    const op = force ? await endings.free(item, how) : await endings.release(item, how);
    return endResult(context, item, op);
  },
};

export const done: NodeCommand<DoneParams, never, EndResult> = {
  name: "done",
  read: (given) => ({ ...readEnd(given), to: given.optionalText("to") }),
  run: async (context, { item, to, force, reason, ...how }) => {
    const op = await context.node.work.endings.complete(item, {
      ...how,
      to: to === null ? null : readStage(to),
      force: force ? reason : null,
    });
    return endResult(context, item, op);
  },
};

export const fail: NodeCommand<FailParams, never, EndResult & { readonly blocked: boolean }> = {
  name: "fail",
  read: (given) => ({ ...readEnd(given), retries: given.whole("retries") }),
  run: async (context, { item, ...how }) => {
    const { op, isBlocked } = await context.node.work.endings.fail(item, how);
    return { ...endResult(context, item, op), blocked: isBlocked };
  },
};

export const retry: NodeCommand<
  { readonly item: string; readonly actor: string },
  never,
  ShownItem & { readonly op: OpId | null }
> = {
  name: "retry",
  read: (given) => ({ item: given.text("item"), actor: given.text("actor") }),
  run: async ({ node }, { item, actor }) => {
    const op = await node.work.endings.retry(item, actor);
    return { ...shownItem(node.work.desk.view(item)), op };
  },
};
