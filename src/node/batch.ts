/** What one transaction will hold, gathered from the effects of many events. */
import { commitOpsMax, commitWaitMs } from "../base/limits.ts";
import type { VerifiedOp } from "../op/op.ts";
import type { Effect } from "../replica/events.ts";
import type { Commit, Fact, KeptPage } from "../replica/store.ts";

export class Batch implements Commit {
  readonly ops: VerifiedOp[] = [];
  readonly facts: Fact[] = [];
  readonly pages: KeptPage[] = [];
  readonly #since: number;

  /** `since`: monotonic milliseconds. */
  constructor(since: number) {
    this.#since = since;
  }

  add({ ops, facts, page }: Extract<Effect, { kind: "persist" }>): void {
    if (page !== null) {
      this.pages.push({ offset: this.ops.length, count: ops.length, frame: page });
    }
    for (const op of ops) this.ops.push(op);
    for (const fact of facts) this.facts.push(fact);
  }

  /** Whether it should wait no longer; `drafts` more ops will be added before it is committed. */
  isFull(drafts: number, now: number): boolean {
    return this.ops.length + drafts >= commitOpsMax || now - this.#since >= commitWaitMs;
  }
}
