/** When the disk packs what has gathered on it: with rests, in haste, not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newMemoryDisk, openMemoryStore } from "../adapters/memory-store.ts";
import { meshFacts, realOps } from "../adapters/testing/page-contract.ts";
import { sealedFromOps, sealGapMs, sealInHasteOps } from "../base/limits.ts";
import type { Sealed } from "../replica/store.ts";
import { Sealer } from "./sealer.ts";
import { FakeClock, TestRuntime } from "./testing/fake-runtime.ts";

const stepsOfPage = 5;
const page: Sealed = { first: 0, count: 1_000, bare: [] };

/** A store that needs some steps for a page, and a node whose turns do what is due. */
class Packing {
  readonly clock = new FakeClock();
  looseOps: number;
  /** What each page comes to; null when there is no room for it. */
  result: Sealed | null = page;
  steps = 0;
  readonly pages: Sealed[] = [];
  readonly sealer: Sealer;

  constructor(looseOps: number) {
    this.looseOps = looseOps;
    this.sealer = new Sealer({ store: this, clock: this.clock, wake: () => this.turn() });
  }

  *seal(): Generator<undefined, Sealed | null> {
    for (let step = 1; step < stepsOfPage; step += 1) {
      this.steps += 1;
      yield;
    }
    this.steps += 1;
    if (this.result !== null) this.looseOps -= this.result.count;
    return this.result;
  }

  /** True when the node is to go on at once. */
  turn(): boolean {
    const sealed = this.sealer.isDue ? this.sealer.step() : null;
    if (sealed !== null) this.pages.push(sealed);
    return this.sealer.plan();
  }
}

test("each step towards a page is followed by a rest, and the last by nothing", () => {
  const node = new Packing(sealedFromOps);
  assert.equal(node.turn(), false);
  for (let step = 1; step < stepsOfPage; step += 1) {
    assert.deepEqual([node.steps, node.clock.timers], [step, 1]);
    node.clock.pass(sealGapMs - 1);
    assert.equal(node.turn(), false);
    assert.equal(node.steps, step, "a turn within the rest");
    node.clock.pass(1);
  }
  assert.deepEqual([node.steps, node.pages], [stepsOfPage, [page]]);
  node.clock.pass(sealGapMs);
  assert.deepEqual([node.turn(), node.clock.timers], [false, 0]);
});

test("below what makes a page nothing is begun, and no timer runs", () => {
  const node = new Packing(sealedFromOps - 1);
  assert.equal(node.turn(), false);
  node.sealer.committed();
  assert.equal(node.turn(), false);
  assert.deepEqual([node.steps, node.clock.timers], [0, 0]);
  node.looseOps = sealedFromOps;
  node.sealer.committed();
  node.turn();
  assert.equal(node.steps, 1);
});

test("what gathers faster than it is packed is packed turn by turn, until it is few", () => {
  const node = new Packing(sealInHasteOps + page.count);
  let turns = 1;
  for (; node.turn(); turns += 1) assert.equal(node.clock.timers, 0);
  assert.deepEqual([turns, node.pages.length], [2 * stepsOfPage, 2]);
});

test("a rest ends early when haste is needed", () => {
  const node = new Packing(sealedFromOps);
  node.turn();
  node.looseOps = sealInHasteOps;
  node.sealer.committed();
  assert.equal(node.turn(), true);
  assert.equal(node.steps, 2);
});

test("what did not come to a page is tried again after the next commit only", () => {
  const node = new Packing(sealInHasteOps);
  node.result = null;
  while (node.turn());
  node.clock.pass(10 * sealGapMs);
  assert.deepEqual([node.steps, node.turn(), node.clock.timers], [stepsOfPage, false, 0]);
  node.sealer.committed();
  while (node.turn());
  assert.equal(node.steps, 2 * stepsOfPage);
});

test("who stops in haste makes one page first, and who is in none makes no step", () => {
  const node = new Packing(sealInHasteOps + 2 * page.count);
  node.sealer.catchUp();
  assert.deepEqual([node.steps, node.looseOps], [stepsOfPage, sealInHasteOps + page.count]);
  const calm = new Packing(sealInHasteOps - 1);
  calm.sealer.catchUp();
  assert.equal(calm.steps, 0);
});

test("after a stop nothing goes on", () => {
  const node = new Packing(sealedFromOps);
  node.turn();
  node.sealer.stop();
  assert.equal(node.clock.timers, 0);
  assert.deepEqual([node.turn(), node.steps], [false, 1]);
  node.sealer.committed();
  node.clock.pass(sealGapMs);
  node.turn();
  assert.equal(node.steps, 2, "a new page is begun");
});

test("a node that is opened for one op at a time packs its disk all the same", async () => {
  const disk = newMemoryDisk();
  openMemoryStore(disk).commit({ ops: realOps({ count: 500 }), facts: meshFacts });
  for (let opened = 0; opened < 3; opened += 1) {
    const node = new TestRuntime({ disk });
    const written = node.note();
    node.runtime.close();
    await written;
    assert.equal(disk.pages.size, 1, `closed ${opened + 1} times`);
  }
});
