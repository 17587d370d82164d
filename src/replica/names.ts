/**
 * What other nodes call themselves, as their beats tell: kept on this machine, so that history and
 * blame still name a node that is away.
 */
import { namesKeptMax } from "../base/limits.ts";
import type { NodeId } from "../op/op.ts";
import { parseNodeId } from "../op/key.ts";
import type { Fact } from "./store.ts";

const prefix = "name/";

export class Names {
  /** The one that was learned longest ago is first. */
  readonly #names = new Map<NodeId, string>();
  readonly #learn: (facts: readonly Fact[]) => void;

  constructor(stored: ReadonlyMap<string, string>, learn: (facts: readonly Fact[]) => void) {
    this.#learn = learn;
    for (const [key, name] of stored) {
      const node = key.startsWith(prefix) ? parseNodeId(key.slice(prefix.length)) : null;
      if (node !== null) this.#names.set(node, name);
    }
  }

  /** Null for a node that never told a name. */
  of(node: NodeId): string | null {
    return this.#names.get(node) ?? null;
  }

  /** `node` says what it is called. */
  note(node: NodeId, name: string): void {
    if (name === "" || this.#names.get(node) === name) return;
    this.#names.delete(node);
    this.#names.set(node, name);
    const facts: Fact[] = [[prefix + node, name]];
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= namesKeptMax) break;
      this.#names.delete(oldest);
      facts.push([prefix + oldest, null]);
    }
    this.#learn(facts);
  }
}
