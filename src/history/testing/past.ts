/** A past for tests: ops of several authors in memory, and the state that they make. */
import { hash } from "node:crypto";
import { present } from "../../base/assert.ts";
import { utf8 } from "../../base/bytes.ts";
import type { Json } from "../../base/json.ts";
import { readChange } from "../../op/change.ts";
import type { NodeId, Op, OpId } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import type { PastSource, Sliced } from "../source.ts";
import { Fold } from "../source.ts";

export const testHash = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

export function authorNamed(name: string): NodeId {
  return testHash(utf8(`author ${name}`)) as NodeId;
}

export class TestPast implements PastSource {
  readonly ops: Op[] = [];
  /** How many ops were read at once, each time. */
  readonly reads: number[] = [];
  readonly sha256 = testHash;
  /** The state as it is now. */
  live = new Fold(testHash);
  #lamport = 0;

  get count(): number {
    return this.ops.length;
  }

  read(indices: readonly number[]): readonly Op[] {
    this.reads.push(indices.length);
    return indices.map((index) => present(this.ops[index], "a test reads what is there"));
  }

  historyOf(item: string): readonly number[] {
    return this.live.document.history(item);
  }

  /** Writes an op; `behind` makes it one that has not seen so many of the latest. */
  write(who: string, changes: readonly Json[], behind = 0): Op {
    const lamport = Math.max(1, this.#lamport + 1 - behind);
    this.#lamport = Math.max(this.#lamport, lamport);
    const op: Op = {
      id: testHash(utf8(`op ${this.ops.length}`)) as OpId,
      author: authorNamed(who),
      ...{ seq: 1, prev: noOp, lamport, deps: [], actor: who, bytes: new Uint8Array() },
      time: 1_000 * (this.ops.length + 1),
      changes: changes.map((raw) => present(readChange(raw), `malformed: ${JSON.stringify(raw)}`)),
    };
    this.live.apply({ index: this.ops.length, op });
    this.ops.push(op);
    return op;
  }
}

/** Does the work at once. */
export function finish<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
