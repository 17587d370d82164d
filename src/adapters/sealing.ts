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

/** Null when the signatures that were verified do not vouch for any piece from the first op on. */
export function seal(codec: OpCodec, ops: readonly StoredOp[]): Seal | null {
  const signables = fitting(ops).map((op) => signable(codec, op));
  for (const count of cuts(signables).slice(-cutsMax).reverse()) {
    const piece = signables.slice(0, count);
    const isKept = chooseSignatures(piece);
    if (isKept === null) continue;
    const entries = piece.map(({ id }, at) => {
      const { bytes, sig } = ops[at] as StoredOp;
      return { bytes, id, sig: isKept[at] === true ? sig : null };
    });
    const bare = [...entries.keys()].filter((at) => {
      const { sig, claim } = ops[at] as StoredOp;
      return isKept[at] !== true && (sig !== null || claim !== undefined);
    });
    return { count, frame: encodePage(entries, zstd), bare };
  }
  return null;
}

/** As many as fit a page, and a frame. */
function fitting(ops: readonly StoredOp[]): readonly StoredOp[] {
  let [count, bytes] = [0, 0];
  for (const op of ops) {
    bytes += op.bytes.length;
    if (count >= pageOpsMax || bytes > pageHardBytes) break;
    count += 1;
  }
  return ops.slice(0, count);
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
