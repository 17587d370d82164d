/**
 * A window: ops of several authors that stand together in a frame and can all be applied at once,
 * so that one signature of each author vouches for all that it has written there. [WIRE 2]
 */
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import type { NodeId, Op, OpId, ReceivedOp } from "../op/op.ts";
import type { Ancestor, Lookup } from "./rules.ts";
import { brokenRule, missingAncestor } from "./rules.ts";

export interface Window {
  /** Ancestors first. */
  readonly ops: readonly ReceivedOp[];
  /** The last op of each author: its signature has to verify. */
  readonly vouchers: readonly ReceivedOp[];
}

/** How far a scan came, and the window that it found, if there is something to gain. */
export interface Scan {
  readonly next: number;
  readonly window: Window | null;
}

/** What the window may not contain: known, refused or waiting ops take the long way. */
export interface Surroundings {
  readonly lookup: Lookup;
  readonly isHandled: (id: OpId) => boolean;
}

/** Looks for the longest window that begins at `at`; it ends where every author has a voucher. */
export function scanWindow(
  batch: readonly ReceivedOp[],
  at: number,
  { lookup, isHandled }: Surroundings,
): Scan {
  const inside = new Map<OpId, Ancestor>();
  const lookupHere: Lookup = (id) => inside.get(id) ?? lookup(id);
  const lastOf = new Map<NodeId, ReceivedOp>();
  const unsigned = new Set<NodeId>();
  let [bytes, end] = [0, at];
  let next = at;
  for (; next < batch.length && next - at < runOpsMax; next += 1) {
    const received = batch[next] as ReceivedOp;
    const { op, sig } = received;
    bytes += op.bytes.length;
    if (bytes > runBytesMax || isHandled(op.id) || inside.has(op.id)) break;
    const before = lastOf.get(op.author);
    if (before !== undefined && before.op.id !== op.prev) break;
    if (!isReady(op, lookupHere)) break;
    inside.set(op.id, op);
    lastOf.set(op.author, received);
    if (sig === null) unsigned.add(op.author);
    else unsigned.delete(op.author);
    if (unsigned.size === 0) end = next + 1;
  }
  if (end - at < 2) return { next, window: null };
  const ops = batch.slice(at, end);
  return { next: end, window: { ops, vouchers: vouchersOf(ops) } };
}

function isReady(op: Op, lookup: Lookup): boolean {
  return missingAncestor(op, lookup) === null && brokenRule(op, lookup) === null;
}

function vouchersOf(ops: readonly ReceivedOp[]): readonly ReceivedOp[] {
  const lastOf = new Map<NodeId, ReceivedOp>();
  for (const received of ops) lastOf.set(received.op.author, received);
  return [...lastOf.values()];
}
