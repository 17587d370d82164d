/** Version 3, nodes that talk and do not come together: found out, told, and repaired. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareMs } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import { author, chain, fakeCrypto, run } from "../log/testing/forge.ts";
import { frontierOf, load, PagingPeer } from "../replica/testing/paging-peer.ts";
import { TestNode } from "../replica/testing/test-node.ts";
import { frontierFrames } from "./frames-3.ts";

function openNode(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

/** A node and a peer that says that it has all of what the node has but author 5. */
function withheld(): { readonly node: TestNode; readonly peer: PagingPeer } {
  const node = openNode();
  load(node, run(chain({ author: author(5), length: 3 })));
  const peer = new PagingPeer(node).stream({ credit: 100_000_000 });
  peer.readAll();
  return { node, peer };
}

/** The peer says that it has made durable what the node sent, but for author 5. */
function acknowledge({ node, peer }: { node: TestNode; peer: PagingPeer }): void {
  const heads = [...node.replica.frontier].filter(([of]) => of !== author(5));
  const frontier = new Frontier(heads);
  const digest = frontier.digest(fakeCrypto);
  for (const frame of frontierFrames({ isWhole: false, digest, entries: frontier })) {
    peer.send(frame);
  }
}

test("[V3-33] an author whose heads differ for two looks is told, stated and asked for", () => {
  const { node, peer } = withheld();
  node.pass(2 * compareMs - 1);
  assert.equal(node.replica.divergences, 0);
  node.pass(1);
  peer.readAll();
  assert.equal(node.replica.divergences, 1);
  assert.deepEqual(peer.types.slice(-2), ["frontier", "ask"]);
  assert.equal(peer.stated.isWhole, true);
  // The peer answers, is sent what it lacks, and says so.
  peer.state(new Frontier());
  peer.readAll();
  assert.equal(peer.repeats.length, 3);
  peer.state(new Frontier(node.replica.frontier));
  node.pass(10 * compareMs);
  assert.equal(node.replica.divergences, 1);
});

test("[V3-33] constant news of other authors hide nothing", () => {
  const { node, peer } = withheld();
  for (let second = 0; second < 25; second += 1) {
    node.write([[["note", "item", String(second)]]]);
    node.commit();
    peer.readAll();
    acknowledge({ node, peer });
    node.pass(1_000);
  }
  assert.equal(node.replica.divergences, 1);
  peer.readAll();
  assert.ok(peer.types.includes("ask"));
});

test("[V3-33] it is looked at ever more rarely while nothing changes", () => {
  const { node, peer } = withheld();
  const seen: number[] = [];
  for (let second = 1; second <= 800; second += 1) {
    node.pass(1_000);
    node.step({ kind: "pong", conn: peer.conn });
    peer.readAll();
    if (node.replica.divergences > seen.length) seen.push(second);
  }
  assert.deepEqual(seen, [20, 40, 80, 160, 320, 640]);
});

test("[V3-33] two that came together are not compared for ever", () => {
  const node = openNode();
  const ops = chain({ author: author(5), length: 3 });
  load(node, run(ops));
  const peer = new PagingPeer(node).stream({ frontier: frontierOf(ops.slice(-1)) });
  node.pass(compareMs);
  node.step({ kind: "pong", conn: peer.conn });
  assert.ok(node.replica.deadline() > node.time.mono + compareMs, "no look is due");
  assert.equal(node.replica.divergences, 0);
});
