/** An op in JSON, as in versions 1 and 2 of the protocol, in files and in logs. [WIRE 4] */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { fromHex, isHex, toHex } from "../base/bytes.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { OpCodec } from "./codec.ts";
import { brokenBound, writeFields } from "./fields.ts";
import type { OpFields } from "./fields.ts";
import type { OpId, ReceivedOp, Signature } from "./op.ts";
import type { OpError } from "./op-error.ts";
import { opError } from "./op-error.ts";

/** The JSON form; `sig` is null only where a later op in the same frame or file vouches. */
export interface OpJson extends OpFields {
  readonly sig: string | null;
}

export function toOpJson(fields: OpFields, sig: Signature | null): OpJson {
  return { ...fields, sig: sig === null ? null : toHex(sig) };
}

/** Why the JSON form is refused, and the op's id when its fields at least spell bytes. */
export interface JsonRefusal extends OpError {
  readonly id: OpId | null;
}

/** Rebuilds the bytes from the members and decodes them, so that both forms pass one check. */
export function fromOpJson(codec: OpCodec, json: JsonObject): Result<ReceivedOp, JsonRefusal> {
  const fields = readMembers(json);
  const sig = member(json, "sig");
  if (fields === null || (sig !== null && !isHex(sig, 128))) {
    return failure({ ...opError("op/json-invalid"), id: null });
  }
  const decoded = codec.encode(fields);
  if (!decoded.ok) {
    const id = brokenBound(fields) === null ? codec.idOf(writeFields(fields)) : null;
    return failure({ ...decoded.error, id });
  }
  return success({
    op: decoded.value,
    sig: sig === null ? null : (fromHex(sig) as Signature),
  });
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readMembers(json: JsonObject): OpFields | null {
  const [author, prev] = [member(json, "author"), member(json, "prev")];
  const [seq, lamport, time] = [member(json, "seq"), member(json, "lamport"), member(json, "time")];
  const [deps, actor, body] = [member(json, "deps"), member(json, "actor"), member(json, "body")];
  if (!isHex(author, 64) || !isHex(prev, 64)) return null;
  if (!isCount(seq) || !isCount(lamport) || !isCount(time)) return null;
  if (!Array.isArray(deps) || !deps.every((dep: Json) => isHex(dep, 64))) return null;
  if (typeof actor !== "string" || !actor.isWellFormed()) return null;
  if (typeof body !== "string" || !body.isWellFormed()) return null;
  // Adding 0 turns -0, which JSON can spell, into the 0 that the bytes hold.
  const integers = { seq: seq + 0, lamport: lamport + 0, time: time + 0 };
  return { author, prev, ...integers, deps, actor, body };
}
