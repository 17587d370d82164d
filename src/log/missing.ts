/**
 * What a peer lacks, found from the heads of its chains. A head that is not known here may stand
 * for a longer chain or for another branch; a locator settles which: it names ops of the own chain
 * at growing distances from its head, so that the other side finds the last one that both have.
 */
import { locatorHeadsMax } from "../base/limits.ts";
import type { NodeId } from "../op/op.ts";
import type { Head, Heads } from "./frontier.ts";
import type { Entry, Log } from "./log.ts";

export interface Missing {
  /** Arrival indices, ascending. */
  readonly indices: readonly number[];
  /** Authors of whom the heads do not tell what is missing: send a locator. */
  readonly unplaced: readonly NodeId[];
}

/** The ops below `until` that a peer with these heads lacks. */
export function missingAt(log: Log, heads: Heads, until: number): Missing {
  // A fresh peer lacks everything, which needs no sorting of what may be a million ops.
  if (heads.size === 0) {
    return { indices: [...new Uint8Array(Math.min(until, log.length)).keys()], unplaced: [] };
  }
  const indices: number[] = [];
  const unplaced: NodeId[] = [];
  for (const author of log.authors()) {
    const found = missingOf(log, { author, heads: heads.get(author) ?? [], until });
    if (found === "unplaced") unplaced.push(author);
    else for (const { index } of found) indices.push(index);
  }
  indices.sort((left, right) => left - right);
  return { indices, unplaced };
}

function missingOf(
  log: Log,
  peer: { readonly author: NodeId; readonly heads: readonly Head[]; readonly until: number },
): readonly Entry[] | "unplaced" {
  const { author, heads, until } = peer;
  const chain = log.chainOf(author);
  const known = heads.map(({ id }) => log.find(id)).filter((entry) => entry !== undefined);
  const isForked = log.isForked(author);
  if (known.length < heads.length) {
    // Without a fork here, a peer that is ahead has all that we have, or will say otherwise.
    const top = chain.length;
    const isAhead = !isForked && heads.every(({ seq, id }) => seq > top || log.find(id));
    return isAhead ? [] : "unplaced";
  }
  if (!isForked) return before(chain.slice(topOf(known)), until);
  return before(uncovered(chain, known), until);
}

/** How much a peer with these heads lacks, and this log of what the peer has. */
export interface Lag {
  /** Ops below `until` that the peer lacks. */
  readonly there: number;
  /** Ops of the peer that are not here below `until`, as far as the numbers of its heads tell. */
  readonly here: number;
  /** False when heads alone do not tell: then it is at least so much on both sides. */
  readonly isExact: boolean;
}

/** Costs as much as there are authors, unless one is forked. */
export function lagBehind(log: Log, heads: Heads, until: number): Lag {
  let [there, here, isExact] = [0, 0, true];
  for (const author of new Set([...log.authors(), ...heads.keys()])) {
    const peer = { author, heads: heads.get(author) ?? [], until };
    const found = missingOf(log, peer);
    if (found !== "unplaced") there += found.length;
    const lacked = lackedOf(log, peer);
    here += lacked.ops;
    isExact &&= found !== "unplaced" && lacked.isExact;
  }
  return { there, here, isExact };
}

/** What the peer has of one author and this log has not below `until`. */
function lackedOf(
  log: Log,
  peer: { readonly author: NodeId; readonly heads: readonly Head[]; readonly until: number },
): { readonly ops: number; readonly isExact: boolean } {
  const { author, heads, until } = peer;
  const unknown = heads.filter(({ id }) => (log.find(id)?.index ?? Infinity) >= until);
  if (unknown.length === 0) return { ops: 0, isExact: true };
  const top = before(log.chainOf(author), until).length;
  const isPlain = !log.isForked(author) && heads.length === 1;
  const beyond = unknown.map(({ seq }) => (isPlain ? seq - top : 1));
  const ops = beyond.reduce((sum, count) => sum + Math.max(1, count), 0);
  return { ops, isExact: isPlain && beyond.every((count) => count >= 1) };
}

/**
 * Whether `entry` is one of the ops that these heads stand for. Never true by mistake: heads that
 * are not known here say nothing.
 */
export function isCovered(log: Log, heads: Heads, entry: Entry): boolean {
  const isForked = log.isForked(entry.author);
  // Many heads on one branch are walked down once.
  const passed = new Set<Entry>();
  return (heads.get(entry.author) ?? []).some(({ id }) => {
    let at: Entry | null = log.find(id) ?? null;
    if (at?.author !== entry.author) return false;
    if (!isForked) return at.seq >= entry.seq;
    for (; at !== null && at.seq > entry.seq && !passed.has(at); at = at.prev) passed.add(at);
    return at === entry;
  });
}

function topOf(heads: readonly Head[]): number {
  return heads.reduce((top, { seq }) => Math.max(top, seq), 0);
}

/** The ops below `until` of one author that a peer lacks who sent this locator. */
export function missingAfter(
  log: Log,
  located: { readonly author: NodeId; readonly heads: readonly Head[]; readonly until: number },
): readonly number[] {
  const { author, heads, until } = located;
  const known = heads.map(({ id }) => log.find(id)).filter((entry) => entry !== undefined);
  const chain = log.chainOf(author);
  // Most authors have no fork, and to walk down their chains would cost whoever is asked often.
  const from = log.isForked(author) ? null : topOf(known);
  const missing = from === null ? uncovered(chain, known) : chain.slice(from);
  return before(missing, until).map(({ index }) => index);
}

/** Those that arrived before `until`; `entries` are in order of arrival. */
function before(entries: readonly Entry[], until: number): readonly Entry[] {
  const end = entries.findLastIndex(({ index }) => index < until) + 1;
  return end === entries.length ? entries : entries.slice(0, end);
}

/** The entries of a chain that are neither in `known` nor below one of them. */
function uncovered(chain: readonly Entry[], known: readonly Entry[]): readonly Entry[] {
  const covered = new Set<Entry>();
  for (const top of known) {
    for (let at: Entry | null = top; at !== null && !covered.has(at); at = at.prev) covered.add(at);
  }
  return chain.filter((entry) => !covered.has(entry));
}

/**
 * Ops of the chains under `heads`, each twice as far below the last as that was, and each first op.
 * Bitcoin's block locator, for chains that may have several heads.
 */
export function locatorOf(log: Log, heads: readonly Head[]): readonly Head[] {
  const named = new Map<string, Head>();
  for (const head of heads) {
    let step = 1;
    let at: Entry | null = log.find(head.id) ?? null;
    while (at !== null && named.size < locatorHeadsMax) {
      named.set(at.id, { seq: at.seq, id: at.id });
      if (at.prev === null) break;
      at = back(at, step);
      step *= 2;
    }
  }
  return [...named.values()];
}

/** The op `steps` before `from` on its chain, or the first one. */
function back(from: Entry, steps: number): Entry {
  let at = from;
  for (let n = 0; n < steps && at.prev !== null; n += 1) at = at.prev;
  return at;
}
