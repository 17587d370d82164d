/** Makes a page of ops that were kept one by one, with as few signatures as will do. */
import { toHex } from "../base/bytes.ts";
import { pageHardBytes, pageOpsMax } from "../base/limits.ts";
import { OpCodec } from "../op/codec.ts";
import { authorEnd, readLayout } from "../op/layout.ts";
import type { NodeId, OpId } from "../op/op.ts";
import { parseMeshId } from "../op/op.ts";
import { encodePage } from "../page/page.ts";
import type { Signable } from "../page/signatures.ts";
import { chooseSignatures } from "../page/signatures.ts";
import { meshFact } from "../replica/store.ts";
import type { StoredOp } from "../replica/store.ts";
import { createNodeCrypto } from "./node-crypto.ts";
import { zstd } from "./zstd.ts";

/** A page of the first `count` of the ops that it was to be made of. */
export interface Seal {
  readonly count: number;
  readonly frame: Uint8Array;
  /** Places of the ops whose signature or claim was left out. */
  readonly bare: readonly number[];
}

/** Shorter pages are tried so often, each ending a little earlier. */
const cutsMax = 4;

/** The codec of the mesh that the facts name; null when they name none. */
export function codecOf(facts: ReadonlyMap<string, string>): OpCodec | null {
  const mesh = parseMeshId(facts.get(meshFact));
  return mesh === null ? null : new OpCodec(mesh, createNodeCrypto());
}

/**
 * Works a little at each step, on as many of the ops in `pieces` as fit a page, and a frame. In the
 * end null when the signatures that were verified do not vouch for any piece from the first op on.
 */
export function* seal(
  codec: OpCodec,
  pieces: Iterable<readonly StoredOp[]>,
): Generator<undefined, Seal | null> {
  const ops: StoredOp[] = [];
  const signables: Signable[] = [];
  let [bytes, isFull] = [0, false];
  for (const piece of pieces) {
    for (const op of piece) {
      bytes += op.bytes.length;
      isFull = ops.length >= pageOpsMax || bytes > pageHardBytes;
      if (isFull) break;
      ops.push(op);
      signables.push(signable(codec, op));
    }
    if (isFull) break;
    yield;
  }
  const isKept = longestVouched(signables);
  yield;
  return isKept === null ? null : sealOf(signables, ops, isKept);
}

/** For each op of the longest piece that can be a page, whether its signature stays. */
function longestVouched(signables: readonly Signable[]): readonly boolean[] | null {
  for (const count of cuts(signables).slice(-cutsMax).reverse()) {
    const isKept = chooseSignatures(signables.slice(0, count));
    if (isKept !== null) return isKept;
  }
  return null;
}

function sealOf(
  signables: readonly Signable[],
  ops: readonly StoredOp[],
  isKept: readonly boolean[],
): Seal {
  const entries = isKept.map((isSigned, at) => {
    const { bytes, sig } = ops[at] as StoredOp;
    return { bytes, id: (signables[at] as Signable).id, sig: isSigned ? sig : null };
  });
  const bare = [...entries.keys()].filter((at) => {
    const { sig, claim } = ops[at] as StoredOp;
    return isKept[at] !== true && (sig !== null || claim !== undefined);
  });
  return { count: entries.length, frame: encodePage(entries, zstd), bare };
}

function signable(codec: OpCodec, { bytes, sig }: StoredOp): Signable {
  const { prevAt } = readLayout(bytes);
  return {
    id: codec.idOf(bytes),
    author: toHex(bytes.subarray(authorEnd - 32, authorEnd)) as NodeId,
    prev: toHex(bytes.subarray(prevAt, prevAt + 32)) as OpId,
    size: bytes.length,
    isSigned: sig !== null,
  };
}

/** The lengths at which no op is open: each is signed, or the next of its chain is there, too. */
function cuts(ops: readonly Signable[]): readonly number[] {
  const found: number[] = [];
  const open = new Set<OpId>();
  for (const [at, { id, prev, isSigned }] of ops.entries()) {
    open.delete(prev);
    if (!isSigned) open.add(id);
    if (open.size === 0) found.push(at + 1);
  }
  return found;
}
