/** Cuts ops into bulk frames in which every op is vouched for. [WIRE 2, 6] */
import { bulkFrameBytes, runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Entry, Log } from "../log/log.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import type { Signature } from "../op/op.ts";
import { opMessage, signOp, verifySignature } from "../op/signature.ts";
import { bulkFrame } from "./frames.ts";
import { textOfOp } from "./recent.ts";
import type { LoadedOp } from "./session-effects.ts";
import { Unvouched } from "./vouched.ts";

export interface BulkSources {
  readonly log: Log;
  readonly crypto: Crypto;
  readonly signer: Signer;
}

/** The frames for ops that were read back. Only signatures that verify are passed on. */
export function bulkFrames(
  sources: BulkSources,
  batch: {
    readonly indices: readonly number[];
    readonly ops: readonly LoadedOp[];
    /** Leaves out the signature of an op that is directly followed by the next of its chain. */
    readonly isTerse: boolean;
  },
): readonly string[] {
  const { log } = sources;
  const { indices, ops, isTerse } = batch;
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
    const isOurs = entry.author === sources.signer.node;
    const isImplied = isNeedless || (op.sig === null && isFollowed && (isTerse || !isOurs));
    const sig = isImplied ? null : signatureOf(sources, entry, op);
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

/**
 * An op's own signature; one of our own that was not needed when we wrote is made now, since an
 * author signs what it streams. [WIRE 2]
 */
function signatureOf(
  { crypto, signer }: BulkSources,
  entry: Entry,
  op: LoadedOp,
): Signature | null {
  const isOurs = entry.author === signer.node;
  return isOurs ? (op.sig ?? signOp(signer, entry.id)) : checkedSignature(crypto, entry, op);
}

/** The signature that came with an op; one that was not needed then is checked now, once. */
export function checkedSignature(
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
