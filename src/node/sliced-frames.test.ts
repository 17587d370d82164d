/** Long pages on their way to the core: in slices, in order, and whatever ends the link. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { zstd } from "../adapters/zstd.ts";
import { sliceBytesMax, sliceOpsMax } from "../base/limits.ts";
import { Admission } from "../log/admission.ts";
import { Log } from "../log/log.ts";
import { author, chain, fakeCrypto, forge, run, testCodec } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import type { Intake } from "../replica/intake.ts";
import { sliced } from "../replica/intake.ts";
import { pageOf } from "../replica/testing/paging-peer.ts";
import type { Frame } from "./sliced-frames.ts";
import { SlicedFrames } from "./sliced-frames.ts";
import { FakeLink, turn } from "./testing/fake-runtime.ts";

const intake: Intake = {
  codec: testCodec,
  admission: new Admission(new Log(), fakeCrypto),
  compression: zstd,
};
const page = pageOf(run(chain({ author: author(5), length: 2 * sliceOpsMax })));
const short = pageOf(run(chain({ author: author(6), length: sliceOpsMax })));
/** To unfold the page, two slices, and the frame itself. */
const turns = 4;

class Inlet {
  readonly fed: Frame[] = [];
  /** Whether somebody else holds the link when a frame is fed. */
  isHeld = false;
  readonly link = new FakeLink();
  readonly frames = new SlicedFrames({
    link: this.link,
    begin: (frame) => sliced(intake, frame),
    feed: (frame) => {
      this.fed.push(frame);
      return this.isHeld;
    },
  });

  get ops(): readonly (number | null)[] {
    return this.fed.map(({ content }) => content?.ops.length ?? null);
  }
}

test("a long page is fed when its slices are done, and its link is not read until then", async () => {
  const inlet = new Inlet();
  inlet.frames.take(page, true);
  for (let at = 0; at < turns; at += 1) {
    assert.deepEqual([inlet.fed.length, inlet.link.isPaused], [0, true], `turn ${at}`);
    await turn();
  }
  assert.deepEqual([inlet.ops, inlet.link.isPaused], [[2 * sliceOpsMax], false]);
  assert.equal(inlet.fed[0]?.data, page);
});

test("a page of few ops that are long is taken apart in slices, however short its frame is", async () => {
  const body = JSON.stringify([["note", "item", "a".repeat(4_000)]]);
  const ops: Op[] = [];
  for (let n = 0; n < sliceOpsMax; n += 1) {
    ops.push(forge({ author: author(7), prev: ops.at(-1) ?? null, body }));
  }
  const dense = pageOf(run(ops));
  assert.ok(dense.length < sliceBytesMax / 8);
  const inlet = new Inlet();
  inlet.frames.take(dense, true);
  assert.deepEqual(inlet.ops, []);
  while (inlet.link.isPaused) await turn();
  assert.deepEqual(inlet.ops, [sliceOpsMax]);
});

test("short pages and text are fed at once, as they are", () => {
  const inlet = new Inlet();
  inlet.frames.take(short, true);
  inlet.frames.take(page, false);
  assert.deepEqual([inlet.ops, inlet.link.isPaused], [[null, null], false]);
});

test("a link that somebody else holds by then is left to them", async () => {
  const inlet = new Inlet();
  inlet.isHeld = true;
  inlet.frames.take(page, true);
  for (let at = 0; at < turns; at += 1) await turn();
  assert.deepEqual([inlet.ops, inlet.link.isPaused], [[2 * sliceOpsMax], true]);
});

test("what a link brought before it ended is fed all the same, once", async () => {
  const inlet = new Inlet();
  inlet.frames.take(page, true);
  await turn();
  inlet.frames.finish();
  assert.deepEqual(inlet.ops, [2 * sliceOpsMax]);
  for (let at = 0; at < turns; at += 1) await turn();
  inlet.frames.finish();
  assert.equal(inlet.fed.length, 1);
});

test("a malformed page is fed as it is, for the core to say what is wrong", async () => {
  const inlet = new Inlet();
  const spoiled = page.slice(0, -1);
  inlet.frames.take(spoiled, true);
  await turn();
  assert.deepEqual([inlet.ops, inlet.fed[0]?.data], [[null], spoiled]);
  assert.equal(inlet.link.isPaused, false);
});
