/** Ops as the API hands them out, and the check of all that is on disk. */
import { createNodeCrypto } from "../adapters/node-crypto.ts";
import { assert } from "../base/assert.ts";
import type { Admission } from "../log/admission.ts";
import { OpCodec } from "../op/codec.ts";
import { readFields } from "../op/fields.ts";
import type { MeshId, Op, OpId, Signature } from "../op/op.ts";
import { toOpJson } from "../op/op-json.ts";
import { opMessage, verifySignature } from "../op/signature.ts";
import { checkedSignature } from "../sync/bulk.ts";
import type { Replica } from "../replica/replica.ts";
import type { Store, StoredOp } from "../replica/store.ts";
import type { LoggedOp, Verification } from "./types.ts";

/** Ops read at a time: few enough for memory, many enough for speed. */
const pageOps = 256;

export function* pagesOf(indices: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < indices.length; at += pageOps) yield indices.slice(at, at + pageOps);
}

/** The ops at `indices` with their ids, in that order. */
export function* loggedOps(input: {
  readonly replica: Replica;
  readonly store: Store;
  readonly indices: readonly number[];
}): Generator<LoggedOp> {
  const crypto = createNodeCrypto();
  for (const page of pagesOf(input.indices)) {
    const stored = input.store.read(page);
    for (const [at, op] of stored.entries()) {
      const fields = readFields(op.bytes);
      assert(fields.ok, "a stored op decodes");
      const entry = input.replica.log.at(page[at] ?? 0);
      yield { ...toOpJson(fields.value, checkedSignature(crypto, entry, op)), id: entry.id };
    }
  }
}

type Problem = Verification["problems"][number];

/**
 * Checks every op on disk as if a stranger had sent it: bytes, id, chain, ancestors, signature, and
 * that each op without a signature has one that vouches for it.
 */
export class Verifier {
  readonly #codec: OpCodec;
  readonly #crypto = createNodeCrypto();
  readonly #admission: Admission;
  readonly #problems: Problem[] = [];
  #ops = 0;
  #signatures = 0;
  /** Unsigned ops since the last signature, by the id of the last of each chain. */
  readonly #open = new Map<OpId, readonly number[]>();

  constructor(mesh: MeshId, admission: (crypto: ReturnType<typeof createNodeCrypto>) => Admission) {
    this.#codec = new OpCodec(mesh, this.#crypto);
    this.#admission = admission(this.#crypto);
  }

  check({ bytes, sig }: StoredOp): void {
    const index = this.#ops;
    this.#ops += 1;
    const decoded = this.#codec.decode(bytes);
    if (!decoded.ok) {
      this.#report(index, decoded.error.code, decoded.error.message);
      return;
    }
    const op = decoded.value;
    if (this.#admission.restore({ op, sig }) === null) {
      this.#report(index, "op/ancestor-refused", "it breaks its chain or lacks an ancestor");
      return;
    }
    const open = this.#open.get(op.prev) ?? [];
    this.#open.delete(op.prev);
    if (sig === null) this.#open.set(op.id, [...open, index]);
    else this.#checkSignature(op, sig, index);
  }

  #checkSignature(op: Op, sig: Signature, index: number): void {
    this.#signatures += 1;
    const message = opMessage(op.id);
    if (verifySignature(this.#crypto, { key: op.author, message, sig })) return;
    this.#report(index, "op/signature-invalid", "its signature does not verify");
  }

  result(): Verification {
    for (const indices of this.#open.values()) {
      for (const index of indices) this.#report(index, "op/unsigned", "nothing vouches for it");
    }
    return { ops: this.#ops, signatures: this.#signatures, problems: this.#problems };
  }

  #report(index: number, code: string, message: string): void {
    this.#problems.push({ index, code, message });
  }
}
