/** Signs of life: read strictly, kept one for each node, forgotten by the receiver's clock. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto, signerFromSeed } from "../adapters/node-crypto.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { beatBurst, beatBytesMax, beatMs, presenceMs, presenceNodesMax } from "../base/limits.ts";
import { fakeCrypto, hexBytes, testMesh } from "../log/testing/forge.ts";
import type { MeshId, NodeId, OpId } from "../op/op.ts";
import { testSigner } from "../replica/testing/fake-crypto.ts";
import type { Beat, Work } from "./beat.ts";
import { encodeBeat, pagesOf, readBeat } from "./beat.ts";
import { Presence } from "./presence.ts";

const base = { mesh: testMesh, crypto: fakeCrypto };
const claimOf = (number: number): OpId => number.toString(16).padStart(64, "0") as OpId;
const works = (count: number): readonly Work[] =>
  Array.from({ length: count }, (_, at) => ({ item: `item-${at}`, claim: claimOf(at + 1) }));

function beatOf(number: number, fields: Partial<Beat> = {}): Beat {
  const node = testSigner(number).node;
  return { node, incarnation: 7, count: 1, name: "builder", working: works(2), ...fields };
}

function bytesOf(number: number, fields: Partial<Beat> = {}): Uint8Array {
  return encodeBeat(beatOf(number, fields), testMesh, testSigner(number));
}

function presence(number = 1, isKnown = (_: NodeId): boolean => true): Presence {
  const signer = testSigner(number);
  return new Presence({ ...base, signer, incarnation: 100, name: "me", isKnown });
}

describe("a beat in bytes", () => {
  test("[PRS-1] what is written is read, and written so in docs/PROTOCOL.md", () => {
    const bytes = bytesOf(1);
    const read = readBeat(bytes, base);
    assert.ok(read.ok && read.value.isAuthentic());
    assert.deepEqual(read.value.beat, beatOf(1));
    const node = testSigner(1).node;
    const name = "076275696c646572";
    const first = `066974656d2d30${claimOf(1)}`;
    const second = `066974656d2d31${claimOf(2)}`;
    assert.equal(toHex(bytes.subarray(0, -64)), `01${node}0701${name}02${first}${second}`);
  });

  test("[PRS-1] any cut, any byte more and any other order is refused", () => {
    const bytes = bytesOf(1);
    for (let length = 0; length < bytes.length; length += 1) {
      const read = readBeat(bytes.subarray(0, length), base);
      assert.ok(!read.ok || !read.value.isAuthentic(), `${length} bytes`);
    }
    const reverse = bytesOf(1, { working: works(2).toReversed() });
    const twice = bytesOf(1, { working: [...works(1), ...works(1)] });
    const noItem = bytesOf(1, { working: [{ item: "a b", claim: claimOf(1) }] });
    const zero = bytesOf(1, { count: 0 });
    const long = bytesOf(1, { working: works(200) });
    const more = encodeBeat(beatOf(1), testMesh, {
      ...testSigner(1),
      sign: () => new Uint8Array(65),
    });
    for (const bad of [reverse, twice, noItem, zero, long, more]) {
      assert.deepEqual(readBeat(bad, base), { ok: false, error: "beat/malformed" });
    }
  });

  test("[PRS-1] no bytes make the reader throw", () => {
    const honest = bytesOf(1);
    const mutated = fc
      .tuple(fc.nat({ max: honest.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, value]) => honest.with(at, value));
    const any = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated);
    const registry = presence(2);
    const property = fc.property(any, (bytes) => {
      const { verdict } = registry.receive(bytes, 0);
      const isHonest = toHex(bytes) === toHex(honest);
      assert.ok(isHonest || verdict === "invalid" || verdict === "ignored" || verdict === "stale");
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("[PRS-2] the signature is over domain, mesh and beat, with real keys as well", () => {
    const crypto = createNodeCrypto();
    const signer = signerFromSeed(new Uint8Array(32).fill(7));
    const mesh = "ab".repeat(32) as MeshId;
    const beat: Beat = { ...beatOf(1), node: signer.node };
    const bytes = encodeBeat(beat, mesh, signer);
    const message = Buffer.concat([
      utf8("towline/presence/1\0"),
      hexBytes(mesh),
      bytes.subarray(0, -64),
    ]);
    assert.deepEqual(bytes.subarray(-64), new Uint8Array(signer.sign(message)));
    const read = readBeat(bytes, { mesh, crypto });
    assert.ok(read.ok && read.value.isAuthentic());
    const elsewhere = readBeat(bytes, { mesh: testMesh, crypto });
    assert.ok(elsewhere.ok && !elsewhere.value.isAuthentic());
  });

  test("[PRS-1] what does not fit into one beat goes into several", () => {
    const long = Array.from({ length: 300 }, (_, at) => ({
      item: String(at).padStart(128, "i"),
      claim: claimOf(at),
    }));
    const name = "n".repeat(128);
    const pages = pagesOf(long, name);
    assert.ok(pages.length > 10);
    assert.deepEqual(pages.flat(), long);
    for (const working of pages) {
      const huge = { incarnation: Number.MAX_SAFE_INTEGER, count: Number.MAX_SAFE_INTEGER };
      const bytes = bytesOf(1, { ...huge, name, working });
      assert.ok(bytes.length <= beatBytesMax && readBeat(bytes, base).ok);
    }
    assert.deepEqual(pagesOf([], name), [[]]);
  });
});

describe("who is there", () => {
  test("[PRS-3] only a greater incarnation, or count in it, is news", () => {
    const me = presence();
    const told = (fields: Partial<Beat>): string => me.receive(bytesOf(2, fields), 0).verdict;
    assert.equal(told({ count: 5 }), "news");
    assert.equal(told({ count: 5 }), "stale");
    assert.equal(told({ count: 4 }), "stale");
    assert.equal(told({ count: 6 }), "news");
    assert.equal(told({ incarnation: 6, count: 99 }), "stale");
    assert.equal(told({ incarnation: 8, count: 1 }), "news");
  });

  test("[PRS-2] a forged beat is counted and changes nothing", () => {
    const me = presence();
    const forged = encodeBeat(beatOf(2, { count: 9 }), testMesh, testSigner(3));
    assert.deepEqual(me.receive(forged, 0), { verdict: "invalid", code: "beat/signature" });
    assert.equal(me.receive(bytesOf(2), 0).verdict, "news");
    assert.equal(me.invalid, 1);
  });

  test("[PRS-4] a node is forgotten when it was silent for long by this clock", () => {
    const me = presence();
    me.receive(bytesOf(2), 1_000);
    me.receive(bytesOf(3), 2_000);
    const names = (now: number): readonly NodeId[] => me.nodes(now).map(({ node }) => node);
    assert.deepEqual(names(1_000 + presenceMs - 1), [testSigner(2).node, testSigner(3).node]);
    assert.deepEqual(names(1_000 + presenceMs), [testSigner(3).node]);
    assert.equal(me.heardAt(claimOf(1), testSigner(3).node), 2_000);
    assert.equal(me.heardAt(claimOf(1), testSigner(2).node), null, "of the holder, not of others");
    assert.equal(me.heardAt(claimOf(9), testSigner(3).node), null);
  });

  test("[PRS-4] [PRS-5] of one node that beats without end a few are passed on, one is kept", () => {
    const me = presence();
    let news = 0;
    for (let count = 1; count <= 1_000; count += 1) {
      if (me.receive(bytesOf(2, { count }), 10).verdict === "news") news += 1;
    }
    assert.equal(news, beatBurst);
    assert.equal(me.nodes(10).length, 1);
    assert.equal(me.receive(bytesOf(2, { count: 2_000 }), 1_010).verdict, "news");
  });

  test("[PRS-4] the number of nodes is bounded, and the most silent one goes", () => {
    const me = presence();
    const crypto = { ...fakeCrypto, verify: () => true };
    const open = new Presence({
      ...{ mesh: testMesh, crypto, signer: testSigner(1), incarnation: 1, name: "" },
      isKnown: () => true,
    });
    const signer = testSigner(2);
    for (let at = 0; at <= presenceNodesMax; at += 1) {
      const node = `${at.toString(16).padStart(8, "0")}${"7".repeat(56)}` as NodeId;
      open.receive(encodeBeat({ ...beatOf(2), node }, testMesh, signer), at);
    }
    const nodes = open.nodes(presenceNodesMax);
    assert.equal(nodes.length, presenceNodesMax);
    assert.ok(!nodes.some(({ node }) => node.startsWith("00000000")));
    assert.equal(me.nodes(0).length, 0);
  });

  test("[PRS-6] a beat with this node's key from after its start is somebody else's", () => {
    const me = presence(1);
    assert.equal(me.receive(bytesOf(1, { incarnation: 100, count: 50 }), 0).verdict, "stale");
    assert.equal(me.hasTwin, false);
    assert.equal(me.receive(bytesOf(1, { incarnation: 101 }), 0).verdict, "twin");
    assert.equal(me.hasTwin, true);
  });

  test("[PRS-8] beats of nodes that are not known here are not kept", () => {
    const known = testSigner(2).node;
    const me = presence(1, (node) => node === known);
    assert.equal(me.receive(bytesOf(3), 0).verdict, "ignored");
    assert.equal(me.receive(bytesOf(2), 0).verdict, "news");
  });
});

describe("the own beats", () => {
  test("[PRS-7] they come at once when something changes, else at their pace", () => {
    const me = presence(1);
    const other = presence(2);
    assert.equal(me.beats(0).length, 1);
    assert.equal(me.beats(beatMs - 1).length, 0);
    assert.equal(me.deadline(), beatMs);
    me.work(works(1), 1_000, 5_000);
    const [beat] = me.beats(5_000);
    assert.ok(beat !== undefined);
    const told = other.receive(beat, 0);
    assert.ok(told.verdict === "news");
    assert.deepEqual(told.beat.working, works(1));
    assert.deepEqual([told.beat.incarnation, told.beat.count, told.beat.name], [100, 2, "me"]);
    assert.equal(me.deadline(), 6_000);
    me.work(works(1), 500, 5_400);
    assert.equal(me.deadline(), 5_900, "a shorter lease shortens the pace");
    me.work([], beatMs, 5_500);
    assert.equal(me.beats(5_500).length, 1);
  });

  test("[PRS-7] who comes is told the latest of all that are there", () => {
    const me = presence(1);
    const other = presence(3);
    me.beats(0);
    me.receive(bytesOf(2), 0);
    const verdicts = me.current(10).map((bytes) => other.receive(bytes, 10).verdict);
    assert.deepEqual(verdicts, ["news", "news"]);
  });
});
