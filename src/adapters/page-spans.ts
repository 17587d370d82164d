/** Which stretches of the ops of a store are kept as pages, and the ops of the pages last read. */
import { pageOpsMax, unpackedPagesMax } from "../base/limits.ts";
import type { Span } from "../log/spans.ts";
import type { OpCodec } from "../op/codec.ts";
import { pageOpsFrom, unpackPage } from "../page/page.ts";
import type { StoredOp } from "../replica/store.ts";
import { zstd } from "./zstd.ts";

/** Stretches that do not overlap, in ascending order. */
export class PageSpans {
  readonly #spans: Span[] = [];
  /** The ops of a few pages; the page that was read last comes last. */
  readonly #unpacked = new Map<number, readonly StoredOp[]>();
  /** Ops in all of them. */
  ops = 0;

  constructor(spans: readonly Span[] = []) {
    for (const span of spans) this.add(span);
  }

  all(): readonly Span[] {
    return [...this.#spans];
  }

  add(span: Span): void {
    this.#spans.splice(this.#after(span.first), 0, span);
    this.ops += span.count;
  }

  /** The page that holds the op of this arrival index; null when none does. */
  holding(index: number): Span | null {
    const span = this.#spans[this.#after(index) - 1];
    return span !== undefined && index < span.first + span.count ? span : null;
  }

  /** Where the ops from `index` on that are in no page end, at `end` at the latest. */
  nextPage(index: number, end: number): number {
    return Math.min(end, this.#spans[this.#after(index)]?.first ?? end);
  }

  /**
   * Where a page of ops that are in none may begin, from `from` on, and where it may end, below
   * `end`: the best place first.
   */
  room(from: number, end: number): { readonly first: number; readonly ends: readonly number[] } {
    const first = this.#firstOutside(from);
    const next = this.nextPage(first, end);
    const ends = [pageOpsFrom(first), pageOpsMax].map((ops) => Math.min(first + ops, next));
    return { first, ends: [...new Set(ends)] };
  }

  /** The first op from `from` on that is in no page. */
  #firstOutside(from: number): number {
    let index = from;
    for (let span = this.holding(index); span !== null; span = this.holding(index)) {
      index = span.first + span.count;
    }
    return index;
  }

  /** How many begin at or before `index`. */
  #after(index: number): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#spans[middle] as Span).first <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The ops of a page; null when its frame, from `read`, is no page of so many ops. */
  unpack(span: Span, codec: OpCodec, read: () => Uint8Array): readonly StoredOp[] | null {
    const known = this.#unpacked.get(span.first);
    const ops = known ?? unpackPage(codec, read(), zstd);
    if (ops?.length !== span.count) return null;
    this.#unpacked.delete(span.first);
    this.#unpacked.set(span.first, ops);
    for (const oldest of this.#unpacked.keys()) {
      if (this.#unpacked.size <= unpackedPagesMax) break;
      this.#unpacked.delete(oldest);
    }
    return ops;
  }
}

/**
 * True when the spans and, in the gaps between them, `rowsIn(from, end)` rows cover the ops 0 to
 * before `ops`, each once.
 */
export function areComplete(
  spans: readonly Span[],
  ops: number,
  rowsIn: (from: number, end: number) => number,
): boolean {
  let at = 0;
  for (const { first, count } of spans) {
    if (first < at || count < 1 || count > pageOpsMax) return false;
    if (rowsIn(at, first) !== first - at) return false;
    at = first + count;
  }
  return at <= ops && rowsIn(at, ops) === ops - at;
}
