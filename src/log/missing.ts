/**
 * What a peer lacks, found from the heads of its chains. A head that is not known here may stand for
 * a longer chain or for another branch; a locator settles which: it names ops of the own chain at
 * growing distances from its head, so that the other side finds the last one that both have.
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
  return before(uncovered(log.chainOf(author), known), until).map(({ index }) => index);
}

function before(entries: readonly Entry[], until: number): readonly Entry[] {
  return entries.filter(({ index }) => index < until);
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
 * Ops of the chains under `heads` at distances 0, 1, 2, 4, 8, … and each first op. Bitcoin's block
 * locator, for chains that may have several heads.
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
