/** Reads the op log: log, export, digest, verify. */
import type { Digest, LoggedOp, OpJson, Verification } from "../api/types.ts";
import type { NodeCommand, NoParams } from "./command.ts";
import { breathe, streamRows } from "./command.ts";
import { meantItem } from "./item-rows.ts";

export interface LogParams {
  /** Null for all items. */
  readonly item: string | null;
  /** The latest so many; null for all. */
  readonly limit: number | null;
}

export interface LogResult {
  /** Ops in all, shown or not. */
  readonly ops: number;
}

/** Ops read before others get a turn. */
const opsAtATime = 500;

export const log: NodeCommand<LogParams, LoggedOp, LogResult> = {
  name: "log",
  read: (given) => ({ item: given.optionalText("item"), limit: given.count("limit") }),
  run: async (context, { item, limit }) => {
    const { node, signal } = context;
    const all = node.ops(item === null ? undefined : meantItem(node, item));
    if (limit === null) return { ops: await streamRows(context, all) };
    let ops = 0;
    let latest: LoggedOp[] = [];
    for (const op of all) {
      latest.push(op);
      ops += 1;
      if (latest.length >= 2 * limit) latest = latest.slice(-limit);
      if (ops % opsAtATime === 0) await breathe(signal);
    }
    await streamRows(context, latest.slice(-limit));
    return { ops };
  },
};

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
