/** Who is let in, and when: admission is durable before the welcome, tokens are used up once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { author } from "../log/testing/forge.ts";
import type { Signer } from "../op/crypto.ts";
import type { NodeId } from "../op/op.ts";
import type { TokenFact } from "./trust.ts";
import { pinFact, tokenFact, trustFact, Trust } from "./trust.ts";
import { testToken } from "./testing/fake-crypto.ts";
import { ModelPeer } from "./testing/model-peer.ts";
import { TestNode } from "./testing/test-node.ts";
import { settle, Wire } from "./testing/wire.ts";

function issue(node: TestNode, token: Signer, fact: Partial<TokenFact> = {}): void {
  const value = JSON.stringify({ expires: null, uses: 1, label: "", ...fact });
  const facts = [[tokenFact(token.node), value]] as const;
  node.step({ kind: "learn", request: node.nextRequest(), facts });
  node.commit();
}

function usesLeft(node: TestNode, token: Signer): number | null | undefined {
  return node.replica.trust.tokens().get(token.node)?.uses;
}

/** Says hello as node `number` with `token`, and reads what comes back. */
function knock(node: TestNode, number: number, token?: Signer): ModelPeer {
  const peer = new ModelPeer(node, { number, ...(token && { token }) });
  peer.sayHello();
  peer.readAll();
  return peer;
}

test("[AUTH-24] there is no welcome before the admission is durable", () => {
  const node = new TestNode();
  const token = testToken(1);
  issue(node, token);
  const peer = knock(node, 2, token);
  assert.deepEqual([peer.types, peer.closedWith], [[], null]);
  assert.equal(node.facts.has(trustFact(author(2))), false);
  node.commit();
  peer.readAll();
  assert.equal(peer.types[0], "welcome");
  assert.equal(node.facts.has(trustFact(author(2))), true);
});

test("[AUTH-24] a second connection of a key whose trust is not durable waits, too", () => {
  const node = new TestNode();
  const token = testToken(1);
  issue(node, token);
  const [first, second] = [knock(node, 2, token), knock(node, 2)];
  assert.deepEqual([first.types, second.types], [[], []]);
  node.commit();
  for (const peer of [first, second]) {
    peer.readAll();
    assert.equal(peer.types[0], "welcome");
  }
});

test("[AUTH-24] a second connection waits also when the first one is gone by then", () => {
  const node = new TestNode();
  const token = testToken(1);
  issue(node, token);
  const first = knock(node, 2, token);
  node.step({ kind: "closed", conn: first.conn });
  const second = knock(node, 2);
  assert.deepEqual(second.types, []);
  node.commit();
  second.readAll();
  assert.equal(second.types[0], "welcome");
});

test("[AUTH-25] of two keys that present a single-use token at once one is let in", () => {
  const node = new TestNode();
  const token = testToken(1);
  issue(node, token);
  const [first, second] = [knock(node, 2, token), knock(node, 3, token)];
  assert.deepEqual([first.closedWith, second.closedWith], [null, 4401]);
  node.commit();
  first.readAll();
  assert.equal(first.types[0], "welcome");
  assert.equal(knock(node, 3, token).closedWith, 4401);
});

test("[AUTH-25] an expired token admits nobody, from the millisecond on that it names", () => {
  const node = new TestNode();
  const token = testToken(1);
  issue(node, token, { expires: node.time.wall + 1_000, uses: 5 });
  node.time.wall += 999;
  assert.equal(knock(node, 2, token).closedWith, null);
  node.time.wall += 1;
  assert.equal(knock(node, 3, token).closedWith, 4401);
});

test("[AUTH-24] a token is not used up by a trusted key, nor by an auth that is wrong", () => {
  const node = new TestNode({ trust: { trustedKeys: [author(2)] }, publicUrls: ["ws://a/x"] });
  const token = testToken(1);
  issue(node, token);
  const audience = "ws://a/x";
  const wrong: readonly object[] = [
    { sig: "00".repeat(64) },
    { version: 9 },
    { mesh: "00".repeat(32) },
    { audience: "ws://b/x" },
    { token: { key: token.node, sig: "00".repeat(64) } },
  ];
  for (const twist of wrong) {
    const peer = new ModelPeer(node, { number: 3, token, audience, twist: { ...twist } });
    peer.sayHello();
    assert.notEqual(peer.closedWith, null);
  }
  new ModelPeer(node, { number: 2, token, audience }).sayHello();
  assert.equal(usesLeft(node, token), 1);
  new ModelPeer(node, { number: 3, token, audience }).sayHello();
  assert.equal(usesLeft(node, token), 0);
});

test("trust, tokens and pins survive a restart; what was not committed does not", () => {
  const node = new TestNode();
  const [kept, lost] = [testToken(1), testToken(2)];
  issue(node, kept, { uses: 2 });
  issue(node, lost);
  knock(node, 2, kept);
  node.commit();
  knock(node, 3, lost);
  node.restart();
  assert.equal(node.replica.trust.isTrusted(author(2)), true);
  assert.equal(node.replica.trust.trusted().get(author(2))?.token, kept.node);
  assert.equal(usesLeft(node, kept), 1);
  assert.equal(node.replica.trust.isTrusted(author(3)), false);
  assert.equal(usesLeft(node, lost), 1, "its use was not durable, so it can be used again");
  assert.equal(knock(node, 2).closedWith, null);
});

test("[AUTH-22] [AUTH-21] a token that came as bearer admits like one that was proved", () => {
  const node = new TestNode({ trust: { tokens: [testToken(1).node] } });
  const dialler = new TestNode({ number: 2, time: node.time });
  const far = node.accept(testToken(1).node);
  const near = dialler.dial();
  dialler.receive(near, String(node.take(far)));
  node.receive(far, String(dialler.take(near)));
  node.commit();
  assert.deepEqual([node.closedWith(far), node.replica.trust.isTrusted(author(2))], [null, true]);
});

test("[AUTH-21] a static token of the configuration may be used by any number of keys", () => {
  const token = testToken(1);
  const node = new TestNode({ trust: { tokens: [token.node] } });
  for (const number of [2, 3, 4]) assert.equal(knock(node, number, token).closedWith, null);
});

test("a token may be used as often as it says, null for without limit", () => {
  const node = new TestNode();
  const [twice, always] = [testToken(1), testToken(2)];
  issue(node, twice, { uses: 2 });
  issue(node, always, { uses: null });
  const codes = [2, 3, 4].map((number) => knock(node, number, twice).closedWith);
  assert.deepEqual(codes, [null, null, 4401]);
  for (const number of [5, 6, 7]) assert.equal(knock(node, number, always).closedWith, null);
});

test("[AUTH-18] [AUTH-19] the first listener that is proved at a URL is pinned, durably", () => {
  const [hub, leaf] = [new TestNode({ trust: { isOpen: true } }), new TestNode({ number: 2 })];
  const audience = "ws://hub/crdt-sync";
  settle([hub, leaf], [new Wire(leaf, hub, { audience })]);
  assert.equal(leaf.facts.get(pinFact(audience)), hub.id);
  leaf.restart();
  const impostor = new TestNode({ number: 3, trust: { isOpen: true } });
  const wire = new Wire(leaf, impostor, { audience });
  settle([impostor, leaf], [wire]);
  assert.equal(leaf.closedWith(wire.dialler.conn), 4401);
  assert.equal(leaf.facts.get(pinFact(audience)), hub.id);
});

test("[AUTH-19] a handshake that fails pins nothing", () => {
  const [hub, leaf] = [new TestNode(), new TestNode({ number: 2 })];
  const wire = new Wire(leaf, hub, { audience: "ws://hub/crdt-sync" });
  settle([hub, leaf], [wire]);
  assert.equal(hub.closedWith(wire.listener.conn), 4401);
  assert.deepEqual([...leaf.facts], []);
});

test("[AUTH-20] a node that dials itself closes with 4410", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const wire = new Wire(node, node);
  settle([node], [wire]);
  assert.equal(node.closedWith(wire.dialler.conn), 4410);
});

test("a fact that cannot be read admits nobody", () => {
  const token = testToken(1).node;
  const config = { trustedKeys: [], tokens: [], isOpen: false };
  for (const value of ["", "x", "[]", "{}", '{"expires":"soon","uses":1}', '{"uses":"1"}']) {
    const trust = new Trust(config, new Map([[tokenFact(token), value]]));
    const verdict = trust.admit({ node: author(2), tokens: [token], now: 1 });
    assert.deepEqual(verdict, { isAdmitted: false }, value);
  }
  const trust = new Trust(config, new Map([[trustFact("00".repeat(32) as NodeId), "{}"]]));
  assert.equal(trust.trusted().size, 0, "a weak key is trusted by nothing that is stored");
});
