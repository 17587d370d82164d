/** The ops of a page, rebuilt to their exact bytes, since their ids are hashes of these. */
import { failure } from "../base/brand.ts";
import { writeHex } from "../base/bytes.ts";
import { sliceBytesMax, sliceOpsMax } from "../base/limits.ts";
import type { Changes } from "../op/body.ts";
import type { OpCodec, OpHead } from "../op/codec.ts";
import { brokenSize } from "../op/fields.ts";
import { parseNodeId } from "../op/key.ts";
import { authorEnd, layoutBytesMax, writeLayout } from "../op/layout.ts";
import type { Places } from "../op/layout.ts";
import type { NodeId, OpId, ReceivedOp, Signature } from "../op/op.ts";
import { noOp } from "../op/op.ts";
import { opError } from "../op/op-error.ts";
import { readBodies } from "./bodies.ts";
import type { Actor, Columns } from "./columns-reader.ts";
import { hashBytes, signatureBytes } from "./columns-reader.ts";
import type { Link, Links } from "./links.ts";
import { externalOf, noLink } from "./links.ts";

/** An op whose bytes break a rule. */
export interface RefusedOp {
  readonly id: OpId;
  readonly author: string;
  readonly code: string;
}

export interface PageContent {
  /**
   * In the order of the page. Bytes and signatures are views of memory that all of them share: who
   * keeps a few of them for long copies these.
   */
  readonly ops: readonly ReceivedOp[];
  readonly refused: readonly RefusedOp[];
}

/** What the columns of a page say. */
export interface Form {
  readonly columns: Columns;
  readonly links: Links;
}

/** The bytes and signatures of the ops, which nobody checks. */
export function rebuildBytes(
  codec: OpCodec,
  { columns, links }: Form,
): readonly { readonly bytes: Uint8Array; readonly sig: Signature | null }[] {
  const signatures = signaturesOf(columns);
  const arena = new Arena(codec, columns, links);
  const ops: { readonly bytes: Uint8Array; readonly sig: Signature | null }[] = [];
  for (let n = 0; n < columns.count; n += 1) {
    ops.push({ bytes: arena.next().bytes, sig: signatures.get(n) ?? null });
  }
  return ops;
}

/** A page whose ops are rebuilt, hashed and checked: all at once, or some at a time. */
export class PageOpening {
  readonly #codec: OpCodec;
  readonly #columns: Columns;
  readonly #isTrusted: boolean;
  readonly #signatures: ReadonlyMap<number, Signature>;
  readonly #arena: Arena;
  readonly #ops: ReceivedOp[] = [];
  readonly #refused: RefusedOp[] = [];
  #at = 0;
  #bodiesAt: number;

  constructor(codec: OpCodec, page: Form & { readonly isTrusted: boolean }) {
    this.#codec = codec;
    this.#columns = page.columns;
    this.#isTrusted = page.isTrusted;
    this.#signatures = signaturesOf(page.columns);
    this.#arena = new Arena(codec, page.columns, page.links);
    this.#bodiesAt = page.columns.bodiesAt;
  }

  /** Takes a slice that is worth a short time; true when it was the last one. */
  advance(): boolean {
    const { count, bodyBytes } = this.#columns;
    const most = Math.min(count, this.#at + sliceOpsMax);
    let end = this.#at;
    for (let bytes = 0; end < most && bytes < sliceBytesMax; end += 1) {
      bytes += bodyBytes[end] as number;
    }
    this.#takeUntil(end);
    return end === count;
  }

  /** Takes all that is left. */
  finish(): PageContent {
    this.#takeUntil(this.#columns.count);
    return { ops: this.#ops, refused: this.#refused };
  }

  #takeUntil(end: number): void {
    const { raw } = this.#columns;
    const lengths = this.#columns.bodyBytes.subarray(this.#at, end);
    const isTrusted = this.#isTrusted;
    for (const changes of readBodies({ bytes: raw, at: this.#bodiesAt, lengths, isTrusted })) {
      this.#bodiesAt += this.#columns.bodyBytes[this.#at] as number;
      this.#take(this.#at, changes);
      this.#at += 1;
    }
  }

  #take(n: number, changes: Changes): void {
    const { actors, actor, deps, bodyBytes } = this.#columns;
    const head = this.#arena.next();
    const id = this.#arena.id(n);
    const { bytes: actorBytes } = actors[actor[n] as number] as Actor;
    const sizes = { deps: deps[n] as number, actorBytes, bodyBytes: bodyBytes[n] as number };
    const broken = brokenSize(sizes);
    const result =
      broken === null ? this.#codec.assemble(head, changes, id) : failure(opError(broken));
    if (result.ok) {
      this.#ops.push({ op: result.value, sig: this.#signatures.get(n) ?? null });
      return;
    }
    const { authors, author } = this.#columns;
    const by = authors.hex[author[n] as number] as string;
    this.#refused.push({ id, author: by, code: result.error.code });
  }
}

function signaturesOf({ raw, signed, signaturesAt }: Columns): ReadonlyMap<number, Signature> {
  const signatures = new Map<number, Signature>();
  for (const [at, n] of signed.entries()) {
    const from = signaturesAt + signatureBytes * at;
    signatures.set(n, raw.subarray(from, from + signatureBytes) as Signature);
  }
  return signatures;
}

/**
 * One piece of memory with all ops of a page, each behind what is hashed before it. The page lies
 * in front of them, so that most of an op is copied within the arena, without a view for each
 * field.
 */
class Arena {
  readonly #codec: OpCodec;
  readonly #columns: Columns;
  readonly #links: Links;
  readonly #bytes: Uint8Array;
  readonly #prefix: Uint8Array;
  readonly #keys: readonly (NodeId | null)[];
  readonly #ids: OpId[] = [];
  /** Where the last op of each author begins with its prefix; 0 for none. */
  readonly #lastOf: Int32Array;
  readonly #places: Places = { prevAt: 0, depsAt: 0, actorAt: 0, bodyAt: 0 };
  #at: number;
  #refAt = 0;
  #bodyAt: number;

  constructor(codec: OpCodec, columns: Columns, links: Links) {
    this.#codec = codec;
    this.#columns = columns;
    this.#links = links;
    this.#prefix = codec.prefix();
    this.#keys = columns.authors.hex.map(parseNodeId);
    this.#bytes = new Uint8Array(roomFor(columns, this.#prefix.length));
    this.#bytes.set(columns.raw);
    this.#lastOf = new Int32Array(columns.authors.hex.length);
    this.#at = columns.raw.length;
    this.#bodyAt = columns.bodiesAt;
  }

  id(n: number): OpId {
    return this.#ids[n] as OpId;
  }

  /** Writes the next op and gives it its id. */
  next(): OpHead {
    const n = this.#ids.length;
    const columns = this.#columns;
    const bytes = this.#bytes;
    const places = this.#places;
    const from = this.#at;
    const opAt = from + this.#prefix.length;
    const author = columns.author[n] as number;
    const {
      text: actor,
      at: actorAt,
      bytes: actorBytes,
    } = columns.actors[columns.actor[n] as number] as Actor;
    const bodyBytes = columns.bodyBytes[n] as number;
    const [seq, lamport] = [this.#links.seq[n] as number, this.#links.lamport[n] as number];
    const time = columns.time[n] as number;
    this.#writeAuthor(author, from);
    const numbers = { seq, lamport, time, deps: columns.deps[n] as number, actorBytes, bodyBytes };
    writeLayout(bytes, opAt, numbers, places);
    const prev = this.#writeLink(this.#links.prev[n] as number, places.prevAt);
    const deps = this.#writeDeps(numbers.deps, places.depsAt);
    if (actorBytes > 0) bytes.copyWithin(places.actorAt, actorAt, actorAt + actorBytes);
    bytes.copyWithin(places.bodyAt, this.#bodyAt, this.#bodyAt + bodyBytes);
    this.#bodyAt += bodyBytes;
    this.#at = places.bodyAt + bodyBytes;
    this.#ids.push(this.#codec.idOfPrefixed(bytes.subarray(from, this.#at)));
    const op = bytes.subarray(opAt, this.#at);
    const key = this.#keys[author] as NodeId | null;
    return { author: key, seq, prev, lamport, time, deps, actor, bytes: op };
  }

  /** Writes the prefix and the author. */
  #writeAuthor(author: number, at: number): void {
    const last = this.#lastOf[author] as number;
    const key = at + this.#prefix.length + authorEnd - hashBytes;
    if (last > 0) this.#bytes.copyWithin(at, last, last + key + hashBytes - at);
    else {
      const from = this.#columns.authors.at + hashBytes * author;
      this.#bytes.set(this.#prefix, at);
      this.#bytes.copyWithin(key, from, from + hashBytes);
    }
    this.#lastOf[author] = at;
  }

  #writeDeps(deps: number, at: number): readonly string[] {
    const ids: string[] = [];
    for (let n = 0; n < deps; n += 1) {
      const link = this.#links.deps[this.#refAt] as number;
      this.#refAt += 1;
      ids.push(this.#writeLink(link, at + hashBytes * n));
    }
    return ids;
  }

  /** Writes the id that a link stands for. Where there is none, the arena is zero already. */
  #writeLink(link: Link, at: number): string {
    if (link === noLink) return noOp;
    if (link >= 0) {
      const id = this.#ids[link] as string;
      writeHex(this.#bytes, at, id);
      return id;
    }
    const { hex, at: tableAt } = this.#columns.ids;
    const from = tableAt + hashBytes * externalOf(link);
    this.#bytes.copyWithin(at, from, from + hashBytes);
    return hex[externalOf(link)] as string;
  }
}

/** Bytes that the page and its ops take at most. */
function roomFor(columns: Columns, prefix: number): number {
  const { raw, count, refs, actor, actors, bodiesAt, signaturesAt } = columns;
  let size = raw.length + count * (prefix + layoutBytesMax) + hashBytes * refs.length;
  for (let n = 0; n < count; n += 1) size += (actors[actor[n] as number] as Actor).bytes;
  return size + signaturesAt - bodiesAt;
}
