/** From ops to the columns of a page: everything that the reader can work out is left out. */
import { assert } from "../base/assert.ts";
import { textOf, toHex, writeUvar } from "../base/bytes.ts";
import { authorEnd, readLayout } from "../op/layout.ts";
import type { Layout } from "../op/layout.ts";
import type { OpId, Signature } from "../op/op.ts";
import { hashBytes, signatureBytes, timeDeltaMax } from "./columns-reader.ts";

export interface PageEntry {
  readonly bytes: Uint8Array;
  readonly id: OpId;
  /** Null leaves the op unsigned, since a later one vouches for it. */
  readonly sig: Signature | null;
}

/** What an op takes in the columns at most, besides its bytes, its signature and its refs. */
const slackBytes = 128;
const refBytes = 3;

/** The raw payload of a page. The ops were decoded before, and each follows its ancestors. */
export function writeColumns(ops: readonly PageEntry[]): Uint8Array {
  const layouts = ops.map(({ bytes }) => readLayout(bytes));
  const columns = new Columns(layouts);
  for (const [n, { bytes, id }] of ops.entries()) columns.add(n, bytes, id);
  const refs = columns.refs.length;
  const bodies = ops.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const out = new Output(bodies + ops.length * (slackBytes + signatureBytes) + refBytes * refs);
  columns.writeTo(out);
  for (const [n, { bytes }] of ops.entries()) {
    const { bodyAt } = layouts[n] as Layout;
    out.bytes(bytes.subarray(bodyAt));
  }
  writeSignatures(out, ops);
  return out.written();
}

function writeSignatures(out: Output, ops: readonly PageEntry[]): void {
  const signed = [...ops.keys()].filter((n) => (ops[n] as PageEntry).sig !== null);
  out.integer(signed.length);
  let next = 0;
  for (const n of signed) {
    out.integer(n - next);
    next = n + 1;
  }
  for (const { sig } of ops) if (sig !== null) out.bytes(sig);
}

class Output {
  readonly #target: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.#target = new Uint8Array(size);
  }

  integer(value: number): void {
    this.#at = writeUvar(this.#target, this.#at, value);
  }

  column(values: readonly number[]): void {
    for (const value of values) this.integer(value);
  }

  bytes(bytes: Uint8Array): void {
    this.#target.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  written(): Uint8Array {
    return this.#target.subarray(0, this.#at);
  }
}

class Columns {
  readonly #layouts: readonly Layout[];
  /**
   * Keys and ids are looked up as texts, whose hashes in the engine nobody can predict: the first
   * bytes of an id are what its author makes of them.
   */
  readonly #authors = new Numbering();
  /** The places of the ops so far. */
  readonly #inside = new Map<string, number>();
  /** What they name besides. */
  readonly #outside = new Numbering();
  readonly #actors = new Map<string, number>();
  readonly #actorBytes: Uint8Array[] = [];
  /** The last op of each author: its place and its id. */
  readonly #lastOf: { readonly place: number; readonly id: string }[] = [];
  /** The op before, for its author and its time. */
  #before: { readonly bytes: Uint8Array; readonly author: number; readonly time: number } | null =
    null;
  readonly author: number[] = [];
  readonly prev: number[] = [];
  readonly seqs: number[] = [];
  readonly lamport: number[] = [];
  readonly time: number[] = [];
  readonly deps: number[] = [];
  readonly refs: number[] = [];
  readonly actor: number[] = [];
  readonly bodyBytes: number[] = [];

  constructor(layouts: readonly Layout[]) {
    this.#layouts = layouts;
  }

  add(n: number, bytes: Uint8Array, id: OpId): void {
    const layout = this.#layouts[n] as Layout;
    const author = this.#authorOf(bytes);
    this.author.push(author);
    const parent = this.#addPrev(n, bytes, author);
    this.#lastOf[author] = { place: n, id };
    const newest = this.#addDeps(n, bytes);
    const top = Math.max(this.#lamportOf(parent), newest);
    this.lamport.push(layout.lamport === top + 1 ? 0 : layout.lamport);
    this.#addTime(layout.time);
    this.actor.push(this.#placeActor(bytes, layout));
    this.bodyBytes.push(layout.bodyBytes);
    this.#inside.set(id, n);
    assert(this.#inside.size === n + 1, "an op is in a page once");
    this.#before = { bytes, author, time: layout.time };
  }

  #authorOf(bytes: Uint8Array): number {
    const before = this.#before;
    // Most ops come in bursts of one author.
    return before !== null && haveOneAuthor(before.bytes, bytes)
      ? before.author
      : this.#authors.place(bytes, authorEnd - hashBytes);
  }

  /** Returns the place of the op before it; -1 when that is not in the page. */
  #addPrev(n: number, bytes: Uint8Array, author: number): number {
    const { seq, prevAt } = this.#layouts[n] as Layout;
    const last = this.#lastOf[author];
    if (seq === 1 && last === undefined) {
      this.prev.push(0);
      return -1;
    }
    const id = toHex(bytes.subarray(prevAt, prevAt + hashBytes));
    // The first op of a second branch follows no op, which only an id can say then.
    const parent = last?.id === id ? last.place : (this.#inside.get(id) ?? -1);
    if (parent < 0) {
      this.prev.push(1 + 2 * this.#outside.place(bytes, prevAt));
      this.seqs.push(seq);
      return -1;
    }
    assert(this.#layouts[parent]?.seq === seq - 1, "the ops of a page keep the rules");
    this.prev.push(parent === last?.place ? 0 : 2 * (n - parent));
    return parent;
  }

  /** Returns the greatest lamport of those in the page. */
  #addDeps(n: number, bytes: Uint8Array): number {
    const { deps, depsAt } = this.#layouts[n] as Layout;
    this.deps.push(deps);
    let top = 0;
    for (let at = depsAt; at < depsAt + hashBytes * deps; at += hashBytes) {
      const dep = this.#inside.get(toHex(bytes.subarray(at, at + hashBytes)));
      if (dep === undefined) this.refs.push(2 * this.#outside.place(bytes, at));
      else {
        top = Math.max(top, this.#lamportOf(dep));
        this.refs.push(2 * (n - dep) - 1);
      }
    }
    return top;
  }

  #lamportOf(n: number): number {
    return this.#layouts[n]?.lamport ?? 0;
  }

  #addTime(time: number): void {
    const delta = time - (this.#before?.time ?? -Infinity);
    if (Math.abs(delta) >= timeDeltaMax) this.time.push(0, time);
    else this.time.push(1 + (delta < 0 ? -2 * delta - 1 : 2 * delta));
  }

  #placeActor(bytes: Uint8Array, { actorAt, actorBytes }: Layout): number {
    const actor = bytes.subarray(actorAt, actorAt + actorBytes);
    const text = textOf(actor);
    assert(text !== null, "the op was decoded before");
    const known = this.#actors.get(text);
    if (known !== undefined) return known;
    this.#actors.set(text, this.#actorBytes.length);
    return this.#actorBytes.push(actor) - 1;
  }

  writeTo(out: Output): void {
    for (const table of [this.#authors, this.#outside]) {
      out.integer(table.all.length);
      for (const hash of table.all) out.bytes(hash);
    }
    out.integer(this.#actorBytes.length);
    for (const actor of this.#actorBytes) {
      out.integer(actor.length);
      out.bytes(actor);
    }
    for (const column of [this.author, this.prev, this.seqs, this.lamport, this.time, this.deps])
      out.column(column);
    for (const column of [this.refs, this.actor, this.bodyBytes]) out.column(column);
  }
}

function haveOneAuthor(left: Uint8Array, right: Uint8Array): boolean {
  for (let at = authorEnd - hashBytes; at < authorEnd; at += 1) {
    if (left[at] !== right[at]) return false;
  }
  return true;
}

/** Keys or ids, numbered in the order in which they first came. */
class Numbering {
  readonly #numbers = new Map<string, number>();
  readonly all: Uint8Array[] = [];

  place(bytes: Uint8Array, at: number): number {
    const hash = bytes.subarray(at, at + hashBytes);
    const hex = toHex(hash);
    const known = this.#numbers.get(hex);
    if (known !== undefined) return known;
    this.#numbers.set(hex, this.all.length);
    return this.all.push(hash) - 1;
  }
}
