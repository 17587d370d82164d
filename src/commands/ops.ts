/** Reads the op log: log, export, digest, verify. */
import type { Digest, LoggedOp, OpJson, TowlineNode, Verification } from "../api/types.ts";
import type { Moment } from "../history/moment.ts";
import type { NodeCommand, NoParams } from "./command.ts";
import { breathe, streamRows } from "./command.ts";
import { meantItem } from "./item-rows.ts";
import { readMoment } from "./past.ts";

export interface LogParams {
  /** Null for all items. */
  readonly item: string | null;
  /** The latest so many; null for all. */
  readonly limit: number | null;
  /** Only those that count at this moment; null for all. */
  readonly at?: Moment | null;
}

export interface LogResult {
  /** Ops in all, shown or not. */
  readonly ops: number;
}

/** Ops read before others get a turn. */
const opsAtATime = 200;

export const log: NodeCommand<LogParams, LoggedOp, LogResult> = {
  name: "log",
  read: (given) => ({
    item: given.optionalText("item"),
    limit: given.count("limit"),
    at: readMoment(given, "at"),
  }),
  run: async (context, { item, limit, at = null }) => {
    const { node, signal } = context;
    const id = item === null ? null : meantItem(node, item);
    const end = endAt(node, id, at);
    let [seen, ops] = [0, 0];
    let kept: LoggedOp[] = [];
    for (const op of node.ops(id ?? undefined)) {
      if (seen >= end) break;
      seen += 1;
      if (seen % opsAtATime === 0) {
        if (limit === null) await context.rows(kept.splice(0));
        await breathe(signal);
      }
      if (at !== null && "time" in at && op.time > at.time) continue;
      ops += 1;
      kept.push(op);
      if (limit !== null && kept.length >= 2 * limit) kept = kept.slice(-limit);
    }
    await streamRows(context, limit === null ? kept : kept.slice(-limit));
    return { ops };
  },
};

/** How many of the ops had arrived at a moment that is a number of arrivals. */
function endAt(node: TowlineNode, item: string | null, at: Moment | null): number {
  if (at === null || "time" in at) return Infinity;
  if (item === null) return at.ops;
  return node.arrivals.ofItem(item).filter((index) => index < at.ops).length;
}

export const exportOps: NodeCommand<NoParams, OpJson, LogResult> = {
  name: "export",
  read: () => ({}),
  run: async (context) => {
    const { node } = context;
    const all = node.status().ops;
    let done = 0;
    const lines = (function* (): Generator<OpJson> {
      for (const { id: _, ...op } of node.ops()) {
        yield op;
        done += 1;
        if (done % opsAtATime === 0) context.progress(done, all);
      }
    })();
    return { ops: await streamRows(context, lines) };
  },
};

export const digest: NodeCommand<NoParams, never, Digest> = {
  name: "digest",
  read: () => ({}),
  run: ({ node }) => node.digest(),
};

export const verify: NodeCommand<NoParams, never, Verification> = {
  name: "verify",
  read: () => ({}),
  run: async ({ node, progress, signal }) =>
    await node.verify((done, all) => {
      signal.throwIfAborted();
      progress(done, all);
    }),
};
