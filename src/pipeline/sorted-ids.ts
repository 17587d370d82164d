/** Op ids in ascending order, one after the other: the bytes that an op-set digest is made of. */
import { present } from "../base/assert.ts";
import { fromHex } from "../base/bytes.ts";

export const idBytes = 32;

/** The given ids, each once, in order. */
export function sortedIds(ids: readonly string[]): Uint8Array {
  // Without a comparator the order is that of code units, which for hex is that of the bytes. One
  // long text is decoded twice as fast as many short ones.
  return present(fromHex(ids.toSorted().join("")), "op ids are lower-case hex");
}

/** Two sorted sets that share no id, as one; fast when `more` are few. */
export function mergedIds(some: Uint8Array, more: Uint8Array): Uint8Array {
  if (some.length === 0) return more;
  const merged = new Uint8Array(some.length + more.length);
  let [taken, end] = [0, 0];
  for (let from = 0; from < more.length; from += idBytes) {
    const id = more.subarray(from, from + idBytes);
    const until = placeOf(id, some, taken);
    merged.set(some.subarray(taken, until), end);
    end += until - taken;
    taken = until;
    merged.set(id, end);
    end += idBytes;
  }
  merged.set(some.subarray(taken), end);
  return merged;
}

/** Where in `ids`, from `low` on, `id` goes. */
function placeOf(id: Uint8Array, ids: Uint8Array, low: number): number {
  let [first, end] = [low / idBytes, ids.length / idBytes];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (compareAt(ids, middle * idBytes, id) < 0) first = middle + 1;
    else end = middle;
  }
  return first * idBytes;
}

function compareAt(ids: Uint8Array, at: number, id: Uint8Array): number {
  for (let byte = 0; byte < idBytes; byte += 1) {
    const difference = (ids[at + byte] as number) - (id[byte] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
