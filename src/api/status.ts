/** One look at a node: what it has, what waits, what was refused, what is forked. */
import type { Runtime } from "../node/runtime.ts";
import type { NodeStatus, PeerStatus } from "./types.ts";

export function statusOf(input: {
  readonly runtime: Runtime;
  readonly name: string;
  readonly dir: string;
  readonly peers: readonly PeerStatus[];
}): NodeStatus {
  const { runtime, name, dir, peers } = input;
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
    rejected: rejections.total,
    rejections: rejections.latest(),
    forks: log.forks().map(({ author, seq, entries }) => ({
      author,
      seq,
      ops: entries.map((entry) => entry.id),
      isOwn: author === node,
    })),
    peers,
    problem,
  };
}
