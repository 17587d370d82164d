/** What there is to do and who does it: ready, blocked, next, claims. */
import { TowlineError } from "../base/errors.ts";
import type { Obstacle, Worker } from "../claims/ready.ts";
import type { Stage } from "../op/change.ts";
import { isStage, stages } from "../op/change.ts";
import type { ClaimRow } from "../work/board.ts";
import type { CommandHost, Given, NodeCommand } from "./command.ts";
import { streamRows } from "./command.ts";
import type { ItemRow } from "./item-rows.ts";
import { itemRow } from "./item-rows.ts";

export interface WorkerParams {
  /** Empty for every stage in which there is work. */
  readonly stages: readonly string[];
  /** Beside those that the settings name. */
  readonly labels: readonly string[];
}

export interface ReadyParams extends WorkerParams {
  readonly limit: number | null;
}

export interface ReadyRow extends ItemRow {
  /** How many items wait for this one. */
  readonly dependents: number;
}

export interface BlockedRow extends ItemRow {
  readonly obstacles: readonly Obstacle[];
}

export function readWorker(given: Given): WorkerParams {
  return { stages: given.texts("stages"), labels: given.texts("labels") };
}

/** Throws `usage/invalid` for what is no stage. */
export function workerOf({ config }: CommandHost, params: WorkerParams): Worker {
  const wanted = params.stages.map(readStage);
  return { stages: wanted, labels: [...config.work.labels, ...params.labels] };
}

export function readStage(text: string): Stage {
  if (isStage(text)) return text;
  const message = `${JSON.stringify(text)} is no stage: use one of ${stages.join(", ")}.`;
  throw new TowlineError("usage/invalid", message);
}

export const ready: NodeCommand<ReadyParams, ReadyRow, { readonly matching: number }> = {
  name: "ready",
  read: (given) => ({ ...readWorker(given), limit: given.count("limit") }),
  run: async (context, params) => {
    const found = context.node.work.board.ready(workerOf(context, params));
    const rows = found.slice(0, params.limit ?? found.length).map(({ view, rank }): ReadyRow => {
      return { ...itemRow(view), dependents: rank.dependents };
    });
    await streamRows(context, rows);
    return { matching: found.length };
  },
};

export const blocked: NodeCommand<WorkerParams, BlockedRow, null> = {
  name: "blocked",
  read: readWorker,
  run: async (context, params) => {
    const found = context.node.work.board.blocked(workerOf(context, params));
    const rows = found.map(({ view, obstacles }): BlockedRow => ({ ...itemRow(view), obstacles }));
    await streamRows(context, rows);
    return null;
  },
};

export const claims: NodeCommand<{ readonly all: boolean }, ClaimRow, null> = {
  name: "claims",
  read: (given) => ({ all: given.flag("all") }),
  run: async (context, { all }) => {
    const { board, host } = context.node.work;
    const live = (item: string): boolean => host.state.document.state(item) === "live";
    const rows = all
      ? [...host.state.claims.items()]
          .filter(live)
          .sort()
          .map((item) => board.row(item))
      : board.rows();
    await streamRows(context, all ? rows.filter(({ claim }) => claim !== null) : rows);
    return null;
  },
};
