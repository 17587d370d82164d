/**
 * What the run knows better than any node: every op that was ever made and whether it is valid,
 * what was acknowledged, and what each node has applied.
 */
import type { NodeId, Op, OpId } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { check } from "./failure.ts";

export interface Made {
  readonly op: Op;
  readonly isValid: boolean;
  /** Index of the honest node that wrote it; null for byzantine ones. */
  readonly writer: number | null;
}

/** What one process has applied, kept apart from its own log. */
export class View {
  readonly ids = new Set<OpId>();
  readonly deleted = new Set<string>();
  #high = 0;
  #low = 0;

  add(op: Op): void {
    this.ids.add(op.id);
    this.#high = (this.#high + Number.parseInt(op.id.slice(0, 12), 16)) % 281_474_976_710_656;
    this.#low = (this.#low + Number.parseInt(op.id.slice(12, 24), 16)) % 281_474_976_710_656;
    for (const change of op.changes) if (change.kind === "del") this.deleted.add(change.item);
  }

  /** The same for the same set of ops. */
  get key(): string {
    return `${this.ids.size}/${this.#high}/${this.#low}`;
  }
}

export class Ledger {
  readonly made = new Map<OpId, Made>();
  /** Ops that some caller was told are kept, with the node that said so. */
  readonly acknowledged = new Map<OpId, number>();
  /** Ops that their writer had durable at some moment. */
  readonly durable = new Set<OpId>();
  /** Ops that were lost by a fault that no node can survive alone: a restored or damaged disk. */
  readonly excused = new Set<OpId>();
  readonly #bySeq = new Map<string, OpId>();

  make(made: Made): void {
    if (!this.made.has(made.op.id)) this.made.set(made.op.id, made);
  }

  isValid(id: OpId): boolean {
    return id === noOp || this.made.get(id)?.isValid === true;
  }

  /** An op is on the disk of the honest node that wrote it: from now on others may learn of it. */
  kept(id: OpId, writer: { readonly index: number; readonly mayFork: boolean }): void {
    const made = this.made.get(id);
    if (made?.writer !== writer.index || this.durable.has(id)) return;
    this.durable.add(id);
    const { op } = made;
    const place = `${op.author}:${op.seq}`;
    const other = this.#bySeq.get(place);
    check(other === undefined || other === id || writer.mayFork, "one seq, one op", () => {
      return `node ${writer.index} wrote seq ${op.seq} a second time`;
    });
    this.#bySeq.set(place, id);
  }

  /** Authors with two ops of one seq among `ids`. */
  forkedIn(ids: ReadonlySet<OpId>): Set<NodeId> {
    const seen = new Map<string, OpId>();
    const forked = new Set<NodeId>();
    for (const id of ids) {
      const op = this.made.get(id)?.op;
      if (op === undefined) continue;
      const place = `${op.author}:${op.seq}`;
      if (seen.has(place)) forked.add(op.author);
      seen.set(place, id);
    }
    return forked;
  }
}
