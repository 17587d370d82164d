/** The log as it arrived here: what a moment of this node is, and what came after it. */
import type { OpId } from "../op/op.ts";
import type { Runtime } from "../node/runtime.ts";
import type { Store } from "../replica/store.ts";
import { loggedOps } from "./ops.ts";
import type { Arrivals, LoggedOp } from "./types.ts";

export class LogArrivals implements Arrivals {
  readonly #runtime: Runtime;
  readonly #store: Store;

  constructor(runtime: Runtime, store: Store) {
    this.#runtime = runtime;
    this.#store = store;
  }

  get durable(): number {
    return this.#runtime.replica.durable;
  }

  idAt(index: number): OpId | null {
    const isThere = Number.isSafeInteger(index) && index >= 0 && index < this.durable;
    return isThere ? this.#runtime.replica.log.at(index).id : null;
  }

  itemsSince(index: number): readonly string[] {
    return this.#runtime.replica.document.touchedSince(index);
  }

  ofItem(item: string): readonly number[] {
    const { durable } = this;
    return this.#runtime.replica.document.history(item).filter((index) => index < durable);
  }

  latestOf(item: string): OpId | null {
    const { document, log } = this.#runtime.replica;
    const index = document.history(item).at(-1);
    return index === undefined ? null : log.at(index).id;
  }

  read(indices: readonly number[]): IterableIterator<LoggedOp> {
    return loggedOps({ replica: this.#runtime.replica, store: this.#store, indices });
  }
}
