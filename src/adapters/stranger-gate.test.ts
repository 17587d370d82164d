/** The waiting room under a driven clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StrangerGate } from "./stranger-gate.ts";
import { drivenClock } from "./testing/ws-peers.ts";

function testGate(strangersMax = 3) {
  const clock = drivenClock();
  const gate = new StrangerGate({ clock, strangersMax, deadlineMs: 10_000 });
  const log: string[] = [];
  const enter = (name: string): (() => void) =>
    gate.enter({
      expire: () => log.push(`expire ${name}`),
      evict: () => log.push(`evict ${name}`),
    });
  return { clock, gate, log, enter };
}

test("[A1] the deadline counts from entry, for each stranger on its own", () => {
  const { clock, log, enter } = testGate();
  enter("a");
  clock.advance(4_000);
  enter("b");
  clock.advance(5_999);
  assert.deepEqual(log, []);
  clock.advance(1);
  assert.deepEqual(log, ["expire a"]);
  clock.advance(4_000);
  assert.deepEqual(log, ["expire a", "expire b"]);
});

test("who has left neither expires nor is evicted", () => {
  const { clock, gate, log, enter } = testGate(1);
  enter("a")();
  enter("b")();
  assert.equal(gate.size, 0);
  assert.equal(clock.timers(), 0);
  clock.advance(20_000);
  assert.deepEqual(log, []);
});

test("[A1] the oldest makes room, and no more wait than allowed", () => {
  const { gate, log, enter } = testGate(2);
  for (const name of ["a", "b", "c", "d"]) enter(name);
  assert.deepEqual(log, ["evict a", "evict b"]);
  assert.equal(gate.size, 2);
});

test("an expired stranger counts until it leaves, and is not told twice", () => {
  const { clock, gate, log, enter } = testGate(2);
  const leave = enter("a");
  clock.advance(10_000);
  clock.advance(10_000);
  assert.deepEqual(log, ["expire a"]);
  assert.equal(gate.size, 1);
  leave();
  leave();
  assert.equal(gate.size, 0);
});

test("strangers that leave while others expire do no harm", () => {
  const clock = drivenClock();
  const gate = new StrangerGate({ clock, strangersMax: 9, deadlineMs: 10 });
  const log: string[] = [];
  const leaves: (() => void)[] = [];
  for (const name of ["a", "b", "c"]) {
    const expire = (): void => {
      log.push(name);
      for (const leave of leaves) leave();
    };
    leaves.push(gate.enter({ expire, evict: () => undefined }));
  }
  clock.advance(10);
  assert.deepEqual(log, ["a"]);
  assert.equal(clock.timers(), 0);
});

test("one timer serves any number of strangers", () => {
  const { clock, enter } = testGate(1_000);
  for (let count = 0; count < 1_000; count += 1) enter(String(count));
  assert.equal(clock.timers(), 1);
});
