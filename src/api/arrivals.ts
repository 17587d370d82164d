/** The log as it arrived here: what a moment of this node is, and what came after it. */
import { createNodeCrypto } from "../adapters/node-crypto.ts";
import { assert } from "../base/assert.ts";
import { OpCodec } from "../op/codec.ts";
import type { Op, OpId } from "../op/op.ts";
import type { Runtime } from "../node/runtime.ts";
import type { Store } from "../replica/store.ts";
import type { Arrivals } from "./types.ts";

export class LogArrivals implements Arrivals {
  readonly #runtime: Runtime;
  readonly #store: Store;
  readonly #codec: OpCodec;

  constructor(runtime: Runtime, store: Store) {
    this.#runtime = runtime;
    this.#store = store;
    this.#codec = new OpCodec(runtime.replica.mesh, createNodeCrypto());
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

  read(indices: readonly number[]): readonly Op[] {
    return this.#store.read(indices).map(({ bytes }) => {
      const op = this.#codec.decodeTrusted(bytes);
      assert(op.ok, "a stored op decodes");
      return op.value;
    });
  }

  find(prefix: string): readonly number[] {
    const { log } = this.#runtime.replica;
    const found: number[] = [];
    for (const id of log.ids()) {
      const index = id.startsWith(prefix) ? log.find(id)?.index : undefined;
      if (index !== undefined && index < this.durable) found.push(index);
      // With two, nobody knows which is meant.
      if (found.length === 2) break;
    }
    return found;
  }
}
