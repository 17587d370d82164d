/** The op-set digest as its definition says it: all ids sorted as texts. [WIRE 9] */
import { present } from "../../base/assert.ts";
import { concatBytes, fromHex, utf8 } from "../../base/bytes.ts";
import type { Sha256 } from "../digest.ts";

export function opSetDigest(ids: Iterable<string>, sha256: Sha256): string {
  const sorted = present(fromHex([...ids].sort().join("")), "op ids are lower-case hex");
  return sha256(concatBytes([utf8("towline/ops/1\0"), sorted]));
}
