/** What a peer states, in one frame or many, honest or made to cost as much as it can. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { peerHeadsMax } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Head } from "../log/frontier.ts";
import { Log } from "../log/log.ts";
import { author, fakeCrypto, strangeId } from "../log/testing/forge.ts";
import type { NodeId } from "../op/op.ts";
import type { FrontierEntry, FrontierFrame } from "./frames-3.ts";
import { PeerFrontier } from "./peer-frontier.ts";

const [a, b] = [author(1), author(2)];

function head(seq: number): Head {
  return { seq, id: strangeId(seq) };
}

function frame(
  entries: readonly FrontierEntry[],
  twist: Partial<FrontierFrame> = {},
): FrontierFrame {
  const digest = new Frontier(entries).digest(fakeCrypto);
  return { type: "frontier", isWhole: true, hasMore: false, digest, entries, ...twist };
}

function peer(): PeerFrontier {
  return new PeerFrontier(new Log(), fakeCrypto);
}

test("[V3-12] a partial statement replaces the heads of the authors that it names, and no others", () => {
  const frontier = peer();
  assert.equal(
    frontier.take(
      frame([
        [a, [head(1), head(2)]],
        [b, [head(3)]],
      ]),
    ),
    "consistent",
  );
  const { digest } = frame([
    [a, [head(4)]],
    [b, [head(3)]],
  ]);
  assert.equal(frontier.take(frame([[a, [head(4)]]], { isWhole: false, digest })), "consistent");
  assert.deepEqual([frontier.topSeq(a), frontier.topSeq(b)], [4, 3]);
});

test("[V3-11] heads of one author in several frames of a statement add up", () => {
  const frontier = peer();
  frontier.take(frame([[a, [head(9)]]]));
  const { digest } = frame([[a, [head(1), head(2), head(3)]]]);
  assert.equal(frontier.take(frame([[a, [head(1), head(2)]]], { hasMore: true })), "more");
  assert.equal(frontier.take(frame([[a, [head(3)]]], { digest })), "consistent");
  assert.deepEqual(frontier.heads.get(a), [head(1), head(2), head(3)]);
});

test("[V3-12] a whole statement replaces all, and an author without heads has nothing", () => {
  const frontier = peer();
  frontier.take(frame([[a, [head(1)]]]));
  assert.equal(frontier.take(frame([[b, [head(2)]]])), "consistent");
  assert.deepEqual([...frontier.heads.keys()], [b]);
  const { digest } = frame([]);
  assert.equal(frontier.take(frame([[b, []]], { isWhole: false, digest })), "consistent");
  assert.equal(frontier.heads.size, 0);
});

test("[V3-13] another digest than that of the heads is a mismatch", () => {
  assert.equal(peer().take(frame([[a, [head(1)]]], { digest: strangeId(0) })), "mismatch");
});

test("[V3-14] a statement that names one author again and again costs no square of it", () => {
  const frontier = peer();
  const entries = Array.from({ length: 15_000 }, (_, at): FrontierEntry => [a, [head(at % 50)]]);
  const start = process.cpuUsage();
  for (let frames = 0; frames < 6; frames += 1) {
    assert.equal(frontier.take(frame([], { entries, hasMore: true })), "more");
  }
  const { user } = process.cpuUsage(start);
  assert.ok(user < 1_000_000, `${user} us`);
  assert.equal(frontier.topSeq(a), 0, "half a statement is none");
  assert.equal(frontier.take(frame([], { entries, hasMore: true })), "too-much");
});

test("[V3-14] authors without heads do not add up for ever", () => {
  const frontier = peer();
  let verdict = "more";
  for (let from = 0; verdict === "more" && from <= peerHeadsMax; from += 10_000) {
    const entries = Array.from({ length: 10_001 }, (_, at): FrontierEntry => {
      return [strangeId(from + at) as string as NodeId, []];
    });
    verdict = frontier.take(frame([], { entries, hasMore: true }));
  }
  assert.equal(verdict, "too-much");
});
