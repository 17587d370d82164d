/** The project's own frames of version 3, through its reader and one that shares no code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { createNodeCrypto } from "../../src/adapters/node-crypto.ts";
import { zstd } from "../../src/adapters/zstd.ts";
import { toHex } from "../../src/base/bytes.ts";
import { Log } from "../../src/log/log.ts";
import { hexBytes } from "../../src/log/testing/forge.ts";
import { Frontier } from "../../src/log/frontier.ts";
import { OpCodec } from "../../src/op/codec.ts";
import type { MeshId, NodeId, OpId } from "../../src/op/op.ts";
import { decodePage } from "../../src/page/page.ts";
import type { PagingFrame } from "../../src/sync/frames-3.ts";
import { readPagingFrame } from "../../src/sync/frames-3.ts";
import { PeerFrontier } from "../../src/sync/peer-frontier.ts";
import { readFrame3, wireFrontierDigest, writeFrame3 } from "../support/wire-3.ts";
import type { Frame3 } from "../support/wire-3.ts";
import { readPage3 } from "../support/wire-page.ts";
import type { BrokenFrame, Entry, FrameVector, FrontierVector, Meaning } from "./paging.ts";
import { pagingVectors } from "./paging.ts";

interface Vectors {
  readonly mesh: MeshId;
  readonly vectors: readonly (FrameVector | BrokenFrame | FrontierVector)[];
}

const file = new URL("paging-3.json", import.meta.url);
const { mesh, vectors } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const crypto = createNodeCrypto();
const codec = new OpCodec(mesh, crypto);

type Heads = readonly (readonly [NodeId, readonly { readonly seq: number; readonly id: OpId }[]])[];

function headsOf(entries: readonly Entry[]): Heads {
  return entries.map(({ author, heads }) => [
    author as NodeId,
    heads.map(({ seq, id }) => ({ seq, id: id as OpId })),
  ]);
}

/** What our reader says, as the vectors spell it. */
function meaningOf(frame: PagingFrame): Meaning {
  switch (frame.type) {
    case "page": {
      const content = decodePage(codec, frame.bytes, zstd);
      assert.ok(content.ok);
      return { type: "page", ops: content.value.ops.map(({ op }) => op.id) };
    }
    case "frontier":
      return { ...frame, entries: frame.entries.map(([author, heads]) => ({ author, heads })) };
    case "beat":
      return { type: "beat", bytes: toHex(frame.bytes) };
    default:
      return frame;
  }
}

/** The same for the stranger's reader. */
function wireMeaningOf(frame: Frame3): Meaning {
  if (frame.type === "page") {
    return { type: "page", ops: readPage3(mesh, frame.bytes).map(({ id }) => id) };
  }
  return frame.type === "beat" ? { type: "beat", bytes: frame.bytes.toString("hex") } : frame;
}

describe("[V3-1] [V3-2] frame vectors of version 3", () => {
  for (const vector of vectors) {
    test(vector.name, () => {
      if ("means" in vector) checkFrame(vector);
      else if ("why" in vector) checkBroken(vector);
      else checkFrontier(vector);
    });
  }
});

function checkFrame({ frame, means }: FrameVector): void {
  const read = readPagingFrame(hexBytes(frame));
  assert.ok(read.ok);
  assert.deepEqual(meaningOf(read.value), means);
  const wire = readFrame3(Buffer.from(frame, "hex"));
  assert.deepEqual(wireMeaningOf(wire), means);
  if (wire.type !== "unknown") assert.equal(writeFrame3(wire).toString("hex"), frame);
}

function checkBroken({ frame, why }: BrokenFrame): void {
  const read = readPagingFrame(hexBytes(frame));
  const isPage = read.ok && read.value.type === "page";
  if (isPage) assert.ok(!decodePage(codec, hexBytes(frame), zstd).ok);
  else assert.ok(!read.ok);
  // Keys are not looked at there, nor pages.
  if (why !== "[ID-2]" && !isPage) assert.throws(() => readFrame3(Buffer.from(frame, "hex")));
}

function checkFrontier({ entries, digest, frames }: FrontierVector): void {
  const frontier = new Frontier(headsOf(entries));
  assert.equal(frontier.digest(crypto), digest);
  assert.equal(
    wireFrontierDigest(new Map(entries.map(({ author, heads }) => [author, heads]))),
    digest,
  );
  const peer = new PeerFrontier(new Log(), crypto);
  const verdicts = frames.map((hex) => {
    const read = readPagingFrame(hexBytes(hex));
    assert.ok(read.ok && read.value.type === "frontier");
    return peer.take(read.value);
  });
  assert.deepEqual(verdicts, [...frames.slice(1).map(() => "more"), "consistent"]);
  assert.deepEqual(new Map(peer.heads), new Map(headsOf(entries)));
}

test("the generator writes the file that is here", () => {
  const made = pagingVectors();
  assert.deepEqual(new Set(made.map(({ name }) => name)).size, made.length);
  assert.deepEqual(vectors, JSON.parse(JSON.stringify(made)));
});
