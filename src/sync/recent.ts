/** The ops of the last commit as frames, encoded once however many peers they go to. */
import { assert } from "../base/assert.ts";
import { readFields } from "../op/fields.ts";
import type { Signer } from "../op/crypto.ts";
import type { Signature, VerifiedOp } from "../op/op.ts";
import { toOpJson } from "../op/op-json.ts";
import { signOp } from "../op/signature.ts";
import { liveFrame, opText } from "./frames.ts";
import type { LoadedOp } from "./session-effects.ts";

/** The JSON text of an op that we applied before, with the signature to pass on. [WIRE 4] */
export function textOfOp(op: {
  readonly bytes: Uint8Array;
  readonly sig: Signature | null;
}): string {
  const fields = readFields(op.bytes);
  assert(fields.ok, "an op that was applied decodes");
  return opText(toOpJson(fields.value, op.sig));
}

export class Recent {
  /** Arrival index of the first op. */
  readonly first: number;
  readonly #ops: readonly VerifiedOp[];
  readonly #frames = new Map<number, Uint8Array>();
  readonly #pages = new Map<string, Uint8Array>();

  constructor(first: number, ops: readonly VerifiedOp[]) {
    this.first = first;
    this.#ops = ops;
  }

  has(index: number): boolean {
    return index >= this.first && index < this.first + this.#ops.length;
  }

  op(index: number): LoadedOp {
    const { op, sig, claim } = this.#at(index);
    return { bytes: op.bytes, sig, ...(claim && { claim }) };
  }

  /** The live frame of an op; null when it has no checked signature and is not ours to sign. */
  signedFrame(index: number, signer: Signer): Uint8Array | null {
    const known = this.#frames.get(index);
    if (known !== undefined) return known;
    const { op, sig } = this.#at(index);
    if (sig === null && op.author !== signer.node) return null;
    const proof = sig ?? signOp(signer, op.id);
    const frame = liveFrame(textOfOp({ bytes: op.bytes, sig: proof }));
    this.#frames.set(index, frame);
    return frame;
  }

  /** The page of ops that follow each other here, made once however many peers it goes to. */
  page(indices: readonly number[], make: () => Uint8Array): Uint8Array {
    const [first = 0, last = 0] = [indices[0], indices.at(-1)];
    if (last - first + 1 !== indices.length) return make();
    const key = `${first}-${last}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const page = make();
    this.#pages.set(key, page);
    return page;
  }

  #at(index: number): VerifiedOp {
    const verified = this.#ops[index - this.first];
    assert(verified !== undefined, "only recent ops are asked for");
    return verified;
  }
}
