/** A dialogue of version 3 with a peer that asks for more than it should. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { zstd } from "../adapters/zstd.ts";
import { repeatMs } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import { Spans } from "../log/spans.ts";
import { author, chain, fakeCrypto, signed, strangeId, testMesh } from "../log/testing/forge.ts";
import { Log } from "../log/log.ts";
import type { Op } from "../op/op.ts";
import { testSigner } from "../replica/testing/fake-crypto.ts";
import { Paging } from "./paging.ts";
import { Recent } from "./recent.ts";
import type { FrontierEntry, FrontierFrame } from "./frames-3.ts";
import { readPagingFrame, tags } from "./frames-3.ts";
import type { SessionEffects } from "./session-effects.ts";

interface Talk {
  readonly paging: Paging;
  readonly sent: Uint8Array[];
  readonly loads: (readonly number[])[];
  diverged: number;
}

/** A node with `ops` of one author, whose peer has nothing and gives no credit. */
function talk(ops: readonly Op[]): Talk {
  const log = new Log();
  const frontier = new Frontier();
  for (const each of ops.map(signed)) {
    frontier.advance(log.append({ ...each, source: 0 }).entry);
  }
  const [sent, loads]: [Uint8Array[], (readonly number[])[]] = [[], []];
  const effects: SessionEffects = {
    send: (frame) => void sent.push(frame as Uint8Array),
    ping: () => undefined,
    close: () => undefined,
    load: (indices) => void loads.push(indices),
    loadPage: () => undefined,
    stated: () => undefined,
    diverged: () => {
      made.diverged += 1;
    },
  };
  const disk = { durable: log.length, frontier, spans: new Spans(), recent: new Recent(0, []) };
  const shared = {
    ...{ log, disk, crypto: fakeCrypto, compression: zstd, signer: testSigner(9) },
    ...{ mesh: testMesh, versions: [3], publicUrls: [] },
  };
  const made: Talk = {
    paging: new Paging({ shared, source: 1, effects }),
    ...{ sent, loads, diverged: 0 },
  };
  made.paging.begin(0);
  const nothing = new Frontier().digest(fakeCrypto);
  made.paging.take({ type: "hello", digest: nothing, credit: 0 }, 0);
  return made;
}

function types(frames: readonly Uint8Array[]): readonly string[] {
  return frames.map((frame) => {
    const read = readPagingFrame(frame);
    return read.ok ? read.value.type : "malformed";
  });
}

/** What goes out until nothing is left, each time as the places that were read for it. */
function answers(
  paging: Paging,
  loads: (readonly number[])[],
  ops: readonly Op[],
): readonly (readonly number[])[] {
  const asked: (readonly number[])[] = [];
  for (let round = 0; round < 4; round += 1) {
    paging.advance(0);
    paging.outbound.pump(new Recent(0, []), ops.length, 0);
    for (const load of loads.splice(0)) {
      asked.push(load);
      const read = load.map((at) => signed(ops[at] as Op));
      paging.outbound.loaded(
        read.map(({ op, sig }) => ({ bytes: op.bytes, sig })),
        0,
      );
    }
  }
  return asked;
}

test("a statement of many frames is answered when it is complete", () => {
  const ops = [
    ...chain({ author: author(1), length: 2 }),
    ...chain({ author: author(2), length: 2 }),
  ];
  const { paging, loads } = talk(ops);
  const [, last1, , last2] = ops.map(({ author: by, seq, id }): FrontierEntry => {
    return [by, [{ seq, id }]];
  });
  const entries = [last1 as FrontierEntry, last2 as FrontierEntry];
  const whole: FrontierFrame = {
    ...{ type: "frontier", isWhole: true, hasMore: false, entries },
    digest: new Frontier(entries).digest(fakeCrypto),
  };
  paging.take({ ...whole, entries: [], digest: new Frontier().digest(fakeCrypto) }, 0);
  paging.take({ ...whole, hasMore: true, entries: entries.slice(0, 1) }, 0);
  paging.take({ type: "credit", bytes: 1_000_000 }, 0);
  assert.deepEqual(answers(paging, loads, ops), [[0, 1, 2, 3]]);
  paging.take({ ...whole, entries: entries.slice(1) }, 0);
  assert.deepEqual(answers(paging, loads, ops), []);
});

test("[V3-24] a flood of locators is answered once at a time", () => {
  const ops = chain({ author: author(1), length: 50 });
  const { paging } = talk(ops);
  const locator = { type: "locator", author: author(1), heads: [] } as const;
  for (let count = 0; count < 1_000; count += 1) paging.take(locator, 0);
  paging.advance(0);
  assert.ok(paging.outbound.queuedOps(50) <= 100);
});

test("[V3-24] a locator that came amid another answer is answered after it", () => {
  const ops = chain({ author: author(1), length: 3 });
  const { paging, loads } = talk(ops);
  const located = { seq: 1, id: (ops[0] as Op).id };
  paging.take({ type: "locator", author: author(1), heads: [located] }, 0);
  paging.take({ type: "credit", bytes: 1_000_000 }, 0);
  assert.deepEqual(answers(paging, loads, ops), [
    [0, 1, 2],
    [1, 2],
  ]);
});

test("[V3-13] a peer that contradicts itself all the time is asked once in a while", () => {
  const made = talk(chain({ author: author(1), length: 2 }));
  const lie: FrontierFrame = {
    ...{ type: "frontier", isWhole: false, hasMore: false },
    ...{ digest: strangeId(1), entries: [] },
  };
  for (let count = 0; count < 100; count += 1) made.paging.take(lie, repeatMs);
  const asks = made.sent.filter((frame) => frame[0] === tags.ask);
  assert.deepEqual([asks.length, made.diverged], [1, 1]);
  made.paging.take(lie, 2 * repeatMs);
  assert.equal(made.diverged, 2);
  assert.ok(types(made.sent).every((type) => type !== "malformed"));
});
