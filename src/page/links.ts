/** What the columns of a page say together: which op each op follows, and the numbers left out. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { uvarMax } from "../base/bytes.ts";
import type { Columns } from "./columns-reader.ts";
import { isExternal } from "./columns-reader.ts";

/**
 * A link to another op: 0 and more is an op of the page, by its place; below that an id of the
 * table, the first being -2; -1 stands for no op.
 */
export type Link = number;
export const noLink: Link = -1;
const firstExternal = -2;

/** The place in the table of ids. */
export function externalOf(link: Link): number {
  return firstExternal - link;
}

export interface Links {
  /** The op before it, for each op. */
  readonly prev: Int32Array;
  readonly seq: Float64Array;
  readonly lamport: Float64Array;
  /** The deps of all ops in a row. */
  readonly deps: Int32Array;
}

/** Resolves the links; the failure says what is wrong with the page. */
export function resolveLinks(columns: Columns): Result<Links, string> {
  const { count, author, refs } = columns;
  const links: Links = {
    prev: new Int32Array(count),
    seq: new Float64Array(count),
    lamport: new Float64Array(count),
    deps: new Int32Array(refs.length),
  };
  const last = new Int32Array(columns.authors.hex.length).fill(noLink);
  const named = new Named(columns.ids.hex.length);
  let [refAt, seqAt] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    const by = author[n] as number;
    const prev = prevLink(columns.prev[n] as number, n, last[by] as number);
    last[by] = n;
    let top = 0;
    if (prev >= 0) {
      links.seq[n] = (links.seq[prev] as number) + 1;
      top = links.lamport[prev] as number;
    } else {
      links.seq[n] = prev === noLink ? 1 : (columns.seqs[seqAt] as number);
      if (prev !== noLink) seqAt += 1;
    }
    links.prev[n] = prev;
    named.take(prev);
    for (const end = refAt + (columns.deps[n] as number); refAt < end; refAt += 1) {
      const dep = depLink(refs[refAt] as number, n);
      links.deps[refAt] = dep;
      if (dep >= 0) top = Math.max(top, links.lamport[dep] as number);
      named.take(dep);
    }
    const lamport = columns.lamport[n] as number;
    links.lamport[n] = lamport === 0 ? top + 1 : lamport;
    const isTooBig = (links.lamport[n] as number) > uvarMax || (links.seq[n] as number) > uvarMax;
    if (isTooBig) return failure("an integer is too big");
  }
  return named.fault === null ? success(links) : failure(named.fault);
}

/** Which ids of the table are named: all have to be, and no others. */
class Named {
  readonly #isNamed: Uint8Array;
  #missing: number;
  #isBeyond = false;

  constructor(ids: number) {
    this.#isNamed = new Uint8Array(ids);
    this.#missing = ids;
  }

  take(link: Link): void {
    if (link > firstExternal) return;
    const place = externalOf(link);
    if (place >= this.#isNamed.length) this.#isBeyond = true;
    else if (this.#isNamed[place] === 0) {
      this.#isNamed[place] = 1;
      this.#missing -= 1;
    }
  }

  get fault(): string | null {
    if (this.#isBeyond) return "an op names no op";
    return this.#missing > 0 ? "an id is named by no op" : null;
  }
}

/** What names no op gives a link that no table reaches. */
const nowhere = -(2 ** 31);

function prevLink(value: number, n: number, last: Link): Link {
  if (value === 0) return last;
  if (isExternal(value)) return external((value - 1) / 2);
  return value / 2 <= n ? n - value / 2 : nowhere;
}

function depLink(value: number, n: number): Link {
  if (value % 2 === 0) return external(value / 2);
  return (value + 1) / 2 <= n ? n - (value + 1) / 2 : nowhere;
}

function external(place: number): Link {
  return Math.max(nowhere, firstExternal - place);
}
