/** What a frame of any version holds, read by the plainest means. */
import { zstd } from "../../adapters/zstd.ts";
import { present } from "../../base/assert.ts";
import type { JsonObject } from "../../base/json.ts";
import { testCodec } from "../../log/testing/forge.ts";
import type { Op } from "../../op/op.ts";
import { fromOpJson } from "../../op/op-json.ts";
import { decodePage } from "../../page/page.ts";
import type { PagingFrame } from "../../sync/frames-3.ts";
import { readPagingFrame } from "../../sync/frames-3.ts";

export interface SentOp {
  readonly op: Op;
  readonly isSigned: boolean;
}

export interface SentFrame {
  /** The `type` of a text frame, `live` of a binary one in JSON, else that of version 3. */
  readonly type: string;
  readonly json: JsonObject;
  readonly ops: readonly SentOp[];
  /** What a frame of version 3 says; null for any other. */
  readonly paging: PagingFrame | null;
}

export function readSent(frame: string | Uint8Array): SentFrame {
  const isText = typeof frame === "string";
  if (!isText && frame[0] !== openingBrace) return readPaging(frame);
  const json = JSON.parse(isText ? frame : Buffer.from(frame).toString()) as JsonObject;
  const raw = isText ? (json["ops"] ?? []) : [present(json["op"], "a live frame has an op")];
  const ops = (raw as readonly JsonObject[]).map(readOp);
  const type = isText ? json["type"] : "live";
  return { type: typeof type === "string" ? type : "none", json, ops, paging: null };
}

const openingBrace = 0x7b;

function readPaging(frame: Uint8Array): SentFrame {
  const read = readPagingFrame(frame);
  if (!read.ok) throw new Error(`a frame was sent that is ${read.error}`);
  const paging = read.value;
  const { type } = paging;
  if (type !== "page") return { type, json: {}, ops: [], paging };
  const content = decodePage(testCodec, frame, zstd);
  if (!content.ok) throw new Error(`a page was sent that is wrong: ${content.error}`);
  const ops = content.value.ops.map(({ op, sig }) => ({ op, isSigned: sig !== null }));
  return { type, json: {}, ops, paging };
}

function readOp(json: JsonObject): SentOp {
  const read = fromOpJson(testCodec, json);
  if (!read.ok) throw new Error(`an op was sent that breaks ${read.error.code}`);
  return { op: read.value.op, isSigned: read.value.sig !== null };
}
