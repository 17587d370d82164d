/** Cuts ops into bulk frames in which every op is vouched for. [WIRE 2, 6] */
import { bulkFrameBytes, bulkPageOps, runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Entry, Log } from "../log/log.ts";
import type { Crypto } from "../op/crypto.ts";
import type { OpId, Signature } from "../op/op.ts";
import { opMessage, verifySignature } from "../op/signature.ts";
import { bulkFrame } from "./frames.ts";
import { textOfOp } from "./recent.ts";
import type { LoadedOp } from "./session-effects.ts";

/** The ops, since the last place to cut, that nothing vouches for yet. */
class Unvouched {
  readonly #open = new Set<OpId>();

  /** Takes the next op; true when the frame may end after it. */
  take(entry: Entry, isSigned: boolean): boolean {
    if (entry.prev !== null) this.#open.delete(entry.prev.id);
    if (!isSigned) this.#open.add(entry.id);
    return this.#open.size === 0;
  }
}

/** The next indices of a list from `from` on: bounded, and ending where all are vouched for. */
export function nextPage(log: Log, indices: readonly number[], from: number): readonly number[] {
  const unvouched = new Unvouched();
  let [bytes, end] = [0, from];
  while (end < indices.length) {
    const entry = log.at(indices[end] as number);
    bytes += entry.size;
    end += 1;
    const mayEnd = unvouched.take(entry, entry.isSigned);
    const isFull = end - from >= bulkPageOps || bytes >= bulkFrameBytes;
    // A voucher that the peer is known to have may be left out: then the page ends all the same.
    const isOverfull = end - from >= bulkPageOps + runOpsMax;
    if (isOverfull || (isFull && mayEnd)) break;
  }
  return indices.slice(from, end);
}

export interface BulkSources {
  readonly log: Log;
  readonly crypto: Crypto;
  /** Leaves out the signature of an op that is directly followed by the next of its chain. */
  readonly isTerse: boolean;
}

/** The frames for the ops at `indices`. Only signatures that verify are passed on. */
export function bulkFrames(
  sources: BulkSources,
  indices: readonly number[],
  ops: readonly LoadedOp[],
): readonly string[] {
  const { log, crypto, isTerse } = sources;
  const frames: string[] = [];
  const unvouched = new Unvouched();
  const run = new RunLength();
  let texts: string[] = [];
  let length = 0;
  for (const [at, op] of ops.entries()) {
    const entry = log.at(indices[at] as number);
    const next = at + 1 < ops.length ? log.at(indices[at + 1] as number) : null;
    const isFollowed = next?.prev === entry;
    const isNeedless = isTerse && isFollowed && next.isSigned && run.hasRoom(entry, next);
    const isImplied = isNeedless || (op.sig === null && isFollowed);
    const sig = isImplied ? null : signatureOf(crypto, entry, op);
    run.take(entry, sig !== null);
    const text = textOfOp({ bytes: op.bytes, sig });
    texts.push(text);
    length += text.length;
    if (!unvouched.take(entry, sig !== null) || length < bulkFrameBytes) continue;
    frames.push(bulkFrame(texts));
    [texts, length] = [[], 0];
  }
  if (texts.length > 0) frames.push(bulkFrame(texts));
  return frames;
}

/** The run that is open at the end of a frame in the making. */
class RunLength {
  #ops = 0;
  #bytes = 0;

  /** Whether `entry` and `next` can both join the open run. */
  hasRoom(entry: Entry, next: Entry): boolean {
    return this.#ops + 2 <= runOpsMax && this.#bytes + entry.size + next.size <= runBytesMax;
  }

  take(entry: Entry, isSigned: boolean): void {
    this.#ops = isSigned ? 0 : this.#ops + 1;
    this.#bytes = isSigned ? 0 : this.#bytes + entry.size;
  }
}

/** An op's own signature; one that was not needed when it came is checked now, and only once. */
export function signatureOf(
  crypto: Crypto,
  entry: Entry,
  { sig, claim }: LoadedOp,
): Signature | null {
  if (sig !== null) return sig;
  if (claim === undefined || entry.claim === "wrong") return null;
  if (entry.claim === "unchecked") {
    const message = opMessage(entry.id);
    const isRight = verifySignature(crypto, { key: entry.author, message, sig: claim });
    entry.claim = isRight ? "right" : "wrong";
  }
  return entry.claim === "right" ? claim : null;
}
