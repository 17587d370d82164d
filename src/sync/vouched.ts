/** Cuts a list of ops so that in each piece every op is vouched for. [WIRE 2, 6] */
import type { Entry, Log } from "../log/log.ts";

/** The ops, since the last place to cut, that nothing vouches for yet. */
export class Unvouched {
  readonly #open = new Set<Entry>();

  /** Takes the next op; true when a frame may end after it. */
  take(entry: Entry, isSigned: boolean): boolean {
    if (entry.prev !== null) this.#open.delete(entry.prev);
    if (!isSigned) this.#open.add(entry);
    return this.#open.size === 0;
  }

  /** The last op of each run that is open. */
  get ends(): readonly Entry[] {
    return [...this.#open];
  }
}

export interface Bounds {
  /** A piece ends before it has more ops or bytes, wherever it may end. */
  readonly ops: number;
  readonly bytes: number;
  /** What no piece may have, wherever it ends. One run always fits. */
  readonly opsHard: number;
  readonly bytesHard: number;
}

/**
 * The next piece of `list` from `from` on. Where runs of several authors are so interwoven that no
 * cut is in reach, the first run is brought forward in the list: its ops may then wait at the peer.
 * Where the list ends inside a run, the rest of the run joins the list.
 */
export function vouchedPiece(
  log: Log,
  list: number[],
  cut: { readonly from: number; readonly bounds: Bounds },
): readonly number[] {
  const { from, bounds } = cut;
  const unvouched = new Unvouched();
  let [bytes, end, best] = [0, from, from];
  while (end < list.length) {
    const entry = log.at(list[end] as number);
    bytes += entry.size;
    const isFull = end - from >= bounds.ops || bytes > bounds.bytes;
    if (isFull && best > from) return list.slice(from, best);
    if (end - from >= bounds.opsHard || (bytes > bounds.bytesHard && end > from)) {
      return bringRunForward(log, list, from);
    }
    end += 1;
    if (unvouched.take(entry, entry.isSigned)) best = end;
  }
  if (best < end && completeRuns(log, list, from, unvouched.ends)) {
    return vouchedPiece(log, list, cut);
  }
  return list.slice(from, end);
}

/**
 * The ops behind `entry` up to the one that vouches for it; none when it is signed itself. A list
 * may lack them: it was made while `entry` still had a signature, which sealing has left out since,
 * or the peer has them already. A peer refuses an op that comes without its voucher all the same.
 */
function restOfRun(log: Log, entry: Entry): readonly Entry[] {
  if (entry.isSigned) return [];
  const chain = log.chainOf(entry.author);
  const rest: Entry[] = [];
  let last = entry;
  const place = chain[entry.seq - 1] === entry ? entry.seq - 1 : chain.indexOf(entry);
  for (let at = place + 1; at < chain.length && !last.isSigned; at += 1) {
    const next = chain[at] as Entry;
    if (next.prev !== last) continue;
    rest.push(next);
    last = next;
  }
  return rest;
}

/** Moves the run that begins at `from` to that place, whole and in its order. */
function bringRunForward(log: Log, list: number[], from: number): readonly number[] {
  const first = log.at(list[from] as number);
  const run = [first, ...restOfRun(log, first)].map(({ index }) => index);
  const moved = new Set(run);
  // What stands behind the run's last op stays where it is: the list may be very long.
  const last = run.at(-1) as number;
  let end = from + 1;
  while (end < list.length && (list[end] as number) <= last) end += 1;
  const others = list.slice(from, end).filter((index) => !moved.has(index));
  replace(list, from, end, [...run, ...others]);
  return run;
}

/** Puts `parts` into the place of what stands from `from` to `end`, which is seldom fewer. */
function replace(list: number[], from: number, end: number, parts: readonly number[]): void {
  const behind = parts.length === end - from ? [] : list.splice(end);
  for (const [at, index] of parts.entries()) list[from + at] = index;
  // As arguments they might be too many.
  for (const index of behind) list.push(index);
}

/** Adds what `ends` need to be vouched for, in order; false when the list has all that there is. */
function completeRuns(log: Log, list: number[], from: number, ends: readonly Entry[]): boolean {
  const indices = new Set(list.slice(from));
  const before = indices.size;
  for (const end of ends) for (const { index } of restOfRun(log, end)) indices.add(index);
  if (indices.size === before) return false;
  const whole = [...indices].sort((left, right) => left - right);
  replace(list, from, list.length, whole);
  return true;
}
