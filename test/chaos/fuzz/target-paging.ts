/** Version 3 under fire: its frames as messages, and nodes that get mutated ones in every phase. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zstd } from "../../../src/adapters/zstd.ts";
import { present } from "../../../src/base/assert.ts";
import { concatBytes, fromHex } from "../../../src/base/bytes.ts";
import { author, fakeCrypto, seal, strangeId } from "../../../src/log/testing/forge.ts";
import type { Head } from "../../../src/log/frontier.ts";
import type { Op } from "../../../src/op/op.ts";
import type { Compression } from "../../../src/page/compression.ts";
import { encodePage } from "../../../src/page/page.ts";
import { frontierOf } from "../../../src/replica/testing/paging-peer.ts";
import type { PagingFrame } from "../../../src/sync/frames-3.ts";
import {
  askFrame,
  beatFrame,
  creditFrame,
  frontierFrames,
  helloFrame,
  locatorFrame,
  outlookFrame,
  pagingReadyFrame,
  readPagingFrame,
} from "../../../src/sync/frames-3.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import { mutateBytes } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";
import type { Sent } from "./target-session.ts";
import { branch, deep, drawAttack, drawFrame, line, shotOf } from "./target-session.ts";

interface Vectors {
  readonly vectors: readonly { readonly frame?: string; readonly frames?: readonly string[] }[];
}

const path = join(import.meta.dirname, "../../vectors/paging-3.json");
const { vectors } = JSON.parse(readFileSync(path, "utf8")) as Vectors;
const known: readonly Uint8Array[] = vectors
  .flatMap(({ frame, frames = [] }) => [...(frame === undefined ? [] : [frame]), ...frames])
  .map((hex) => present(fromHex(hex), "a vector is hex"));

/** A page whose columns lie open, so that a change in them is not lost in the compression. */
const none: Compression = { compress: (bytes) => bytes, decompress: () => null };

function pageOf(ops: readonly Op[], isPacked = false): Uint8Array {
  const entries = ops.map((op) => ({ bytes: op.bytes, id: op.id, sig: seal(op) }));
  return encodePage(entries, isPacked ? zstd : none);
}

function statement(heads: readonly Op[], isWhole: boolean): readonly Uint8Array[] {
  const frontier = frontierOf(heads);
  const digest = frontier.digest(fakeCrypto);
  return frontierFrames({ isWhole, digest, entries: frontier });
}

const headOf = ({ seq, id }: Op): Head => ({ seq, id });
const tip = (ops: readonly Op[]): readonly Op[] => ops.slice(-1);
const strange = { seq: 9, id: strangeId(1) };

/** Frames that are right and fit each other, for a node of the test mesh. */
const fitting: readonly Uint8Array[] = [
  helloFrame({ digest: frontierOf([]).digest(fakeCrypto), credit: 100_000 }),
  helloFrame({ digest: frontierOf(tip(line)).digest(fakeCrypto), credit: 0 }),
  ...statement([], true),
  ...statement(tip(line), true),
  ...statement([...tip(line), ...tip(branch)], true),
  ...statement(tip(branch), false),
  ...frontierFrames({
    ...{ isWhole: true, digest: "ee".repeat(32) },
    entries: [[author(1), [strange]]],
  }),
  pageOf(line),
  pageOf(line, true),
  pageOf(branch),
  pageOf([...line, ...branch, deep]),
  pageOf(line.slice(2)),
  pagingReadyFrame,
  askFrame,
  creditFrame(1_000),
  creditFrame(2 ** 53 - 1),
  outlookFrame(6),
  locatorFrame(author(1), []),
  locatorFrame(author(2), line.map(headOf)),
  locatorFrame(author(2), [strange]),
  beatFrame(new Uint8Array(50)),
  Uint8Array.of(77, 1, 2),
];

function drawPagingFrame(prng: Prng): Sent {
  if (prng.chance(0.1)) return drawFrame(prng);
  const frame = prng.pick(prng.chance(0.8) ? fitting : known);
  const cut = prng.chance(0.1) ? concatBytes([frame, prng.pick(fitting)]) : frame;
  return { data: prng.chance(0.65) ? cut : mutateBytes(cut, prng), isBinary: prng.chance(0.97) };
}

/** The frame as this program would send it; null for what is not taken apart here. */
function written(frame: PagingFrame): Uint8Array | null {
  switch (frame.type) {
    case "hello":
      return helloFrame(frame);
    case "frontier":
      return frontierFrames(frame)[0] ?? null;
    case "credit":
      return creditFrame(frame.bytes);
    case "outlook":
      return outlookFrame(frame.ops);
    case "locator":
      return locatorFrame(frame.author, frame.heads);
    case "beat":
      return beatFrame(frame.bytes);
    case "ready":
      return pagingReadyFrame;
    case "ask":
      return askFrame;
    case "page":
    case "unknown":
      return null;
  }
}

function checkFrame(bytes: Uint8Array): Verdict {
  const read = readPagingFrame(bytes);
  if (!read.ok) {
    must(read.error.length < 100, "the reason of a refusal quotes what came");
    return "refused";
  }
  const again = written(read.value);
  if (again === null) return "accepted";
  // Whether more frames follow is not said when a statement is written again.
  const isSame = again.every((byte, at) => byte === bytes[at] || (at === 1 && bytes[0] === 2));
  must(isSame && again.length === bytes.length, "a frame has two spellings");
  return "accepted";
}

export const pagingTargets: readonly Target[] = [
  {
    name: "frames of version 3",
    weight: 10,
    draw: (prng) => {
      const frame = prng.pick(prng.chance(0.5) ? fitting : known);
      return shot(mutateBytes(frame, prng), checkFrame);
    },
  },
  {
    name: "sessions of version 3",
    weight: 6,
    draw: (prng) => shotOf(drawAttack(prng, [3], drawPagingFrame)),
  },
];
