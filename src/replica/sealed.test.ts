/** A log whose oldest ops the disk has made into pages: what peers get of it, and what a start. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seal } from "../adapters/sealing.ts";
import { zstd } from "../adapters/zstd.ts";
import { present } from "../base/assert.ts";
import { drained } from "../base/testing/drained.ts";
import { fakeCrypto, testCodec, testMesh } from "../log/testing/forge.ts";
import { stateDigest } from "../pipeline/digest.ts";
import { opSetDigest } from "../pipeline/testing/op-set-digest.ts";
import { Replica } from "./replica.ts";
import type { StoredOp, StoredPage } from "./store.ts";
import { testSigner } from "./testing/fake-crypto.ts";
import { TestNode, TestTime } from "./testing/test-node.ts";
import { settle, Wire } from "./testing/wire.ts";

const rounds = 150;

/** A node that has written and received ops by turns, each with a signature of its own. */
function busyNode(time: TestTime): TestNode {
  const options = { time, trust: { isOpen: true } };
  const [first, second] = [1, 2].map((number) => new TestNode({ number, ...options }));
  const nodes = [present(first, "the first node"), present(second, "the second node")];
  const wire = new Wire(present(nodes[1], "a dialler"), present(nodes[0], "a listener"));
  for (let round = 0; round < rounds; round += 1) {
    for (const node of nodes) node.write([[["note", "item", `round ${String(round)}`]]]);
    settle(nodes, [wire]);
  }
  wire.cut();
  return present(nodes[0], "a node");
}

/** What the store does: a page in the place of the oldest ops, with fewer signatures. */
function sealOldest(node: TestNode): StoredPage {
  const sealed = drained(seal(testCodec, [node.ops.slice(0, 200)]));
  assert(sealed !== null);
  const { count, frame, bare } = sealed;
  assert.ok(count > 150 && bare.length > count / 2);
  for (const at of bare) {
    node.ops[at] = { bytes: present(node.ops[at], "a stored op").bytes, sig: null };
  }
  node.pages.set(0, frame);
  node.step({ kind: "sealed", sealed: { first: 0, count, bare } });
  return { first: 0, count, frame };
}

for (const versions of [[1], [1, 2], [1, 2, 3]]) {
  test(`a peer of version ${versions.length} gets all of a sealed log, and refuses nothing`, () => {
    const time = new TestTime();
    const node = busyNode(time);
    sealOldest(node);
    const peer = new TestNode({ number: 3, time, trust: { isOpen: true }, versions });
    const wire = new Wire(peer, node);
    settle([peer, node], [wire]);
    assert.deepEqual(peer.digest, node.digest);
    assert.equal(peer.replica.log.length, 2 * rounds);
    assert.deepEqual(peer.told("rejected"), []);
  });
}

test("a replica opens pages and rows as it opens rows", () => {
  const node = busyNode(new TestTime());
  const page = sealOldest(node);
  const open = (ops: readonly (StoredOp | StoredPage)[]): Replica =>
    new Replica(
      {
        ...{ mesh: testMesh, signer: testSigner(1), crypto: fakeCrypto, compression: zstd },
        trust: { trustedKeys: [], tokens: [], isOpen: true },
        publicUrls: [],
      },
      { ops, facts: new Map() },
    );
  const [rows, pages] = [open(node.ops), open([page, ...node.ops.slice(page.count)])];
  for (const { document, log, sha256 } of [rows, pages]) {
    const digest = {
      state: stateDigest(document, sha256),
      ops: opSetDigest(log.ids(), sha256),
    };
    assert.deepEqual(digest, node.digest);
  }
  for (let index = 0; index < node.ops.length; index += 1) {
    const [row, paged] = [rows.log.at(index), pages.log.at(index)];
    assert.deepEqual([paged.id, paged.isSigned], [row.id, row.isSigned]);
  }
  assert.throws(() => open([{ ...page, count: page.count - 1 }]), /a stored page decodes/u);
  assert.throws(() => open([...node.ops.slice(0, 1), page]), /a stored page decodes/u);
});
