/** From bytes to `Op` and from a draft to bytes, for one mesh. Strict: one op has one encoding. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { concatBytes, fromHex, utf8 } from "../base/bytes.ts";
import { opBytesMax } from "../base/limits.ts";
import { readBody, readTrustedBody } from "./body.ts";
import type { Changes } from "./body.ts";
import type { Change } from "./change.ts";
import type { Crypto } from "./crypto.ts";
import type { OpFields } from "./fields.ts";
import { brokenBound, readFields, writeFields } from "./fields.ts";
import { parseNodeId } from "./key.ts";
import type { MeshId, NodeId, Op, OpId } from "./op.ts";
import { noOp } from "./op.ts";
import type { OpError, OpErrorCode } from "./op-error.ts";
import { opError } from "./op-error.ts";

const idDomain = utf8("towline/op/1\0");
const meshDomain = utf8("towline/mesh/1\0");

/** The mesh that `founder` founds with `nonce` (64 hex digits each). [WIRE 1] */
export function meshIdOf(
  crypto: Crypto,
  input: { readonly founder: NodeId; readonly nonce: string },
): MeshId {
  const parts = [meshDomain, fromHex(input.founder), fromHex(input.nonce)] as Uint8Array[];
  return crypto.sha256(concatBytes(parts)) as MeshId;
}

/** An op without its body: what of it can be judged by itself. */
export interface OpHead extends Omit<OpFields, "author" | "body"> {
  /** Null for a key that nobody may have. */
  readonly author: NodeId | null;
  readonly bytes: Uint8Array;
}

export class OpCodec {
  readonly mesh: MeshId;
  readonly #crypto: Crypto;
  /** Domain and mesh, followed by room for the op: what is hashed lies in one piece. */
  readonly #scratch: Uint8Array;
  readonly #prefix: number;

  constructor(mesh: MeshId, crypto: Crypto) {
    this.mesh = mesh;
    this.#crypto = crypto;
    const prefix = concatBytes([idDomain, fromHex(mesh) as Uint8Array]);
    this.#prefix = prefix.length;
    this.#scratch = new Uint8Array(prefix.length + opBytesMax);
    this.#scratch.set(prefix);
  }

  idOf(bytes: Uint8Array): OpId {
    this.#scratch.set(bytes, this.#prefix);
    return this.idOfPrefixed(this.#scratch.subarray(0, this.#prefix + bytes.length));
  }

  /** What precedes the bytes of an op where its id is made. */
  prefix(): Uint8Array {
    return this.#scratch.slice(0, this.#prefix);
  }

  /** The id of an op whose bytes lie behind the prefix already. */
  idOfPrefixed(prefixed: Uint8Array): OpId {
    return this.#crypto.sha256(prefixed) as OpId;
  }

  /** Decodes bytes that came from anywhere: every rule that needs no other op is checked. */
  decode(bytes: Uint8Array): Result<Op, OpError> {
    const fields = readFields(bytes);
    return fields.ok ? this.#check(fields.value, bytes) : fields;
  }

  /**
   * Decodes bytes from our own disk, where a checksum tells them to be those that were decoded
   * when they came: the spelling of the body is not looked at again.
   */
  decodeTrusted(bytes: Uint8Array): Result<Op, OpError> {
    const fields = readFields(bytes);
    if (!fields.ok) return fields;
    const head = { ...fields.value, author: parseNodeId(fields.value.author), bytes };
    return this.assemble(head, readTrustedBody(fields.value.body), this.idOf(bytes));
  }

  /** The op that the fields spell, or the rule that they break. Their form is checked before. */
  encode(fields: OpFields): Result<Op, OpError> {
    const broken = brokenBound(fields);
    return broken === null ? this.#check(fields, writeFields(fields)) : failure(opError(broken));
  }

  #check(fields: OpFields, bytes: Uint8Array): Result<Op, OpError> {
    const head = { ...fields, author: parseNodeId(fields.author), bytes };
    const broken = brokenHead(head);
    if (broken !== null) return failure(opError(broken));
    const changes = readBody(fields.body);
    return changes.ok ? this.assemble(head, changes, this.idOf(bytes)) : changes;
  }

  /** The op of these parts, or the rule that they break. `id` is that of `head.bytes`. */
  assemble(head: OpHead, changes: Changes, id: OpId): Result<Op, OpError> {
    const { author, seq, prev, lamport, time, deps, actor, bytes } = head;
    const broken = brokenHead(head);
    if (broken !== null || author === null) return failure(opError(broken ?? "op/author-key"));
    if (!changes.ok) return changes;
    if (!this.#areMeshChangesRight(changes.value, { author, seq })) {
      return failure(opError("op/mesh-change"));
    }
    return success({
      id,
      author,
      seq,
      prev: prev as OpId,
      lamport,
      time,
      deps: deps as readonly OpId[],
      actor,
      changes: changes.value,
      bytes,
    });
  }

  #areMeshChangesRight(
    changes: readonly Change[],
    op: { readonly author: NodeId; readonly seq: number },
  ): boolean {
    for (let index = 0; index < changes.length; index += 1) {
      const change = changes[index] as Change;
      if (change.kind !== "mesh") continue;
      if (index !== 0 || op.seq !== 1) return false;
      const founded = meshIdOf(this.#crypto, { founder: op.author, nonce: change.nonce });
      if (founded !== this.mesh) return false;
    }
    return true;
  }
}

function brokenHead({ author, seq, prev, lamport, deps }: OpHead): OpErrorCode | null {
  if (author === null) return "op/author-key";
  if (seq === 0) return "op/seq-invalid";
  if ((seq === 1) !== (prev === noOp)) return "op/prev-invalid";
  if (lamport === 0) return "op/lamport-invalid";
  return isAscending(deps) ? null : "op/deps-order";
}

function isAscending(ids: readonly string[]): boolean {
  for (let index = 1; index < ids.length; index += 1) {
    if ((ids[index - 1] as string) >= (ids[index] as string)) return false;
  }
  return true;
}
