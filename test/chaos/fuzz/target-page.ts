/** Pages: columns that are laid out anew after a mistake, and bytes that are broken blindly. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createNodeCrypto } from "../../../src/adapters/node-crypto.ts";
import { zstd } from "../../../src/adapters/zstd.ts";
import { present } from "../../../src/base/assert.ts";
import { fromHex } from "../../../src/base/bytes.ts";
import { OpCodec } from "../../../src/op/codec.ts";
import type { MeshId, Signature } from "../../../src/op/op.ts";
import { decodePage, encodePage, pageSizeOf } from "../../../src/page/page.ts";
import type { Compression } from "../../../src/page/compression.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import { mutateBytes } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";

interface Vectors {
  readonly mesh: string;
  readonly vectors: readonly { readonly frame: string; readonly ops?: unknown }[];
}

const path = join(import.meta.dirname, "../../vectors/pages-3.json");
const { mesh, vectors } = JSON.parse(readFileSync(path, "utf8")) as Vectors;
const framesOf = (isWhole: boolean): readonly Uint8Array[] =>
  vectors
    .filter(({ ops }) => (ops !== undefined) === isWhole)
    .map(({ frame }) => present(fromHex(frame), "a vector is hex"));
const [whole, broken] = [framesOf(true), framesOf(false)];
const codec = new OpCodec(mesh as MeshId, createNodeCrypto());
const none: Compression = { compress: (bytes) => bytes, decompress: () => null };

/** The head says how long the payload is: a page that grew or shrank may say so. */
function relengthed(frame: Uint8Array): Uint8Array {
  const count = pageSizeOf(frame)?.ops;
  if (count === undefined || frame[1] !== 0 || count > 127) return frame;
  let at = 3;
  while ((frame[at] ?? 0) >= 128) at += 1;
  const payload = frame.subarray(at + 1);
  const length: number[] = [];
  for (let rest = payload.length; ; rest >>= 7) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) break;
  }
  return Uint8Array.from([3, 0, count, ...length, ...payload]);
}

function checkPage(frame: Uint8Array): Verdict {
  const trusted = decodePage(codec, frame, zstd, { isTrusted: true });
  const content = decodePage(codec, frame, zstd);
  must(trusted.ok === content.ok, "trust decides whether a page is whole");
  if (!content.ok) return "refused";
  const { ops, refused } = content.value;
  must(ops.length + refused.length === pageSizeOf(frame)?.ops, "ops are missing");
  for (const { op } of ops) {
    const direct = codec.decode(op.bytes);
    must(direct.ok && direct.value.id === op.id, "an op of a page is none by itself");
    const { changes } = direct.ok ? direct.value : op;
    must(JSON.stringify(changes) === JSON.stringify(op.changes), "a page has other changes");
  }
  checkAgain(ops.map(({ op, sig }) => ({ bytes: op.bytes, id: op.id, sig })));
  return ops.length > 0 ? "accepted" : "refused";
}

type Entries = Parameters<typeof encodePage>[0];

/** What keeps the rules between ops, as all that is encoded does, comes back as it is. */
function checkAgain(entries: Entries): void {
  if (entries.length === 0 || !areInOrder(entries)) return;
  const again = decodePage(codec, encodePage(entries, none), zstd);
  must(again.ok && again.value.ops.length === entries.length, "a page of good ops is refused");
  const back = again.ok ? again.value.ops : [];
  for (const [n, { op, sig }] of back.entries()) {
    const sent: Signature | null = entries[n]?.sig ?? null;
    must(op.id === entries[n]?.id, "an op comes back as another one");
    const isSame = sig === sent || Buffer.compare(sig ?? Buffer.of(), sent ?? Buffer.of()) === 0;
    must(isSame, "a signature comes back as another one");
  }
}

function areInOrder(entries: Entries): boolean {
  const seqs = new Map<string, number>();
  return entries.every(({ bytes, id }) => {
    const op = codec.decode(bytes);
    if (!op.ok || seqs.has(id)) return false;
    const { prev, seq } = op.value;
    seqs.set(id, seq);
    return (seqs.get(prev) ?? seq - 1) === seq - 1;
  });
}

export const pageTargets: readonly Target[] = [
  {
    name: "page",
    weight: 15,
    draw: (prng: Prng) => {
      const frame = mutateBytes(prng.pick(prng.chance(0.9) ? whole : broken), prng);
      return shot(prng.chance(0.7) ? relengthed(frame) : frame, checkPage);
    },
  },
];
