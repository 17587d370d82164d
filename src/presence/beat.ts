/**
 * A beat: one signed sign of life of a node, and what it works on. It travels beside the ops, never
 * in the log. The layout is in docs/PROTOCOL.md, section 16.
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import {
  concatBytes,
  fromHex,
  readUvar,
  textOf,
  toHex,
  utf8,
  uvarLength,
  writeUvar,
} from "../base/bytes.ts";
import { actorBytesMax, beatBytesMax } from "../base/limits.ts";
import { isItemId } from "../op/change.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import { parseNodeId } from "../op/key.ts";
import type { MeshId, NodeId, OpId } from "../op/op.ts";
import { verifySignature } from "../op/signature.ts";

/** A claim that its holder works on. */
export interface Work {
  readonly item: string;
  readonly claim: OpId;
}

export interface Beat {
  readonly node: NodeId;
  /** Greater with every start of the node. */
  readonly incarnation: number;
  /** One more with every beat of an incarnation, from 1. */
  readonly count: number;
  readonly name: string;
  /** In ascending order of claims, each once. */
  readonly working: readonly Work[];
}

/** Why bytes are no beat. */
export type BeatError = "beat/malformed" | "beat/signature";

const domain = utf8("towline/presence/1\0");
const format = 1;
const signatureBytes = 64;

/** What is signed: the domain, the mesh, and the beat without its signature. [PRS-2] */
function messageOf(mesh: MeshId, body: Uint8Array): Uint8Array {
  return concatBytes([domain, fromHex(mesh) ?? new Uint8Array(0), body]);
}

function bodyOf(beat: Beat): Uint8Array {
  const parts: Uint8Array[] = [
    new Uint8Array([format]),
    fromHex(beat.node) ?? new Uint8Array(0),
    integer(beat.incarnation),
    integer(beat.count),
    ...text(beat.name),
    integer(beat.working.length),
  ];
  for (const { item, claim } of beat.working) {
    parts.push(...text(item), fromHex(claim) ?? new Uint8Array(0));
  }
  return concatBytes(parts);
}

function integer(value: number): Uint8Array {
  const bytes = new Uint8Array(uvarLength(value));
  writeUvar(bytes, 0, value);
  return bytes;
}

function text(value: string): readonly Uint8Array[] {
  const bytes = utf8(value);
  return [integer(bytes.length), bytes];
}

/** The signed bytes of a beat that keeps the bounds: `pages` sees to that. */
export function encodeBeat(beat: Beat, mesh: MeshId, signer: Signer): Uint8Array {
  const body = bodyOf(beat);
  return concatBytes([body, signer.sign(messageOf(mesh, body))]);
}

/** `working` in parts that fit into one beat each; one empty part when there is nothing. */
export function pagesOf(working: readonly Work[], name: string): readonly (readonly Work[])[] {
  const sorted = [...new Map(working.map((work) => [work.claim as string, work])).values()].sort(
    (left, right) => (left.claim < right.claim ? -1 : 1),
  );
  const room = beatBytesMax - signatureBytes - 33 - 2 * 8 - 2 - utf8(name).length - 2;
  const pages: Work[][] = [[]];
  let left = room;
  for (const work of sorted) {
    const bytes = 2 + work.item.length + 32;
    if (bytes > left) {
      pages.push([]);
      left = room;
    }
    pages.at(-1)?.push(work);
    left -= bytes;
  }
  return pages;
}

/** A cursor that remembers that something was wrong, so that reading never throws. */
class Reader {
  readonly #bytes: Uint8Array;
  at = 0;
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (this.isBroken || this.at + length > this.#bytes.length) {
      this.isBroken = true;
      return new Uint8Array(0);
    }
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  integer(): number {
    const read = this.isBroken ? null : readUvar(this.#bytes, this.at);
    if (read?.ok !== true) {
      this.isBroken = true;
      return 0;
    }
    this.at = read.value.end;
    return read.value.value;
  }

  text(bytesMax: number): string {
    const length = this.integer();
    if (length > bytesMax) this.isBroken = true;
    const value = textOf(this.take(length));
    if (value === null) this.isBroken = true;
    return value ?? "";
  }
}

/** Item ids have at most 128 characters, all of them ASCII. */
const itemBytesMax = 128;

/** Reads the layout, strictly; says nothing about the signature. [PRS-1] */
function readBody(bytes: Uint8Array): Beat | null {
  const reader = new Reader(bytes);
  if (reader.take(1)[0] !== format) return null;
  const node = parseNodeId(toHex(reader.take(32)));
  const incarnation = reader.integer();
  const count = reader.integer();
  const name = reader.text(actorBytesMax);
  const length = reader.integer();
  const working: Work[] = [];
  // Each takes 34 bytes or more, so that the bytes bound them.
  for (let at = 0; at < length && !reader.isBroken; at += 1) {
    const item = reader.text(itemBytesMax);
    const claim = toHex(reader.take(32)) as OpId;
    const last = working.at(-1);
    if (!isItemId(item) || (last !== undefined && last.claim >= claim)) return null;
    working.push({ item, claim });
  }
  if (reader.isBroken || reader.at !== bytes.length || node === null) return null;
  if (incarnation < 1 || count < 1) return null;
  return { node, incarnation, count, name, working };
}

/**
 * Splits bytes into a beat that is not yet authenticated and its check. Cheap: the check, which
 * costs a verification, is made only for what would be news.
 */
export function readBeat(
  bytes: Uint8Array,
  base: { readonly mesh: MeshId; readonly crypto: Crypto },
): Result<{ readonly beat: Beat; readonly isAuthentic: () => boolean }, BeatError> {
  if (bytes.length > beatBytesMax || bytes.length <= signatureBytes) {
    return failure("beat/malformed");
  }
  const body = bytes.subarray(0, bytes.length - signatureBytes);
  const sig = bytes.subarray(bytes.length - signatureBytes);
  const beat = readBody(body);
  if (beat === null) return failure("beat/malformed");
  const message = messageOf(base.mesh, body);
  const isAuthentic = (): boolean => verifySignature(base.crypto, { key: beat.node, message, sig });
  return success({ beat, isAuthentic });
}
