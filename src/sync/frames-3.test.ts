/** Frames of version 3: they come back as they went out, and no bytes make the reader throw. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes } from "../base/bytes.ts";
import {
  beatBytesMax,
  frameBytesMax,
  frontierFrameBytes,
  locatorHeadsMax,
} from "../base/limits.ts";
import type { Head } from "../log/frontier.ts";
import { author, fakeCrypto, strangeId } from "../log/testing/forge.ts";
import type { NodeId } from "../op/op.ts";
import type { FrontierEntry, FrontierFrame, PagingFrame } from "./frames-3.ts";
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
} from "./frames-3.ts";

function read(bytes: Uint8Array): PagingFrame {
  const frame = readPagingFrame(bytes);
  assert.ok(frame.ok, frame.ok ? "" : frame.error);
  return frame.value;
}

const digests = fc.integer().map((number) => fakeCrypto.sha256(Uint8Array.of(number, number >> 8)));
const heads = fc.record({ seq: fc.integer({ min: 1, max: 2 ** 53 - 1 }), id: fc.nat(500) });
const headLists = fc
  .array(heads, { maxLength: 6 })
  .map((list) => list.map(({ seq, id }): Head => ({ seq, id: strangeId(id) })));
const authors = fc.integer({ min: 1, max: 150 }).map(author);
const entries = fc.array(fc.tuple(authors, headLists), { maxLength: 6 });
const uvars = fc.integer({ min: 0, max: 2 ** 53 - 1 });

/** Frames of every kind, with what they say. */
const frames: fc.Arbitrary<readonly [Uint8Array, PagingFrame]> = fc.oneof(
  fc.record({ digest: digests, credit: uvars }).map((hello) => {
    return [helloFrame(hello), { type: "hello", ...hello }] as const;
  }),
  fc.record({ isWhole: fc.boolean(), digest: digests, entries }).map((said) => {
    const frame: FrontierFrame = { type: "frontier", hasMore: false, ...said };
    return [frontierFrames(said)[0] ?? new Uint8Array(0), frame] as const;
  }),
  uvars.map((bytes) => [creditFrame(bytes), { type: "credit", bytes }] as const),
  uvars.map((ops) => [outlookFrame(ops), { type: "outlook", ops }] as const),
  fc.tuple(authors, headLists).map(([of, list]) => {
    return [locatorFrame(of, list), { type: "locator", author: of, heads: list }] as const;
  }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => {
    return [beatFrame(bytes), { type: "beat", bytes }] as const;
  }),
  fc.constant([pagingReadyFrame, { type: "ready" }] as const),
  fc.constant([askFrame, { type: "ask" }] as const),
);

test("[V3-2] a frame is read as what was written", () => {
  fc.assert(fc.property(frames, ([bytes, frame]) => assert.deepEqual(read(bytes), frame)));
});

test("[V3-2] a frame that is cut or goes on is malformed, but for what ends with the frame", () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.integer({ min: 0, max: 255 }), ([bytes], at, more) => {
      const { type } = read(bytes);
      const cut = readPagingFrame(bytes.subarray(0, Math.max(1, at % bytes.length)));
      const isWhole = at % bytes.length <= 1 && bytes.length === 1;
      // Entries and beats end with the frame, so a cut between two entries is none.
      if (type !== "beat" && type !== "frontier" && !isWhole) assert.ok(!cut.ok);
      const long = readPagingFrame(concatBytes([bytes, Uint8Array.of(more)]));
      if (type !== "beat") assert.ok(!long.ok);
    }),
  );
});

test("[V3-1] [V3-2] no bytes make the reader throw, and what it takes is written again the same", () => {
  const mutated = fc.tuple(frames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
  const noise = fc.uint8Array({ maxLength: 120 });
  const broken = mutated.map(([[bytes], changes]) => {
    const copy = bytes.slice();
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(broken, noise), (bytes) => {
      const frame = readPagingFrame(bytes);
      if (!frame.ok) {
        assert.ok(frame.error.length < 60);
        return;
      }
      const again = written(frame.value);
      if (again !== null) assert.deepEqual(again, bytes);
    }),
    { numRuns: 2_000 },
  );
});

/** The one spelling of a frame; null for what is not read here. */
function written(frame: PagingFrame): Uint8Array | null {
  switch (frame.type) {
    case "hello":
      return helloFrame(frame);
    case "frontier": {
      const [first = new Uint8Array(0)] = frontierFrames(frame);
      const copy = first.slice();
      copy[1] = (frame.isWhole ? 1 : 0) + (frame.hasMore ? 2 : 0);
      return copy;
    }
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

test("[V3-2] a locator names 1,024 ops at most, a beat holds 4 KiB at most", () => {
  const list = (length: number): readonly Head[] =>
    Array.from({ length }, (_, at) => ({ seq: at + 1, id: strangeId(at) }));
  assert.ok(readPagingFrame(locatorFrame(author(1), list(locatorHeadsMax))).ok);
  assert.ok(!readPagingFrame(locatorFrame(author(1), list(locatorHeadsMax + 1))).ok);
  assert.ok(readPagingFrame(beatFrame(new Uint8Array(beatBytesMax))).ok);
  assert.ok(!readPagingFrame(beatFrame(new Uint8Array(beatBytesMax + 1))).ok);
});

/** What the frames of a statement say together. */
function joined(statement: readonly Uint8Array[]): Map<NodeId, readonly Head[]> {
  const all = new Map<NodeId, readonly Head[]>();
  for (const [at, bytes] of statement.entries()) {
    const frame = read(bytes);
    assert.ok(frame.type === "frontier");
    assert.equal(frame.hasMore, at + 1 < statement.length);
    assert.equal(frame.isWhole, true);
    for (const [of, list] of frame.entries) all.set(of, [...(all.get(of) ?? []), ...list]);
  }
  return all;
}

const digest = "ee".repeat(32);

test("[V3-10] [V3-11] a statement of many authors is split over frames of 64 KiB of entries", () => {
  const many = Array.from({ length: 5_000 }, (_, at): FrontierEntry => {
    return [author(1 + (at % 150)), [{ seq: at + 1, id: strangeId(at) }]];
  });
  const statement = frontierFrames({ isWhole: true, digest, entries: many });
  assert.ok(statement.length > 4);
  assert.ok(statement.every(({ length }) => length <= frontierFrameBytes + 34));
  const count = [...joined(statement).values()].reduce((sum, list) => sum + list.length, 0);
  assert.equal(count, 5_000);
});

test("[V3-11] so many heads of one author that no frame holds them are split, too", () => {
  const list = Array.from({ length: 40_000 }, (_, at) => ({ seq: at + 1, id: strangeId(at % 9) }));
  const statement = frontierFrames({ isWhole: true, digest, entries: [[author(1), list]] });
  assert.ok(statement.every(({ length }) => length <= frameBytesMax));
  assert.deepEqual(joined(statement).get(author(1)), list);
  for (const bytes of statement) {
    const frame = read(bytes);
    assert.ok(frame.type === "frontier");
    assert.ok(frame.entries.every(([, each]) => each.length <= 1_000));
  }
});

test("[V3-10] a statement of nothing is one frame", () => {
  const statement = frontierFrames({ isWhole: false, digest, entries: [] });
  assert.deepEqual(statement.map(read), [
    { type: "frontier", isWhole: false, hasMore: false, digest, entries: [] },
  ]);
});
