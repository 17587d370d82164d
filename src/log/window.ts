/**
 * A window: ops of several authors that stand together in a frame and can all be applied at once,
 * so that one signature vouches for each run that an author has written there. [WIRE 2]
 */
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import type { NodeId, OpId, ReceivedOp } from "../op/op.ts";
import type { Ancestor, Lookup } from "./rules.ts";
import { verdictOn } from "./rules.ts";

export interface Window {
  /** Ancestors first. */
  readonly ops: readonly ReceivedOp[];
  /** The last op of each run, and so of each author: its signature has to verify. */
  readonly vouchers: ReadonlySet<ReceivedOp>;
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

/** The run of an author that is still open in a window. */
class OpenRun {
  last: ReceivedOp;
  /** The latest op with a signature, which may close the run. */
  signed: ReceivedOp | null = null;
  /** All ops of the run, and those behind `signed`. */
  #ops = 0;
  #bytes = 0;
  #opsBehind = 0;
  #bytesBehind = 0;

  constructor(first: ReceivedOp) {
    this.last = first;
  }

  get isVouched(): boolean {
    return this.signed === this.last;
  }

  /**
   * Adds the next op of the author. When it makes the run too long, the run ends at its latest
   * signature, which is returned; `false` when there is none.
   */
  add(received: ReceivedOp): ReceivedOp | null | false {
    const { length } = received.op.bytes;
    let closed: ReceivedOp | null = null;
    if (this.#ops + 1 > runOpsMax || this.#bytes + length > runBytesMax) {
      closed = this.signed;
      this.signed = null;
      [this.#ops, this.#bytes] = [this.#opsBehind, this.#bytesBehind];
      if (closed === null || this.#ops + 1 > runOpsMax) return false;
      if (this.#bytes + length > runBytesMax) return false;
    }
    this.last = received;
    this.#ops += 1;
    this.#bytes += length;
    if (received.sig === null) {
      this.#opsBehind += 1;
      this.#bytesBehind += length;
    } else {
      this.signed = received;
      [this.#opsBehind, this.#bytesBehind] = [0, 0];
    }
    return closed;
  }
}

/** Looks for the longest window that begins at `at`; it ends where every author has a voucher. */
export function scanWindow(
  batch: readonly ReceivedOp[],
  at: number,
  { lookup, isHandled }: Surroundings,
): Scan {
  const inside = new Map<OpId, Ancestor>();
  const lookupHere: Lookup = (id) => inside.get(id) ?? lookup(id);
  const runs = new Map<NodeId, OpenRun>();
  /** Places of ops whose signatures end a run inside the window. */
  const closing = new Set<ReceivedOp>();
  let unvouched = 0;
  let [end, next] = [at, at];
  for (; next < batch.length; next += 1) {
    const received = batch[next] as ReceivedOp;
    const { op } = received;
    if (isHandled(op.id) || inside.has(op.id)) break;
    let run = runs.get(op.author);
    if (run !== undefined && run.last.op.id !== op.prev) break;
    if (verdictOn(op, lookupHere) !== "valid") break;
    if (run === undefined) {
      run = new OpenRun(received);
      runs.set(op.author, run);
    } else if (!run.isVouched) unvouched -= 1;
    const closed = run.add(received);
    if (closed === false) break;
    if (closed !== null) closing.add(closed);
    if (!run.isVouched) unvouched += 1;
    inside.set(op.id, op);
    if (unvouched === 0) end = next + 1;
  }
  if (end - at < 2) return { next, window: null };
  const ops = batch.slice(at, end);
  return { next: end, window: { ops, vouchers: vouchersOf(ops, closing) } };
}

function vouchersOf(
  ops: readonly ReceivedOp[],
  closing: ReadonlySet<ReceivedOp>,
): ReadonlySet<ReceivedOp> {
  const lastOf = new Map<NodeId, ReceivedOp>();
  for (const received of ops) lastOf.set(received.op.author, received);
  const inside = closing.size === 0 ? [] : ops.filter((received) => closing.has(received));
  return new Set([...inside, ...lastOf.values()]);
}
