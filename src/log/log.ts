/** The op log in memory: per-author chains, heads, clock, forks, and what a peer is missing. */
import { assert } from "../base/assert.ts";
import { compareText } from "../base/bytes.ts";
import { opDepsMax } from "../base/limits.ts";
import type { NodeId, Op, OpId, Signature, VerifiedOp } from "../op/op.ts";
import { noOp } from "../op/op.ts";

/** Where an op came from: a connection's number, or one of these. */
export type Source = number;
/** Written here, or read from our own disk. */
export const ownSource: Source = 0;
/** Read from an export file. */
export const fileSource: Source = -1;

/** What the log keeps in memory of an applied op; its bytes are on disk. */
export interface Entry {
  readonly id: OpId;
  readonly author: NodeId;
  readonly seq: number;
  readonly lamport: number;
  readonly prev: Entry | null;
  /** Position in the order of arrival, from 0. Ancestors come before, runs are adjacent. */
  readonly index: number;
  /** Whether its own verified signature is kept; else a later op of its author vouches. */
  isSigned: boolean;
  /** What is known of the signature that came along unchecked. */
  claim: "none" | "unchecked" | "right" | "wrong";
  /** Length of its bytes. */
  readonly size: number;
  readonly source: Source;
}

/** An op that was appended. */
export interface Applied {
  readonly entry: Entry;
  readonly verified: VerifiedOp;
}

/** Two or more valid ops of one author that follow the same op. */
export interface Fork {
  readonly author: NodeId;
  readonly seq: number;
  /** The competing ops, in order of arrival; the proof is these ops themselves. */
  readonly entries: readonly Entry[];
}

interface Chain {
  /** In order of arrival; without a fork the op with seq n is at n - 1. */
  readonly entries: Entry[];
  /** The entry with the greatest (lamport, id). */
  head: Entry;
  /** Every op's next ops, once the author is known to be forked; null before. */
  children: Map<OpId, Entry[]> | null;
}

/** Where the next op of an author goes. */
export interface Position {
  readonly seq: number;
  readonly prev: OpId;
  readonly lamport: number;
  readonly deps: readonly OpId[];
}

export class Log {
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<OpId, Entry>();
  readonly #chains = new Map<NodeId, Chain>();
  readonly #heads = new Map<OpId, Entry>();
  #forkedAuthors = 0;

  get length(): number {
    return this.#entries.length;
  }

  find(id: OpId): Entry | undefined {
    return this.#byId.get(id);
  }

  at(index: number): Entry {
    const entry = this.#entries[index];
    assert(entry !== undefined, `arrival index ${String(index)} is beyond the log`);
    return entry;
  }

  ids(): IterableIterator<OpId> {
    return this.#byId.keys();
  }

  authors(): IterableIterator<NodeId> {
    return this.#chains.keys();
  }

  isForked(author: NodeId): boolean {
    return (this.#chains.get(author)?.children ?? null) !== null;
  }

  get forkedAuthors(): number {
    return this.#forkedAuthors;
  }

  forks(): readonly Fork[] {
    const found: Fork[] = [];
    for (const [author, chain] of this.#chains) {
      for (const entries of chain.children?.values() ?? []) {
        if (entries.length > 1) found.push({ author, seq: entries[0]?.seq ?? 0, entries });
      }
    }
    return found;
  }

  /** The applied ops of `author` in order of arrival; without a fork seq n is at n - 1. */
  chainOf(author: NodeId): readonly Entry[] {
    return this.#chains.get(author)?.entries ?? [];
  }

  /** How many ops of `author` are applied, on all branches. */
  countOf(author: NodeId): number {
    return this.#chains.get(author)?.entries.length ?? 0;
  }

  /** The author's head with the greatest (lamport, id): a forked author goes on from there. */
  headOf(author: NodeId): Entry | null {
    return this.#chains.get(author)?.head ?? null;
  }

  /** Appends an op whose ancestors are applied; returns its entry and the fork that it opens. */
  append(input: {
    readonly op: Op;
    readonly sig: Signature | null;
    readonly claim?: Signature;
    readonly source: Source;
  }): {
    readonly entry: Entry;
    readonly verified: VerifiedOp;
    readonly fork: Fork | null;
  } {
    const { op, sig, claim, source } = input;
    const prev = op.prev === noOp ? null : (this.#byId.get(op.prev) ?? null);
    assert(op.prev === noOp || prev !== null, "an op is applied after its ancestors");
    const entry: Entry = {
      id: op.id,
      author: prev?.author ?? op.author,
      seq: op.seq,
      lamport: op.lamport,
      prev,
      index: this.#entries.length,
      isSigned: sig !== null,
      claim: claim === undefined ? "none" : "unchecked",
      size: op.bytes.length,
      source,
    };
    const fork = this.#addToChain(entry);
    this.#entries.push(entry);
    this.#byId.set(entry.id, entry);
    // Asking the map whether it has the id would cost as much as all else here.
    assert(this.#byId.size === this.#entries.length, "an op is applied once");
    if (prev !== null) this.#heads.delete(prev.id);
    for (const dep of op.deps) this.#heads.delete(dep);
    this.#heads.set(entry.id, entry);
    const verified = { op, sig, ...(claim && { claim }) } as VerifiedOp;
    return { entry, verified, fork };
  }

  /** An own op that was appended bare and is signed now, before anybody else sees it. */
  vouch(applied: Applied, sig: Signature): VerifiedOp {
    applied.entry.isSigned = true;
    return { op: applied.verified.op, sig } as VerifiedOp;
  }

  #addToChain(entry: Entry): Fork | null {
    const { author, seq } = entry;
    const chain = this.#chains.get(author);
    if (chain === undefined) {
      this.#chains.set(author, { entries: [entry], head: entry, children: null });
      return null;
    }
    if (chain.children === null && seq <= chain.entries.length) {
      chain.children = childrenOf(chain.entries);
      this.#forkedAuthors += 1;
    }
    chain.entries.push(entry);
    if (isGreater(entry, chain.head)) chain.head = entry;
    if (chain.children === null) return null;
    const siblings = addChild(chain.children, entry);
    return siblings.length > 1 ? { author, seq, entries: siblings } : null;
  }

  /** Where the next op of `author` goes, above everything that is applied here. */
  next(author: NodeId): Position {
    const head = this.headOf(author);
    const foreign = [...this.#heads.values()].filter((entry) => entry.author !== author);
    foreign.sort((left, right) => right.lamport - left.lamport || compareText(left.id, right.id));
    const deps = foreign.slice(0, opDepsMax);
    const top = Math.max(head?.lamport ?? 0, ...deps.map((entry) => entry.lamport));
    return {
      seq: (head?.seq ?? 0) + 1,
      prev: head?.id ?? noOp,
      lamport: top + 1,
      deps: deps.map((entry) => entry.id).sort(compareText),
    };
  }

  /** Ops per author among the first `until` arrivals; forked authors are left out. [WIRE 6] */
  clock(until: number): Map<NodeId, number> {
    const counts = new Map<NodeId, number>();
    for (const [author, chain] of this.#chains) {
      if (chain.children !== null) continue;
      const count = countBefore(chain.entries, until);
      if (count > 0) counts.set(author, count);
    }
    return counts;
  }

  /** Arrival indices below `until` that a peer with `clock` lacks, ascending. [WIRE 6] */
  missing(clock: ReadonlyMap<string, number>, until: number): number[] {
    const indices: number[] = [];
    for (const [author, chain] of this.#chains) {
      const known = chain.children !== null ? 0 : (clock.get(author) ?? 0);
      for (let at = known; at < chain.entries.length; at += 1) {
        const { index } = chain.entries[at] as Entry;
        if (index >= until) break;
        indices.push(index);
      }
    }
    return indices.sort((left, right) => left - right);
  }

  /** Arrival indices below `until` of one author's ops, on all branches, ascending. */
  indicesOf(author: NodeId, until: number): number[] {
    const entries = this.#chains.get(author)?.entries ?? [];
    return entries.filter((entry) => entry.index < until).map((entry) => entry.index);
  }
}

function isGreater(left: Entry, right: Entry): boolean {
  return left.lamport > right.lamport || (left.lamport === right.lamport && left.id > right.id);
}

function childrenOf(entries: readonly Entry[]): Map<OpId, Entry[]> {
  const children = new Map<OpId, Entry[]>();
  for (const entry of entries) addChild(children, entry);
  return children;
}

function addChild(children: Map<OpId, Entry[]>, entry: Entry): Entry[] {
  const parent = entry.prev?.id ?? noOp;
  const siblings = children.get(parent) ?? [];
  siblings.push(entry);
  children.set(parent, siblings);
  return siblings;
}

/** How many of `entries`, whose indices ascend, arrived before `until`. */
function countBefore(entries: readonly Entry[], until: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).index < until) low = middle + 1;
    else high = middle;
  }
  return low;
}
