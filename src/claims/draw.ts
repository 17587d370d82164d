/** The lot that decides between nodes which claim one item at once. [CLM-7] */
import { concatBytes, fromHex, utf8, uvarLength, writeUvar } from "../base/bytes.ts";
import type { Sha256 } from "../pipeline/digest.ts";

const domain = utf8("towline/draw/1\0");

/**
 * `SHA-256("towline/draw/1\0" || author || epoch || item)`: fair among nodes from item to item and
 * from epoch to epoch. It holds nothing that an author may choose when it writes the op, so that no
 * date, actor or reason can be tried until the draw is won.
 */
export function drawOf(
  sha256: Sha256,
  of: { readonly item: string; readonly epoch: number; readonly author: string },
): string {
  const epoch = new Uint8Array(uvarLength(of.epoch));
  writeUvar(epoch, 0, of.epoch);
  const author = fromHex(of.author) ?? new Uint8Array(0);
  return sha256(concatBytes([domain, author, epoch, utf8(of.item)]));
}
