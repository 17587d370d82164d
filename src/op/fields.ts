/**
 * The fields of an op and its bytes: one layout, written and read here and, where no text is to be
 * made of it, in layout.ts. [WIRE 2]
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import {
  readUvar,
  textOf,
  toHex,
  utf8Length,
  uvarLength,
  writeHex,
  writeText,
  writeUvar,
} from "../base/bytes.ts";
import { actorBytesMax, bodyBytesMax, opBytesMax, opDepsMax } from "../base/limits.ts";
import type { OpError, OpErrorCode } from "./op-error.ts";
import { opError } from "./op-error.ts";

/** What the bytes of an op say, before anything is made of it. Hex is lower case. */
export interface OpFields {
  readonly author: string;
  readonly seq: number;
  readonly prev: string;
  readonly lamport: number;
  readonly time: number;
  readonly deps: readonly string[];
  readonly actor: string;
  readonly body: string;
}

/** The first byte of every op. */
export const opFormat = 1;
/** An empty array, `[]`. */
const bodyBytesMin = 2;

/** The bound that the fields break, if they do. The texts are well formed. */
export function brokenBound({ deps, actor, body }: OpFields): OpErrorCode | null {
  const sizes = { actorBytes: utf8Length(actor), bodyBytes: utf8Length(body) };
  return brokenSize({ deps: deps.length, ...sizes });
}

/** The bound that fields of these sizes break, if they do. */
export function brokenSize(sizes: {
  readonly deps: number;
  readonly actorBytes: number;
  readonly bodyBytes: number;
}): OpErrorCode | null {
  const { deps, actorBytes, bodyBytes } = sizes;
  if (65 + 32 * deps + actorBytes + bodyBytes > opBytesMax) return "op/too-big";
  if (deps > opDepsMax) return "op/deps-too-many";
  if (actorBytes > actorBytesMax) return "op/actor-invalid";
  return bodyBytes < bodyBytesMin || bodyBytes > bodyBytesMax ? "op/body-size" : null;
}

/** Lays the fields out as bytes. Integers are safe and not negative, hex and texts well formed. */
export function writeFields(fields: OpFields): Uint8Array {
  const { seq, lamport, time, deps, actor, body } = fields;
  const [actorBytes, bodyBytes] = [utf8Length(actor), utf8Length(body)];
  let length = 65 + 32 * deps.length + actorBytes + bodyBytes;
  for (const integer of [seq, lamport, time, deps.length, actorBytes, bodyBytes]) {
    length += uvarLength(integer);
  }
  const bytes = new Uint8Array(length);
  bytes[0] = opFormat;
  writeHex(bytes, 1, fields.author);
  let at = writeUvar(bytes, 33, seq);
  writeHex(bytes, at, fields.prev);
  at = writeUvar(bytes, at + 32, lamport);
  at = writeUvar(bytes, at, time);
  at = writeUvar(bytes, at, deps.length);
  for (const dep of deps) {
    writeHex(bytes, at, dep);
    at += 32;
  }
  at = writeUvar(bytes, at, actorBytes);
  writeText(bytes, at, actor);
  at = writeUvar(bytes, at + actorBytes, bodyBytes);
  writeText(bytes, at, body);
  return bytes;
}

/**
 * A cursor over an op's bytes that remembers the first rule broken, so that reading never throws.
 */
class FieldReader {
  readonly #bytes: Uint8Array;
  at = 0;
  broken: OpErrorCode | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  fail(code: OpErrorCode): void {
    this.broken ??= code;
  }

  integer(): number {
    if (this.broken !== null) return 0;
    const read = readUvar(this.#bytes, this.at);
    if (read.ok) {
      this.at = read.value.end;
      return read.value.value;
    }
    if (read.error === "short") this.fail("op/truncated");
    else this.fail(read.error === "too-big" ? "op/integer-too-big" : "op/integer-not-shortest");
    return 0;
  }

  take(length: number): Uint8Array {
    if (this.broken !== null || this.at + length > this.#bytes.length) {
      this.fail("op/truncated");
      return this.#bytes.subarray(0, 0);
    }
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  hash(): string {
    return toHex(this.take(32));
  }

  text(bounds: { readonly min: number; readonly max: number }, codes: TextCodes): string {
    const length = this.integer();
    if (this.broken === null && (length < bounds.min || length > bounds.max)) this.fail(codes.size);
    const bytes = this.take(this.broken === null ? length : 0);
    const text = textOf(bytes);
    if (text === null) this.fail(codes.utf8);
    return text ?? "";
  }
}

interface TextCodes {
  readonly size: OpErrorCode;
  readonly utf8: OpErrorCode;
}

const actorCodes: TextCodes = { size: "op/actor-invalid", utf8: "op/actor-invalid" };
const bodyCodes: TextCodes = { size: "op/body-size", utf8: "op/body-utf8" };

/** Reads the layout, strictly; says nothing about what the fields hold. */
export function readFields(bytes: Uint8Array): Result<OpFields, OpError> {
  if (bytes.length > opBytesMax) return failure(opError("op/too-big"));
  if (bytes.length === 0) return failure(opError("op/truncated"));
  if (bytes[0] !== opFormat) return failure(opError("op/format-unknown"));
  const reader = new FieldReader(bytes);
  reader.at = 1;
  const author = reader.hash();
  const seq = reader.integer();
  const prev = reader.hash();
  const lamport = reader.integer();
  const time = reader.integer();
  const count = reader.integer();
  if (count > opDepsMax) reader.fail("op/deps-too-many");
  const deps: string[] = [];
  for (let n = 0; n < count && reader.broken === null; n += 1) deps.push(reader.hash());
  const actor = reader.text({ min: 0, max: actorBytesMax }, actorCodes);
  const body = reader.text({ min: bodyBytesMin, max: bodyBytesMax }, bodyCodes);
  if (reader.at < bytes.length) reader.fail("op/trailing-bytes");
  if (reader.broken !== null) return failure(opError(reader.broken));
  return success({ author, seq, prev, lamport, time, deps, actor, body });
}
