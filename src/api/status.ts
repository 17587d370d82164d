/** One look at a node: what it has, what waits, what was refused, what is forked. */
import { databaseBytes, freeBytes } from "../node/disk-space.ts";
import { packageVersion } from "../node/version.ts";
import type { Fork, Log } from "../log/log.ts";
import type { Runtime } from "../node/runtime.ts";
import type { Board } from "../work/board.ts";
import { attentionOf } from "./attention.ts";
import { summaryOf } from "./sync-summary.ts";
import type { NodeStatus, PeerStatus } from "./types.ts";

/** A claim is confirmed within seconds, or its hub is not reached. */
const stuckMs = 60_000;

export function statusOf(input: {
  readonly runtime: Runtime;
  readonly name: string;
  readonly dir: string;
  readonly peers: readonly PeerStatus[];
  readonly loop: NodeStatus["loop"];
  /** Null once the node is closed. */
  readonly board: Board | null;
  readonly start: Start;
  /** Monotonic milliseconds. */
  readonly now: number;
}): NodeStatus {
  const { runtime, name, dir, peers, loop, board } = input;
  const { replica, problem } = runtime;
  const { log, document, admission, rejections, node, mesh } = replica;
  const { pending } = admission;
  const looked = {
    node,
    mesh,
    name,
    dir,
    version: packageVersion(),
    upMs: Math.round(input.now - input.start.at),
    ops: log.length,
    items: document.liveCount,
    dbBytes: databaseBytes(dir),
    diskFreeBytes: freeBytes(dir),
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
      isNew: !input.start.forks.has(forkKey({ author, seq })),
    })),
    recovered: replica.recovered,
    divergences: replica.divergences,
    hasTwin: replica.beats.hasTwin,
    sync: summaryOf(peers),
    peers,
    present: presentOf(runtime, input.now),
    ...claimsOf(board),
    loop,
    problem,
  };
  return { ...looked, attention: attentionOf(looked) };
}

/** What a status is told against: how things were when the node was opened. */
export interface Start {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Forks that were known by then, by `forkKey`. */
  readonly forks: ReadonlySet<string>;
}

export function startOf(log: Log, at: number): Start {
  return { at, forks: new Set(log.forks().map(forkKey)) };
}

function forkKey({ author, seq }: Pick<Fork, "author" | "seq">): string {
  return `${author} ${seq}`;
}

function presentOf(runtime: Runtime, now: number): NodeStatus["present"] {
  return runtime.replica.beats.nodes(now).map(({ node, name, working, at }) => ({
    node,
    name: name === "" ? null : name,
    lastSignMs: runtime.age(at),
    worksOn: working.map(({ item }) => item),
  }));
}

/** Of live items with a claim that has not ended. */
function claimsOf(board: Board | null): Pick<NodeStatus, "claims" | "stuckClaims"> {
  const claims: Record<string, number> = {};
  let stuckClaims = 0;
  for (const item of board?.index.held() ?? []) {
    const state = board?.state(item) ?? "free";
    claims[state] = (claims[state] ?? 0) + 1;
    const claim = state === "tentative" ? (board?.standing(item) ?? null) : null;
    if (claim === null || board?.isOurs(claim) !== true) continue;
    if (Date.now() - claim.time >= stuckMs) stuckClaims += 1;
  }
  return { claims, stuckClaims };
}
