/** One look at a node: what it has, what waits, what was refused, what is forked. */
import type { Runtime } from "../node/runtime.ts";
import { summaryOf } from "./sync-summary.ts";
import type { NodeStatus, PeerStatus } from "./types.ts";

export function statusOf(input: {
  readonly runtime: Runtime;
  readonly name: string;
  readonly dir: string;
  readonly peers: readonly PeerStatus[];
  readonly loop: NodeStatus["loop"];
}): NodeStatus {
  const { runtime, name, dir, peers, loop } = input;
  const { replica, problem } = runtime;
  const { log, document, admission, rejections, node, mesh } = replica;
  const { pending } = admission;
  return {
    node,
    mesh,
    name,
    dir,
    ops: log.length,
    items: document.liveCount,
    pending: pending.ops,
    pendingBytes: pending.bytes,
    pendingDropped: pending.dropped,
    pendingOldestMs: pending.oldestSince === null ? null : runtime.age(pending.oldestSince),
    rejected: rejections.total,
    rejections: rejections.latest(),
    forks: log.forks().map(({ author, seq, entries }) => ({
      author,
      seq,
      ops: entries.map((entry) => entry.id),
      isOwn: author === node,
    })),
    recovered: replica.recovered,
    divergences: replica.divergences,
    sync: summaryOf(peers),
    peers,
    loop,
    problem,
  };
}
