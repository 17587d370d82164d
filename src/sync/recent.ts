/** The ops of the last commit as frames, encoded once however many peers they go to. */
import { assert } from "../base/assert.ts";
import type { OpFields } from "../op/fields.ts";
import { readFields } from "../op/fields.ts";
import type { Signature, VerifiedOp } from "../op/op.ts";
import { toOpJson } from "../op/op-json.ts";
import { liveFrame, opText } from "./frames.ts";

/** The JSON text of an op that we applied before. [WIRE 4] */
export function textOfOp(op: {
  readonly bytes: Uint8Array;
  readonly sig: Signature | null;
}): string {
  const fields = readFields(op.bytes);
  assert(fields.ok, "an op that was applied decodes");
  return opText(toOpJson(fields.value satisfies OpFields, op.sig));
}

export class Recent {
  /** Arrival index of the first op. */
  readonly first: number;
  readonly #ops: readonly VerifiedOp[];
  readonly #texts = new Map<number, string>();
  readonly #frames = new Map<number, Uint8Array>();

  constructor(first: number, ops: readonly VerifiedOp[]) {
    this.first = first;
    this.#ops = ops;
  }

  has(index: number): boolean {
    return index >= this.first && index < this.first + this.#ops.length;
  }

  text(index: number): string {
    const known = this.#texts.get(index);
    if (known !== undefined) return known;
    const verified = this.#ops[index - this.first];
    assert(verified !== undefined, "only recent ops are asked for");
    const text = textOfOp({ bytes: verified.op.bytes, sig: verified.sig });
    this.#texts.set(index, text);
    return text;
  }

  frame(index: number): Uint8Array {
    const known = this.#frames.get(index);
    if (known !== undefined) return known;
    const frame = liveFrame(this.text(index));
    this.#frames.set(index, frame);
    return frame;
  }
}
