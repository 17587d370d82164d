/** The two digests by which replicas find out whether they agree. [WIRE 9] */
import { present } from "../base/assert.ts";
import { concatBytes, fromHex, utf8 } from "../base/bytes.ts";
import type { Document } from "./document.ts";

/** SHA-256 as 64 lower-case hex digits: the method of the crypto port. */
export type Sha256 = (bytes: Uint8Array) => string;

const stateTag = utf8("towline/state/1\0");
const opsTag = utf8("towline/ops/1\0");

/** The live items as JSON, to the byte the same on all replicas that hold the same ops. */
export function stateText(document: Document): string {
  return `[${document.texts().join(",")}]`;
}

/** Of an item that did not change since the last digest the text is not made again. */
export function stateDigest(document: Document, sha256: Sha256): string {
  return sha256(concatBytes([stateTag, utf8(stateText(document))]));
}

/** The digest of a set of op ids, each given once, in any order. */
export function opSetDigest(ids: readonly string[], sha256: Sha256): string {
  // Without a comparator the order is that of code units, which for hex is that of the bytes. One
  // long text is decoded twice as fast as many short ones.
  const sorted = fromHex(ids.toSorted().join(""));
  return sha256(concatBytes([opsTag, present(sorted, "op ids are lower-case hex")]));
}
