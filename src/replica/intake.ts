/** Foreign ops, in JSON or in a page, on their way into the log. */
import type { Result } from "../base/brand.ts";
import { success } from "../base/brand.ts";
import { isHex } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import { member } from "../base/json.ts";
import { sliceBytesMax, sliceOpsMax } from "../base/limits.ts";
import type { Admission } from "../log/admission.ts";
import type { Outcome } from "../log/batch.ts";
import type { Applied, Source } from "../log/log.ts";
import type { OpCodec } from "../op/codec.ts";
import type { OpId, ReceivedOp } from "../op/op.ts";
import { fromOpJson } from "../op/op-json.ts";
import type { Compression } from "../page/compression.ts";
import type { PageContent } from "../page/page.ts";
import { beginPage, decodePage, pageSizeOf } from "../page/page.ts";

export interface Intake {
  readonly codec: OpCodec;
  readonly admission: Admission;
  readonly compression: Compression;
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

/**
 * What became of the ops of a page. `isWhole`: all were applied, in its order, each with the
 * signature that it has there, so that the page may be kept as it is.
 */
export interface PageOutcome {
  readonly outcome: Outcome;
  readonly refused: readonly Refused[];
  readonly count: number;
  readonly isWhole: boolean;
}

/**
 * Takes a page apart and admits its ops. A failure says what is wrong with the page itself.
 * `content`: of a page that was taken apart before.
 */
export function admitPage(
  { codec, admission, compression }: Intake,
  page: {
    readonly frame: Uint8Array;
    readonly content: PageContent | null;
    readonly source: Source;
    readonly now: number;
  },
): Result<PageOutcome, string> {
  const decoded =
    page.content === null ? decodePage(codec, page.frame, compression) : success(page.content);
  if (!decoded.ok) return decoded;
  const { ops } = decoded.value;
  const refused: Refused[] = [];
  for (const undecodable of decoded.value.refused) {
    refused.push({ ...undecodable, line: null });
    for (const refusal of admission.rejectUndecodable(undecodable.id)) {
      refused.push({ ...refusal, line: null });
    }
  }
  const isClean = refused.length === 0;
  const outcome = admission.receive(ops, page.source, page.now);
  for (const refusal of outcome.refused) refused.push({ ...refusal, line: null });
  const { applied } = outcome;
  const isWhole =
    isClean &&
    applied.length === ops.length &&
    ops.every((received, at) => isKeptAsSent(received, applied[at]));
  return success({ outcome, refused, count: ops.length, isWhole });
}

/** Takes a page apart, a little at each step; null in the end when it is malformed. */
export type Slices = Iterator<undefined, PageContent | null>;

/** Null for what is no page, and for one that is so short that slices are not worth it. */
export function sliced(intake: Intake, frame: Uint8Array): Slices | null {
  const size = pageSizeOf(frame);
  if (size === null || (size.ops <= sliceOpsMax && size.bytes <= sliceBytesMax)) return null;
  return slices(intake, frame);
}

function* slices(
  { codec, compression }: Intake,
  frame: Uint8Array,
): Generator<undefined, PageContent | null> {
  const opening = beginPage(codec, frame, compression);
  if (!opening.ok) return null;
  do yield;
  while (!opening.value.advance());
  yield;
  return opening.value.finish();
}

/** True when the log keeps the op with the signature that it came with, which it has verified. */
function isKeptAsSent({ op, sig }: ReceivedOp, applied: Applied | undefined): boolean {
  const verified = applied?.verified;
  return verified?.op === op && (sig === null) === (verified.sig === null);
}

/** The ops of a page from our own disk; null when it holds anything but good ops. */
export function openPage(
  { codec, compression }: Intake,
  frame: Uint8Array,
): readonly ReceivedOp[] | null {
  const content = decodePage(codec, frame, compression, { isTrusted: true });
  return content.ok && content.value.refused.length === 0 ? content.value.ops : null;
}
