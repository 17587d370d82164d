/** Checks that what waits is applied with its ancestors, dropped visibly, or waits on. */
import type { OpId } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { check } from "./failure.ts";
import type { Life } from "./cast.ts";
import type { Ledger } from "./ledger.ts";

export class Waiting {
  readonly #ledger: Ledger;
  readonly #process: Life;
  /** Valid ops that wait. */
  readonly #ops = new Set<OpId>();
  #count = 0;
  #dropped = 0;

  constructor(ledger: Ledger, process: Life) {
    this.#ledger = ledger;
    this.#process = process;
  }

  /** After each step. */
  look(): void {
    const { pending } = this.#process.replica.admission;
    const isDropping = pending.dropped !== this.#dropped;
    this.#dropped = pending.dropped;
    for (const id of this.#ops) {
      if (pending.has(id)) continue;
      this.#ops.delete(id);
      check(isDropping || !this.#isReady(id), "what waits is retried", () => {
        return `node ${this.#process.index} let go of op ${id.slice(0, 8)} without applying it`;
      });
    }
    if (pending.ops > this.#count) this.#find();
    this.#count = pending.ops;
  }

  #isReady(id: OpId): boolean {
    const { ids } = this.#process.view;
    const op = this.#ledger.made.get(id)?.op;
    if (op === undefined || ids.has(id)) return false;
    return [op.prev, ...op.deps].every((each) => each === noOp || ids.has(each));
  }

  #find(): void {
    const { pending } = this.#process.replica.admission;
    for (const [id, { isValid }] of this.#ledger.made) {
      if (isValid && pending.has(id) && !this.#process.view.ids.has(id)) this.#ops.add(id);
    }
  }
}
