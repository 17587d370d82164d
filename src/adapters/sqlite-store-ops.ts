/** The ops in SQLite, whether they are kept one by one or in pages, by their arrival indices. */
import type { DatabaseSync } from "node:sqlite";
import type { Span } from "../log/spans.ts";
import type { OpCodec } from "../op/codec.ts";
import type { VerifiedOp } from "../op/op.ts";
import type { KeptPage, StoredOp, StoredPage } from "../replica/store.ts";
import { PageSpans } from "./page-spans.ts";
import type { Seal } from "./sealing.ts";
import { seal } from "./sealing.ts";
import { PageRows } from "./sqlite-store-pages.ts";
import { OpRows } from "./sqlite-store-rows.ts";

/** Rows read at a time: 18 MiB with the largest ops, so that a scan never holds much. */
export const readRows = 256;
/** Rows read in one step of sealing. */
const sealRows = 64;

export class OpTables {
  readonly #rows: OpRows;
  readonly #pages: PageRows;
  /** Which ops are in pages, once that is committed. */
  readonly spans: PageSpans;
  /** Of the mesh that the facts name. */
  codec: OpCodec | null;

  constructor(input: {
    readonly db: DatabaseSync;
    readonly path: string;
    readonly spans: readonly Span[];
    readonly codec: OpCodec | null;
  }) {
    this.#rows = new OpRows(input.db, input.path);
    this.#pages = new PageRows(input.db, input.path);
    this.spans = new PageSpans(input.spans);
    this.codec = input.codec;
  }

  /** What a scan to before `end` finds at `at`, and where it goes on. */
  scan(
    at: number,
    end: number,
  ): { readonly found: readonly (StoredOp | StoredPage)[]; readonly next: number } {
    const page = this.spans.holding(at);
    // What was sealed while the scan went on may lie across its place, or across its end.
    if (page?.first === at && page.first + page.count <= end) {
      return { found: [{ ...page, frame: this.#pages.read(page) }], next: at + page.count };
    }
    const last = page === null ? this.spans.nextPage(at, end) : page.first + page.count;
    const next = Math.min(last, end, at + readRows);
    return { found: this.read(at, next), next };
  }

  /** The ops `from` to before `end`, each checked. */
  read(from: number, end: number): readonly StoredOp[] {
    const ops: StoredOp[] = [];
    for (let at = from; at < end;) {
      const page = this.spans.holding(at);
      const last = page === null ? this.spans.nextPage(at, end) : page.first + page.count;
      const next = Math.min(last, end);
      const piece =
        page === null
          ? this.#rows.read(at, next)
          : this.#opsOf(page).slice(at - page.first, next - page.first);
      for (const op of piece) ops.push(op);
      at = next;
    }
    return ops;
  }

  /** Without a mesh, and so without a codec, there is no page either. */
  #opsOf(page: Span): readonly StoredOp[] {
    const { codec } = this;
    const ops =
      codec === null ? null : this.spans.unpack(page, codec, () => this.#pages.read(page));
    return ops ?? this.#pages.refuse(page.first, "holds other ops than it says");
  }

  readPage(page: Span): Uint8Array {
    return this.#pages.read(page);
  }

  /** Writes the ops of a commit, the first of which gets the number `first`. */
  insert(first: number, ops: readonly VerifiedOp[], pages: readonly KeptPage[]): void {
    const kept = pages.map(({ offset, count, frame }) => ({ first: first + offset, count, frame }));
    for (const page of kept) this.#pages.insert(page);
    this.#rows.insert(outside(new PageSpans(kept), first, ops));
  }

  /** A page of ops up to the first of `ends` at which they vouch for one; null for none. */
  *seal(from: number, ends: readonly number[]): Generator<undefined, Seal | null> {
    for (const end of ends) {
      if (this.codec === null || from >= end) return null;
      const sealed = yield* seal(this.codec, this.#pieces(from, end));
      if (sealed !== null) return sealed;
    }
    return null;
  }

  *#pieces(from: number, end: number): Generator<readonly StoredOp[]> {
    for (let at = from; at < end; at += sealRows) yield this.read(at, Math.min(at + sealRows, end));
  }

  /** Puts a page in the place of its ops. */
  replace(page: StoredPage): void {
    this.#pages.insert(page);
    this.#rows.drop(page.first, page.first + page.count);
  }
}

/** The ops of a commit that are in none of its pages, with their numbers. */
function* outside(
  pages: PageSpans,
  first: number,
  ops: readonly VerifiedOp[],
): Generator<readonly [n: number, op: StoredOp]> {
  for (const [at, { op, sig, claim }] of ops.entries()) {
    if (pages.holding(first + at) !== null) continue;
    yield [first + at, { bytes: op.bytes, sig, ...(claim && { claim }) }];
  }
}
