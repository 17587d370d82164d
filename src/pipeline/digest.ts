/** The two digests by which replicas find out whether they agree. [WIRE 9] */
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { Document } from "./document.ts";
import { idBytes, mergedIds, sortedIds } from "./sorted-ids.ts";

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

/** Op ids, each added once. They are kept in order, so that a digest sorts none of them anew. */
export class OpSet {
  #sorted: Uint8Array = new Uint8Array();

  get size(): number {
    return this.#sorted.length / idBytes;
  }

  add(ids: readonly string[]): void {
    if (ids.length > 0) this.#sorted = mergedIds(this.#sorted, sortedIds(ids));
  }

  digest(sha256: Sha256): string {
    return sha256(concatBytes([opsTag, this.#sorted]));
  }
}
