/** The digests of a node, by which people and scripts compare it with another. [WIRE 9] */
import type { Log } from "../log/log.ts";
import type { Runtime } from "../node/runtime.ts";
import type { OpId } from "../op/op.ts";
import { OpSet, stateDigest } from "../pipeline/digest.ts";
import type { Digest } from "./types.ts";

export class Digests {
  readonly #runtime: Pick<Runtime, "replica">;
  /** The ops of this log, as far as it went when digests were made last. */
  #log: Log | null = null;
  #opSet = new OpSet();

  constructor(runtime: Pick<Runtime, "replica">) {
    this.#runtime = runtime;
  }

  now(): Digest {
    const { log, document, sha256 } = this.#runtime.replica;
    this.#follow(log);
    return {
      state: stateDigest(document, sha256),
      ops: this.#opSet.digest(sha256),
      count: log.length,
      items: document.liveCount,
    };
  }

  /** A full disk puts another log, perhaps a shorter one, in the place of the one before. */
  #follow(log: Log): void {
    if (log !== this.#log) this.#opSet = new OpSet();
    this.#log = log;
    const fresh: OpId[] = [];
    for (let at = this.#opSet.size; at < log.length; at += 1) fresh.push(log.at(at).id);
    this.#opSet.add(fresh);
  }
}
