/** One frame or file of received ops: put into an order, and what became of it. */
import type { NodeId, Op, OpId, ReceivedOp } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import type { OpErrorCode } from "../op/op-error.ts";
import type { Applied, Entry, Fork, Source } from "./log.ts";

export interface Refusal {
  readonly id: OpId;
  readonly author: NodeId;
  readonly code: OpErrorCode;
}

/** What became of a batch of received ops. */
export interface Outcome {
  /** In the order applied; waiting runs of other batches that could now be applied are included. */
  readonly applied: readonly Applied[];
  readonly refused: readonly Refusal[];
  readonly forks: readonly Fork[];
  /** Ops of this batch that wait for an ancestor, or found no room to wait. */
  readonly waiting: readonly Op[];
  /** Entries of ops in this batch that were applied before. */
  readonly known: readonly Entry[];
}

/**
 * The batch with each op behind its predecessor, where the batch holds it: its order says nothing.
 * `isKnown` tells the ops that are applied.
 */
export function inChainOrder(
  batch: readonly ReceivedOp[],
  isKnown: (id: OpId) => boolean,
): readonly ReceivedOp[] {
  if (isOrdered(batch, isKnown)) return batch;
  const first = new Map<OpId, number>();
  for (const [at, { op }] of batch.entries()) if (!first.has(op.id)) first.set(op.id, at);
  const ordered: ReceivedOp[] = [];
  const taken = new Set<number>();
  for (const start of batch.keys()) {
    const path: ReceivedOp[] = [];
    for (let at: number | undefined = start; at !== undefined && !taken.has(at);) {
      const received = batch[at] as ReceivedOp;
      taken.add(at);
      path.push(received);
      at = first.get(received.op.prev);
    }
    ordered.push(...path.reverse());
  }
  return ordered;
}

/** The usual case, found out without an index of the batch. */
function isOrdered(batch: readonly ReceivedOp[], isKnown: (id: OpId) => boolean): boolean {
  const heads = new Map<NodeId, OpId>();
  return batch.every(({ op }) => {
    const isNext = heads.get(op.author) === op.prev || op.prev === noOp || isKnown(op.prev);
    heads.set(op.author, op.id);
    return isNext;
  });
}

/** An op without a signature that verifies, and why it will be refused if no other op vouches. */
interface Bare {
  readonly op: Op;
  readonly code: OpErrorCode;
}

/** An outcome in the making. */
export class Intake implements Outcome {
  readonly source: Source;
  readonly now: number;
  readonly applied: Applied[] = [];
  readonly refused: Refusal[] = [];
  readonly forks: Fork[] = [];
  readonly known: Entry[] = [];
  readonly waiting: Op[] = [];
  /** Offset in the batch before which there is no window. */
  singleUntil = 0;
  /** Kept to the end of the batch: several ops may vouch for one, when its chain forks. */
  readonly bare = new Map<OpId, Bare>();
  readonly #reported = new Set<OpId>();

  constructor(source: Source, now: number) {
    this.source = source;
    this.now = now;
  }

  refuse(op: Op, code: OpErrorCode): void {
    if (this.#reported.has(op.id)) return;
    this.#reported.add(op.id);
    this.refused.push({ id: op.id, author: op.author, code });
  }

  wait(op: Op): void {
    if (this.#reported.has(op.id)) return;
    this.#reported.add(op.id);
    this.waiting.push(op);
  }
}
