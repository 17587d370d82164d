/** The ops of a page, rebuilt to their exact bytes, since their ids are hashes of these. */
import { writeHex } from "../base/bytes.ts";
import type { OpCodec } from "../op/codec.ts";
import { brokenSize } from "../op/fields.ts";
import { parseNodeId } from "../op/key.ts";
import { authorEnd, layoutLength, writeLayout } from "../op/layout.ts";
import type { Layout, Numbers } from "../op/layout.ts";
import type { OpId, ReceivedOp, Signature } from "../op/op.ts";
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

/** Rebuilds, hashes and checks every op. */
export function rebuildOps(
  codec: OpCodec,
  page: { readonly columns: Columns; readonly links: Links; readonly isTrusted: boolean },
): PageContent {
  const { columns, links, isTrusted } = page;
  const { raw, count, bodiesAt, bodyBytes } = columns;
  const bodies = { bytes: raw, at: bodiesAt, lengths: bodyBytes, isTrusted };
  const changes = readBodies(bodies);
  const signatures = signaturesOf(columns);
  const keys = columns.authors.hex.map(parseNodeId);
  const arena = new Arena(codec, columns, links);
  const ops: ReceivedOp[] = [];
  const refused: RefusedOp[] = [];
  for (let n = 0; n < count; n += 1) {
    const by = columns.author[n] as number;
    const { id, prev, deps, bytes, numbers } = arena.next();
    const { seq, lamport, time } = numbers;
    const actor = (columns.actors[columns.actor[n] as number] as Actor).text;
    const head = { author: keys[by] ?? null, seq, prev, lamport, time, deps, actor, bytes };
    const broken = brokenSize(numbers);
    const result =
      broken === null
        ? codec.assemble(head, changes[n] as (typeof changes)[number], id)
        : { ok: false as const, error: opError(broken) };
    if (result.ok) ops.push({ op: result.value, sig: signatures.get(n) ?? null });
    else refused.push({ id, author: columns.authors.hex[by] as string, code: result.error.code });
  }
  return { ops, refused };
}

function signaturesOf({ raw, signed, signaturesAt }: Columns): ReadonlyMap<number, Signature> {
  const signatures = new Map<number, Signature>();
  for (const [at, n] of signed.entries()) {
    const from = signaturesAt + signatureBytes * at;
    signatures.set(n, raw.subarray(from, from + signatureBytes) as Signature);
  }
  return signatures;
}

/** An op in the arena. */
interface Rebuilt {
  readonly id: OpId;
  readonly prev: string;
  readonly deps: readonly string[];
  readonly bytes: Uint8Array;
  readonly numbers: Numbers;
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
  readonly #numbers: readonly Numbers[];
  readonly #bytes: Uint8Array;
  readonly #prefix: Uint8Array;
  readonly #ids: OpId[] = [];
  /** Where the last op of each author begins with its prefix; 0 for none. */
  readonly #lastOf: Int32Array;
  #at: number;
  #refAt = 0;
  #bodyAt: number;

  constructor(codec: OpCodec, columns: Columns, links: Links) {
    this.#codec = codec;
    this.#columns = columns;
    this.#links = links;
    this.#prefix = codec.prefix();
    this.#numbers = numbersOf(columns, links);
    let size = columns.raw.length;
    for (const numbers of this.#numbers) size += this.#prefix.length + layoutLength(numbers);
    this.#bytes = new Uint8Array(size);
    this.#bytes.set(columns.raw);
    this.#lastOf = new Int32Array(columns.authors.hex.length);
    this.#at = columns.raw.length;
    this.#bodyAt = columns.bodiesAt;
  }

  /** Writes the next op and gives it its id. */
  next(): Rebuilt {
    const n = this.#ids.length;
    const columns = this.#columns;
    const bytes = this.#bytes;
    const numbers = this.#numbers[n] as Numbers;
    const from = this.#at;
    const opAt = from + this.#prefix.length;
    this.#writeAuthor(columns.author[n] as number, from);
    const layout = writeLayout(bytes, opAt, numbers);
    const prev = this.#writeLink(this.#links.prev[n] as number, layout.prevAt);
    const deps = this.#writeDeps(layout);
    if (numbers.actorBytes > 0) {
      const { at } = columns.actors[columns.actor[n] as number] as Actor;
      bytes.copyWithin(layout.actorAt, at, at + numbers.actorBytes);
    }
    bytes.copyWithin(layout.bodyAt, this.#bodyAt, this.#bodyAt + numbers.bodyBytes);
    this.#bodyAt += numbers.bodyBytes;
    this.#at = layout.bodyAt + numbers.bodyBytes;
    const id = this.#codec.idOfPrefixed(bytes.subarray(from, this.#at));
    this.#ids.push(id);
    return { id, prev, deps, bytes: bytes.subarray(opAt, this.#at), numbers };
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

  #writeDeps({ deps, depsAt }: Layout): readonly string[] {
    const ids: string[] = [];
    for (let n = 0; n < deps; n += 1) {
      const link = this.#links.deps[this.#refAt] as number;
      this.#refAt += 1;
      ids.push(this.#writeLink(link, depsAt + hashBytes * n));
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

function numbersOf(columns: Columns, links: Links): readonly Numbers[] {
  const numbers: Numbers[] = [];
  for (let n = 0; n < columns.count; n += 1) {
    numbers.push({
      seq: links.seq[n] as number,
      lamport: links.lamport[n] as number,
      time: columns.time[n] as number,
      deps: columns.deps[n] as number,
      actorBytes: (columns.actors[columns.actor[n] as number] as Actor).bytes,
      bodyBytes: columns.bodyBytes[n] as number,
    });
  }
  return numbers;
}
