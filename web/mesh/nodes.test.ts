/** What the page of the mesh says about each node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerDto, PresentDto } from "../../src/client/contract.ts";
import { durableWords, lagWords, nodesOf, shortened } from "./nodes.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);

function peer(part: Partial<PeerDto>): PeerDto {
  return {
    node: a,
    name: "hub",
    url: "ws://hub:4747/crdt-sync",
    direction: "out",
    state: "live",
    version: 3,
    trusted: true,
    inSync: true,
    lag: { missingThere: 0, missingHere: 0, isExact: true },
    behindMs: null,
    lastStatementMs: 1_000,
    progress: null,
    sending: null,
    queued: 0,
    queuedBytes: 0,
    receivedBytes: 10,
    sentBytes: 20,
    failures: 0,
    lastError: null,
    retryInMs: null,
    ...part,
  };
}

function present(part: Partial<PresentDto>): PresentDto {
  return { node: b, name: "laptop", lastSignMs: 2_000, worksOn: [], ...part };
}

test("a peer is in sync, behind, silent or away, in words and in tone", () => {
  const say = (part: Partial<PeerDto>): readonly string[] => {
    const [node] = nodesOf({ peers: [peer(part)], present: [] });
    return [node?.tone ?? "", node?.words ?? ""];
  };
  const lag = { missingThere: 1_200, missingHere: 1, isExact: false };
  assert.deepEqual(say({}), ["same", "in sync"]);
  assert.deepEqual(say({ inSync: false, lag }), [
    "differs",
    "lacks at least 1,200 ops and has at least 1 op that are not here",
  ]);
  assert.deepEqual(say({ inSync: false, lag: null, behindMs: 65_000 }), [
    "differs",
    "differs, for 1 min",
  ]);
  assert.deepEqual(say({ inSync: null, lag: null }), ["unknown", "has not said what it has"]);
  assert.deepEqual(say({ inSync: null, lag: null, version: 2 }), [
    "unknown",
    "speaks version 2, which cannot tell what it has",
  ]);
  assert.deepEqual(say({ state: "waiting", inSync: null, lag }), [
    "away",
    "not reached; will be dialled again; by its last word it lacks at least 1,200 ops and has at least 1 op that are not here",
  ]);
  assert.deepEqual(say({ state: "something newer", lag: null }), ["away", "something newer"]);
});

test("a node that dialled in and is dialled stands there once, by the line that works", () => {
  const nodes = nodesOf({
    peers: [peer({ state: "waiting", inSync: null }), peer({ direction: "in", url: "10.0.0.9" })],
    present: [present({ node: a, name: "hub" })],
  });
  assert.equal(nodes.length, 1);
  assert.equal(nodes[0]?.tone, "same");
  assert.equal(nodes[0].present?.lastSignMs, 2_000);
});

test("a node that only gave signs of life stands there as well, in an order that stays", () => {
  const nodes = nodesOf({ peers: [peer({})], present: [present({})] });
  assert.deepEqual(
    nodes.map(({ name, words }) => [name, words]),
    [
      ["hub", "in sync"],
      ["laptop", "heard of through others"],
    ],
  );
});

test("a peer without a name goes by its host, else by its id", () => {
  const name = (part: Partial<PeerDto>): string | undefined =>
    nodesOf({ peers: [peer({ name: null, ...part })], present: [] })[0]?.name;
  assert.equal(name({}), "hub:4747");
  assert.equal(name({ direction: "in", url: "10.0.0.9" }), "aaaaaaaa");
  assert.equal(name({ direction: "in", url: null, node: null }), "a peer");
});

test("a peer that lacks nothing has no words for it", () => {
  assert.equal(lagWords(peer({})), "");
  assert.equal(lagWords(peer({ lag: null })), "");
});

test("what a peer has on disk is told of what is durable here", () => {
  assert.equal(durableWords(peer({}), 1_200), "all 1,200 ops");
  const lag = { missingThere: 12, missingHere: 0, isExact: true };
  assert.equal(durableWords(peer({ lag }), 1_200), "1,188 of 1,200 ops");
  assert.equal(durableWords(peer({ lag: null }), 1_200), "not known");
});

test("a long name is cut between characters as a reader counts them", () => {
  assert.equal(shortened("laptop", 6), "laptop");
  assert.equal(shortened("laptops", 6), "lapto…");
  assert.equal(shortened("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2), "👩‍👩‍👧…");
});
