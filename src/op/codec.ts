/** From bytes to `Op` and from a draft to bytes, for one mesh. Strict: one op has one encoding. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { concatBytes, fromHex, utf8 } from "../base/bytes.ts";
import type { Json } from "../base/json.ts";
import { isWellFormed, parseJson } from "../base/json.ts";
import { opBytesMax } from "../base/limits.ts";
import type { Change } from "./change.ts";
import { readChange } from "./change.ts";
import type { Crypto } from "./crypto.ts";
import type { OpFields } from "./fields.ts";
import { brokenBound, readFields, writeFields } from "./fields.ts";
import { parseNodeId } from "./key.ts";
import type { MeshId, NodeId, Op, OpId } from "./op.ts";
import { noOp } from "./op.ts";
import type { OpError } from "./op-error.ts";
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
    return this.#crypto.sha256(this.#scratch.subarray(0, this.#prefix + bytes.length)) as OpId;
  }

  /** Decodes bytes that came from anywhere: every rule that needs no other op is checked. */
  decode(bytes: Uint8Array): Result<Op, OpError> {
    const fields = readFields(bytes);
    return fields.ok ? this.#check(fields.value, bytes) : fields;
  }

  /** The op that the fields spell, or the rule that they break. Their form is checked before. */
  encode(fields: OpFields): Result<Op, OpError> {
    const broken = brokenBound(fields);
    return broken === null ? this.#check(fields, writeFields(fields)) : failure(opError(broken));
  }

  #check(fields: OpFields, bytes: Uint8Array): Result<Op, OpError> {
    const author = parseNodeId(fields.author);
    if (author === null) return failure(opError("op/author-key"));
    if (fields.seq === 0) return failure(opError("op/seq-invalid"));
    if ((fields.seq === 1) !== (fields.prev === noOp)) return failure(opError("op/prev-invalid"));
    if (fields.lamport === 0) return failure(opError("op/lamport-invalid"));
    if (!isAscending(fields.deps)) return failure(opError("op/deps-order"));
    const changes = readBody(fields.body);
    if (!changes.ok) return changes;
    if (!this.#areMeshChangesRight(changes.value, { author, seq: fields.seq })) {
      return failure(opError("op/mesh-change"));
    }
    return success({
      id: this.idOf(bytes),
      author,
      seq: fields.seq,
      prev: fields.prev as OpId,
      lamport: fields.lamport,
      time: fields.time,
      deps: fields.deps as readonly OpId[],
      actor: fields.actor,
      changes: changes.value,
      bytes,
    });
  }

  #areMeshChangesRight(
    changes: readonly Change[],
    op: { readonly author: NodeId; readonly seq: number },
  ): boolean {
    return changes.every((change, index) => {
      if (change.kind !== "mesh") return true;
      if (index !== 0 || op.seq !== 1) return false;
      const founded = meshIdOf(this.#crypto, { founder: op.author, nonce: change.nonce });
      return founded === this.mesh;
    });
  }
}

function isAscending(ids: readonly string[]): boolean {
  return ids.every((id, index) => index === 0 || (ids[index - 1] as string) < id);
}

/** Reads the changes out of a body. [WIRE 2, 3] */
export function readBody(body: string): Result<readonly Change[], OpError> {
  const parsed = parseJson(body);
  if (!parsed.ok) {
    return failure(opError(parsed.error === "deep" ? "op/body-depth" : "op/body-json"));
  }
  if (JSON.stringify(parsed.value) !== body) return failure(opError("op/body-not-canonical"));
  // JSON.stringify writes a lone surrogate as an escape, so only a body with one needs the walk.
  if (body.includes("\\ud") && !isWellFormed(parsed.value)) {
    return failure(opError("op/body-surrogate"));
  }
  if (!Array.isArray(parsed.value)) return failure(opError("op/body-not-array"));
  const changes: Change[] = [];
  for (const raw of parsed.value as readonly Json[]) {
    const change = readChange(raw);
    if (change === null) return failure(opError("op/change-malformed"));
    changes.push(change);
  }
  return success(changes);
}
