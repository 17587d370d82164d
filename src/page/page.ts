/**
 * A page: up to a thousand ops in columns, compressed. Version 3 sends pages and the disk keeps
 * them, byte for byte the same.
 */
import { assert } from "../base/assert.ts";
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { uvarLength, writeUvar } from "../base/bytes.ts";
import { pageOpsMax, pageRawBytesMax, pageRawBytesMin, shortPageOps } from "../base/limits.ts";
import type { OpCodec } from "../op/codec.ts";
import type { Signature } from "../op/op.ts";
import { readColumns } from "./columns-reader.ts";
import type { PageEntry } from "./columns-writer.ts";
import { writeColumns } from "./columns-writer.ts";
import type { Compression } from "./compression.ts";
import { Cursor } from "./cursor.ts";
import { resolveLinks } from "./links.ts";
import type { Form, PageContent } from "./rebuild.ts";
import { PageOpening, rebuildBytes } from "./rebuild.ts";

export type { PageContent, PageEntry, PageOpening };

/** The frame type: the first byte of every page. */
export const pageType = 3;

const [rawEncoding, zstdEncoding] = [0, 1] as const;

/**
 * The frame of a page of 1 to `pageOpsMax` ops. They fit `pageRawBytesMax`, were decoded before,
 * each follows its ancestors, and none is there twice.
 */
export function encodePage(ops: readonly PageEntry[], compression: Compression): Uint8Array {
  assert(ops.length > 0 && ops.length <= pageOpsMax, "a page has 1 to 1,000 ops");
  const raw = writeColumns(ops);
  assert(raw.length <= pageRawBytesMax, "the ops fit a page");
  const packed = raw.length < pageRawBytesMin ? raw : compression.compress(raw);
  const encoding = packed.length < raw.length ? zstdEncoding : rawEncoding;
  const payload = encoding === zstdEncoding ? packed : raw;
  const head = 2 + uvarLength(ops.length) + uvarLength(raw.length);
  const frame = new Uint8Array(head + payload.length);
  frame[0] = pageType;
  frame[1] = encoding;
  writeUvar(frame, writeUvar(frame, 2, ops.length), raw.length);
  frame.set(payload, head);
  return frame;
}

/**
 * The ops of a page from anywhere; a failure says what is wrong with the page as a whole. Never
 * throws. `isTrusted`: it comes from our own disk, so that spellings are not checked again.
 */
export function decodePage(
  codec: OpCodec,
  frame: Uint8Array,
  compression: Compression,
  options: { readonly isTrusted: boolean } = { isTrusted: false },
): Result<PageContent, string> {
  const opening = beginPage(codec, frame, compression, options);
  return opening.ok ? success(opening.value.finish()) : opening;
}

/**
 * How many ops go into a page that begins at this arrival index. The first ones of a log are short:
 * with them a fresh node begins, and it runs code that is not compiled yet.
 */
export function pageOpsFrom(first: number): number {
  return first < pageOpsMax ? shortPageOps : pageOpsMax;
}

/** As `decodePage`, for whoever takes the ops of a long page some at a time. */
export function beginPage(
  codec: OpCodec,
  frame: Uint8Array,
  compression: Compression,
  options: { readonly isTrusted: boolean } = { isTrusted: false },
): Result<PageOpening, string> {
  const form = readForm(frame, compression);
  return form.ok ? success(new PageOpening(codec, { ...form.value, ...options })) : form;
}

/** All that can be said of a page before its ops are rebuilt. */
function readForm(frame: Uint8Array, compression: Compression): Result<Form, string> {
  const head = readHead(frame);
  if (!head.ok) return head;
  const raw = unpack(head.value, compression);
  if (raw === null) return failure("it does not hold what its head says");
  const columns = readColumns(raw, head.value.count);
  if (!columns.ok) return columns;
  const links = resolveLinks(columns.value);
  return links.ok ? success({ columns: columns.value, links: links.value }) : links;
}

/** An op of a page with its exact bytes, not looked at any further. */
export interface UnpackedOp {
  readonly bytes: Uint8Array;
  readonly sig: Signature | null;
}

/** The ops of a page from our own disk, for whoever passes them on; null when it is malformed. */
export function unpackPage(
  codec: OpCodec,
  frame: Uint8Array,
  compression: Compression,
): readonly UnpackedOp[] | null {
  const form = readForm(frame, compression);
  return form.ok ? rebuildBytes(codec, form.value) : null;
}

/** What the head of a page announces; null when it is no head of a page. */
export function pageSizeOf(
  frame: Uint8Array,
): { readonly ops: number; readonly bytes: number } | null {
  const head = readHead(frame);
  return head.ok ? { ops: head.value.count, bytes: head.value.rawLength } : null;
}

interface Head {
  readonly isPacked: boolean;
  readonly count: number;
  readonly rawLength: number;
  readonly payload: Uint8Array;
}

function readHead(frame: Uint8Array): Result<Head, string> {
  const encoding = frame[1];
  if (frame[0] !== pageType) return failure("it is no page");
  if (encoding !== rawEncoding && encoding !== zstdEncoding) {
    return failure("its encoding is not known");
  }
  const cursor = new Cursor(frame, 2);
  const count = cursor.integer();
  const rawLength = cursor.integer();
  if (cursor.fault !== null) return failure(cursor.fault);
  if (count < 1 || count > pageOpsMax) return failure("it has no ops or too many");
  if (rawLength > pageRawBytesMax) return failure("it is too long");
  const payload = frame.subarray(cursor.at);
  return success({ isPacked: encoding === zstdEncoding, count, rawLength, payload });
}

/** Null when the payload has another length than the head says. */
function unpack(head: Head, compression: Compression): Uint8Array | null {
  const { isPacked, payload, rawLength } = head;
  const raw = isPacked ? compression.decompress(payload, rawLength) : payload;
  return raw?.length === rawLength ? raw : null;
}
