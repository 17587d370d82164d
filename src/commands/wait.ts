/**
 * Makes a command that writes return only when other nodes have what it wrote on their disks: by
 * their own word, and for a bounded time.
 */
import type { NodeId, OpId, PeerStatus, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { CommandContext, NodeCommand } from "./command.ts";
import { Given } from "./command.ts";
import type { Candidates } from "./wait-target.ts";
import { candidatesFor, parseTarget, whyNot } from "./wait-target.ts";

export interface WaitParams {
  /** `hub`, `all`, `quorum:N`, a peer's key or the beginning of it, or its URL. */
  readonly for: string;
  /** Null for as long as it takes. */
  readonly timeoutMs: number | null;
}

export interface WaitReport {
  readonly for: string;
  /** Whether those who have to have it have said so in time. */
  readonly confirmed: boolean;
  /** Peers that have it on disk. */
  readonly by: readonly NodeId[];
  readonly missing: readonly {
    readonly node: NodeId | null;
    readonly url: string | null;
    readonly why: string;
  }[];
}

export interface Waited {
  /** Null when nobody was waited for. */
  readonly wait: WaitReport | null;
}

type Waiting = { readonly wait?: WaitParams | null };

/** What is refused before anything is written: that nobody could ever confirm it. */
export function confirming<Params, Row, Result>(
  command: NodeCommand<Params, Row, Result>,
  opsOf: (node: TowlineNode, result: Result) => readonly OpId[],
): NodeCommand<Params & Waiting, Row, Result & Waited> {
  return {
    name: command.name,
    read: (given) => ({ ...command.read(given), wait: readWait(given) }),
    run: async (context, params) => {
      const { node } = context;
      const { wait = null } = params;
      const candidates = wait === null ? null : planned(node, wait);
      const result = await command.run(context, params);
      if (wait === null || candidates === null) return { ...result, wait: null };
      const ops = opsOf(node, result);
      return { ...result, wait: await confirmed(context, { wait, candidates, ops }) };
    },
  };
}

/** A command on one item; what was so already has been written by earlier ops on the item. */
export function confirmingItem<
  Params,
  Row,
  Result extends { readonly item: string; readonly op: string | null },
>(command: NodeCommand<Params, Row, Result>): NodeCommand<Params & Waiting, Row, Result & Waited> {
  return confirming(command, (node, { item, op }) =>
    op === null ? [...node.ops(item)].map(({ id }) => id) : [op as OpId],
  );
}

function readWait(given: Given): WaitParams | null {
  const wait = given.json("wait");
  if (wait === null) return null;
  const read = new Given(isObject(wait) ? wait : {});
  return { for: read.text("for"), timeoutMs: read.count("timeoutMs") };
}

function planned(node: TowlineNode, wait: WaitParams): Candidates {
  const target = parseTarget(wait.for);
  refuseOffline(node, "Nothing was written: start it");
  return candidatesFor(target, node.peers());
}

/** A node without a network sends nothing, however long one waits. */
export function refuseOffline(node: TowlineNode, todo: string): void {
  if (node.url !== null) return;
  const why = "No node runs on this folder, so no other one can be reached";
  throw new TowlineError("wait/no-node", `${why}. ${todo} with "towline up", then repeat this.`);
}

async function confirmed(
  { node, signal }: CommandContext<never>,
  what: {
    readonly wait: WaitParams;
    readonly candidates: Candidates;
    readonly ops: readonly OpId[];
  },
): Promise<WaitReport> {
  const { wait, candidates, ops } = what;
  const has = ({ node: peer }: PeerStatus): boolean =>
    peer !== null && ops.every((op) => node.reached(peer, op));
  // The list is long to make, and changes with connections only.
  let rows = node.peers();
  const stop = node.on("peers", (now) => (rows = now));
  const isConfirmed = await holdsInTime(node, {
    isMet: () => candidates.areMet(rows, has),
    timeoutMs: wait.timeoutMs,
    signal,
  }).finally(stop);
  const { met, missing } = candidates.split(node.peers(), has);
  return {
    for: wait.for,
    confirmed: isConfirmed,
    by: [...new Set(met.map((row) => row.node).filter((peer) => peer !== null))],
    missing: missing.map((row) => ({ node: row.node, url: row.url, why: whyNot(row) })),
  };
}

/** Whether `isMet` came to hold in time; it is asked whenever a peer says something or goes. */
export async function holdsInTime(
  node: TowlineNode,
  wait: {
    readonly isMet: () => boolean;
    readonly timeoutMs: number | null;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const { isMet, timeoutMs, signal } = wait;
  signal.throwIfAborted();
  if (isMet()) return true;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const look = (): void => {
    if (isMet()) resolve(true);
  };
  const abort = (): void => reject(signal.reason as Error);
  const timer = timeoutMs === null ? null : setTimeout(() => resolve(false), timeoutMs);
  const stops = (["stated", "synced", "peers", "applied"] as const).map((name) =>
    node.on(name, look),
  );
  signal.addEventListener("abort", abort);
  try {
    return await promise;
  } finally {
    if (timer !== null) clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    for (const stop of stops) stop();
  }
}
