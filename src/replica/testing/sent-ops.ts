/** What a frame of version 1 or 2 holds, read by the plainest means: `JSON.parse` and no checks. */
import { present } from "../../base/assert.ts";
import type { JsonObject } from "../../base/json.ts";
import { testCodec } from "../../log/testing/forge.ts";
import type { Op } from "../../op/op.ts";
import { fromOpJson } from "../../op/op-json.ts";

export interface SentOp {
  readonly op: Op;
  readonly isSigned: boolean;
}

export interface SentFrame {
  /** The `type` of a text frame, or `live` of a binary one. */
  readonly type: string;
  readonly json: JsonObject;
  readonly ops: readonly SentOp[];
}

export function readSent(frame: string | Uint8Array): SentFrame {
  const isText = typeof frame === "string";
  const json = JSON.parse(isText ? frame : Buffer.from(frame).toString()) as JsonObject;
  const raw = isText ? (json["ops"] ?? []) : [present(json["op"], "a live frame has an op")];
  const ops = (raw as readonly JsonObject[]).map(readOp);
  const type = isText ? json["type"] : "live";
  return { type: typeof type === "string" ? type : "none", json, ops };
}

function readOp(json: JsonObject): SentOp {
  const read = fromOpJson(testCodec, json);
  if (!read.ok) throw new Error(`an op was sent that breaks ${read.error.code}`);
  return { op: read.value.op, isSigned: read.value.sig !== null };
}
