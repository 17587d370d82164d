/** Cuts a list of ops so that in each piece every op is vouched for. [WIRE 2, 6] */
import { runOpsMax } from "../base/limits.ts";
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
 * Where the list ends inside a run, the rest of the run is appended to it.
 */
export function vouchedPiece(
  log: Log,
  list: number[],
  cut: { readonly from: number; readonly bounds: Bounds },
): readonly number[] {
  const { from, bounds } = cut;
  const unvouched = new Unvouched();
  let [bytes, end, best] = [0, from, from];
  for (;;) {
    if (end === list.length && (best === end || !appendVouchers(log, list, unvouched))) {
      return list.slice(from, end);
    }
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
}

/**
 * A list may have been made while its last op still had a signature of its own, which sealing has
 * left out since; or its voucher is not in it because the peer has that already. A peer that is
 * sent an op without its voucher would refuse it. False when nothing was found to append.
 */
function appendVouchers(log: Log, list: number[], unvouched: Unvouched): boolean {
  const before = list.length;
  for (const open of unvouched.ends) {
    const chain = log.chainOf(open.author);
    let last = open;
    for (let at = chain.indexOf(open) + 1; at < chain.length && !last.isSigned; at += 1) {
      const entry = chain[at] as Entry;
      if (entry.prev !== last) continue;
      list.push(entry.index);
      last = entry;
    }
  }
  return list.length > before;
}

/** Moves the ops of the run that begins at `from` to that place, in their order. */
function bringRunForward(log: Log, list: number[], from: number): readonly number[] {
  let last = log.at(list[from] as number);
  const places = new Set([from]);
  for (let at = from + 1; at < list.length && !last.isSigned; at += 1) {
    const entry = log.at(list[at] as number);
    if (entry.prev !== last || places.size >= runOpsMax) continue;
    places.add(at);
    last = entry;
  }
  const run = list.filter((_, at) => places.has(at));
  const rest = list.filter((_, at) => at >= from && !places.has(at));
  list.splice(from, list.length - from, ...run, ...rest);
  return run;
}
