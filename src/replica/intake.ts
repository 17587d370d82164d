/** Foreign ops in JSON, from a frame or a file, on their way into the log. */
import { isHex } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import type { Admission } from "../log/admission.ts";
import type { Outcome } from "../log/batch.ts";
import type { Source } from "../log/log.ts";
import type { OpCodec } from "../op/codec.ts";
import type { OpId, ReceivedOp } from "../op/op.ts";
import { fromOpJson } from "../op/op-json.ts";

export interface Intake {
  readonly codec: OpCodec;
  readonly admission: Admission;
}

export interface Refused {
  readonly id: OpId | null;
  readonly author: string | null;
  readonly code: string;
  /** Position in the batch of an op that could not even be decoded; else null. */
  readonly line: number | null;
}

/** Decodes and admits ops. One that fails is refused, and the rest is still considered. */
export function admitJson(
  { codec, admission }: Intake,
  batch: { readonly json: readonly JsonObject[]; readonly source: Source; readonly now: number },
): { readonly outcome: Outcome; readonly refused: readonly Refused[] } {
  const received: ReceivedOp[] = [];
  const refused: Refused[] = [];
  for (const [line, json] of batch.json.entries()) {
    const read = fromOpJson(codec, json);
    if (read.ok) {
      received.push(read.value);
      continue;
    }
    const { id, code } = read.error;
    const author = member(json, "author");
    refused.push({ id, code, line, author: isHex(author, 64) ? author : null });
    if (id === null) continue;
    for (const refusal of admission.rejectUndecodable(id)) refused.push({ ...refusal, line: null });
  }
  const outcome = admission.receive(received, batch.source, batch.now);
  for (const refusal of outcome.refused) refused.push({ ...refusal, line: null });
  return { outcome, refused };
}
