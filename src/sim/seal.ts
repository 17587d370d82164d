/**
 * Sealing: the disk packs a stretch of its rows into one page, as the real store does with what has
 * settled. The signatures that the page does not need are gone from then on.
 */
import { zstd } from "../adapters/zstd.ts";
import type { Op, OpId } from "../op/op.ts";
import { encodePage } from "../page/page.ts";
import { chooseSignatures } from "../page/signatures.ts";
import type { Sealed, StoredOp } from "../replica/store.ts";
import type { Life } from "./cast.ts";
import type { DiskImage } from "./disk.ts";
import { keepPage } from "./disk.ts";
import type { Prng } from "./prng.ts";

/** Op bytes of a sealed page: what it takes stays far below the bound of a frame. */
const sealBytesMax = 262_144;

/** Now and then, after a commit, the disk packs some of its rows and tells the core. */
export function sealSoon(process: Life): void {
  const { sealing, world, disk } = process.node;
  if (!sealing.chance(world.scenario.options.disk.sealChance)) return;
  process.after(sealing.below(5_000_000), () => {
    process.gate(() => {
      const isBusy = disk.isUnreadable || disk.isFull || process.reads.pending > 0;
      const sealed = isBusy ? null : sealSome(disk.image, sealing);
      if (sealed !== null) process.feed({ kind: "sealed", sealed });
    });
  });
}

/** Packs some rows, if those that were drawn can be; null when not. */
export function sealSome(image: DiskImage, chance: Prng): Sealed | null {
  const { rows, ops, inPages } = image;
  const cuts = cutsOf(image);
  const first = chance.pick([0, ...cuts]);
  const longest = chance.pick([3, 10, 60, 400]);
  const ends = cuts.filter((cut) => cut > first + 1 && cut <= first + longest);
  if (ends.length === 0) return null;
  const count = chance.pick(ends) - first;
  const places = Array.from({ length: count }, (_, at) => first + at);
  if (places.some((place) => inPages.has(place))) return null;
  const entries = places.map((place) => ({
    op: ops[place] as Op,
    row: rows[place] as StoredOp,
  }));
  if (entries.reduce((sum, { op }) => sum + op.bytes.length, 0) > sealBytesMax) return null;
  const isNeeded = chooseSignatures(
    entries.map(({ op, row }) => ({ ...op, size: op.bytes.length, isSigned: row.sig !== null })),
  );
  if (isNeeded === null) return null;
  const page = entries.map(({ op, row }, at) => ({
    id: op.id,
    bytes: op.bytes,
    sig: isNeeded[at] === true ? row.sig : null,
  }));
  const bare = places.filter((_, at) => isNeeded[at] !== true);
  const frame = encodePage(page, zstd);
  for (const [at, { bytes, sig }] of page.entries()) rows[first + at] = { bytes, sig };
  keepPage(image, { first, count, frame });
  return { first, count, bare };
}

/** Where a page may begin or end: all ops before are vouched for by ops before. */
function cutsOf({ rows, ops }: DiskImage): readonly number[] {
  const cuts: number[] = [];
  const open = new Set<OpId>();
  for (const [at, { id, prev }] of ops.entries()) {
    open.delete(prev);
    if (rows[at]?.sig === null) open.add(id);
    if (open.size === 0) cuts.push(at + 1);
  }
  return cuts;
}
