/** The words on a card, from what the node says of the item. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClaimDto } from "../../src/client/contract.ts";
import type { ShownItem } from "../../src/client/item.ts";
import { item } from "../../src/client/testing/fake-node.ts";
import { holderLine, initialsOf, marksOf, summaryOf } from "./card-text.ts";

const claim: ClaimDto = {
  item: "a",
  state: "confirmed",
  claim: "c",
  epoch: 3,
  holder: "n1",
  actor: "agent",
  since: 0,
  lastSignMs: 2_000,
  leaseLeftMs: 60_000,
};

function held(change: Partial<ClaimDto>): ShownItem {
  return { ...item("a"), claim: { ...claim, ...change }, toldAt: 100_000 };
}

const nameOf = (node: string): string => (node === "n1" ? "desk" : node);
const at = (ms: number, change: Partial<ClaimDto> = {}): unknown =>
  holderLine(held(change), 100_000 + ms, nameOf);

describe("the holder of an item", () => {
  test("is said with its node and when it was last heard of, which goes on by itself", () => {
    assert.deepEqual(at(0), { who: "agent · desk", sign: "live", words: "now" });
    assert.deepEqual(at(40_000), { who: "agent · desk", sign: "live", words: "42 s ago" });
    assert.deepEqual(at(90_000), {
      who: "agent · desk",
      sign: "silent",
      words: "silent for 1 min",
    });
  });

  test("is unsure before the claim is confirmed, and over when the lease is", () => {
    assert.deepEqual(at(0, { state: "tentative", actor: "desk" }), {
      who: "desk",
      sign: "unsure",
      words: "unconfirmed",
    });
    assert.deepEqual(at(0, { state: "expired", actor: null }), {
      who: "desk",
      sign: "expired",
      words: "lease is over",
    });
  });

  test("is nobody when the claim has ended or there never was one", () => {
    assert.equal(at(0, { state: "done" }), null);
    assert.equal(holderLine({ ...item("a"), toldAt: 0 }, 0, nameOf), null);
  });
});

test("marks say what stands in the way, the gravest first, and why", () => {
  const fields = {
    blocked: true,
    reason: "no key",
    frozen: true,
    depends_on: ["x", "y"],
    retries: 1,
    labels: ["ui"],
    priority: 1,
  };
  const one: ShownItem = {
    ...item("a", fields),
    waitsFor: ["x"],
    hasConflict: true,
    notes: 2,
    toldAt: 0,
  };
  assert.deepEqual(
    marksOf(one).map(({ words }) => words),
    [
      "Its stage is in conflict",
      "Blocked: no key",
      "Frozen",
      "Waits for 1 of 2 items",
      "1 retry",
      "2 notes",
    ],
  );
  assert.match(summaryOf(one, null), /^a; priority 1; Its stage .*; labels ui$/u);
  assert.deepEqual(marksOf({ ...item("b"), toldAt: 0 }), []);
  const wordy = { ...item("c", { priority: "high" }), toldAt: 0 };
  assert.equal(summaryOf(wordy, null), "c; priority high");
});

test("initials are of two words, or the beginning of one", () => {
  assert.deepEqual(["ann", "Ann Bell", "p01", "émile.zola", "-"].map(initialsOf), [
    "AN",
    "AB",
    "P0",
    "ÉZ",
    "-",
  ]);
});
