/** Steps 1 to 3: what is signed, in which order it is checked, and who may stay. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createNodeCrypto, tokenKeyPair } from "../adapters/node-crypto.ts";
import { fromHex, toHex } from "../base/bytes.ts";
import { author, testMesh } from "../log/testing/forge.ts";
import type { NodeId } from "../op/op.ts";
import { verifySignature } from "../op/signature.ts";
import { freshNonce, testSigner } from "../replica/testing/fake-crypto.ts";
import { ModelPeer } from "../replica/testing/model-peer.ts";
import type { ModelPeerOptions } from "../replica/testing/model-peer.ts";
import { TestNode } from "../replica/testing/test-node.ts";
import type { Transcript, TranscriptRole } from "./transcript.ts";
import { transcriptMessage } from "./transcript.ts";

interface AuthVector {
  readonly transcript: Transcript;
  readonly connector_sig: string;
  readonly listener_sig: string;
  readonly token: string;
  readonly token_key: NodeId;
  readonly token_sig: string;
}

const file = join(import.meta.dirname, "../../test/vectors/ops-1.json");
const { auth: vector } = JSON.parse(readFileSync(file, "utf8")) as { auth: AuthVector };

function verifies(role: TranscriptRole, transcript: Transcript, key: string, sig: string): boolean {
  const message = transcriptMessage(role, transcript);
  const bytes = fromHex(sig);
  assert.ok(bytes !== null);
  return verifySignature(createNodeCrypto(), { key: key as NodeId, message, sig: bytes });
}

test("[AUTH-3] [AUTH-4] [ID-8] the signatures of the vector verify, each in its role only", () => {
  const { transcript, connector_sig, listener_sig, token_sig, token_key } = vector;
  const rows = [
    ["connector", transcript.connector, connector_sig],
    ["listener", transcript.listener, listener_sig],
    ["token", token_key, token_sig],
  ] as const;
  for (const [role, key, sig] of rows) {
    for (const [other] of rows) {
      assert.equal(verifies(other, transcript, key, sig), other === role, `${role} as ${other}`);
    }
  }
  assert.equal(tokenKeyPair(vector.token).key, token_key);
  const resigned = tokenKeyPair(vector.token).sign(transcriptMessage("token", transcript));
  assert.equal(toHex(resigned), token_sig);
});

test("[AUTH-3] each value of the transcript is bound by the signature", () => {
  const { transcript, connector_sig } = vector;
  const other = "ff".repeat(32);
  const changes: readonly Partial<Transcript>[] = [
    { listener: other },
    { connector: other },
    { listenerNonce: other },
    { connectorNonce: other },
    { mesh: other },
    { mesh: null },
    { audience: "ws://hub.example:4747/crdt-sync/" },
    { versions: [1, 2] },
    { versions: [] },
    { version: 1 },
  ];
  for (const change of changes) {
    const changed = { ...transcript, ...change };
    assert.equal(verifies("connector", changed, transcript.connector, connector_sig), false);
  }
});

/** The code with which a node closes on this auth; null when it lets the peer in. */
function answerTo(
  options: ModelPeerOptions,
  node = new TestNode({ trust: { trustedKeys: [author(2)] } }),
): number | null {
  const peer = new ModelPeer(node, options);
  peer.sayHello();
  peer.readAll();
  if (peer.closedWith === null) assert.equal(peer.types[0], "welcome");
  return peer.closedWith;
}

test("[AUTH-9] the listener checks size, shape, own key, version, mesh, then the rest", () => {
  // Each step repairs the first fault of the one before; all later faults remain.
  const faults = { node: author(1), version: 9, mesh: "00".repeat(32), sig: "00".repeat(64) };
  const steps: readonly (readonly [twist: object, code: number])[] = [
    [{ ...faults, nonce: "no", audience: "x".repeat(5_000) }, 1009],
    [{ ...faults, nonce: "no" }, 4400],
    [{ ...faults }, 4410],
    [{ ...faults, node: author(2) }, 4426],
    [{ ...faults, node: author(2), version: 2 }, 4409],
    [{ sig: "00".repeat(64) }, 4401],
  ];
  for (const [twist, code] of steps) assert.equal(answerTo({ twist: { ...twist } }), code);
  assert.equal(answerTo({}), null);
});

test("[AUTH-9] [ID-2] a weak key, a wrong signature and an unknown key all get 4401", () => {
  assert.equal(answerTo({ twist: { node: `01${"0".repeat(62)}` } }), 4401);
  assert.equal(answerTo({ twist: { nonce: freshNonce() } }), 4401);
  assert.equal(answerTo({ number: 3 }), 4401);
});

test("[AUTH-26] the reason that goes with 4401 never says why", () => {
  const node = new TestNode({ trust: { trustedKeys: [author(2)] }, publicUrls: ["ws://model/x"] });
  answerTo({ twist: { node: `01${"0".repeat(62)}` } }, node);
  answerTo({ twist: { nonce: freshNonce() } }, node);
  answerTo({ number: 3 }, node);
  answerTo({}, node);
  assert.equal(node.closings.length, 4);
  for (const closing of node.closings) {
    assert.deepEqual([closing.code, closing.reason], [4401, "not authenticated"]);
  }
});

test("each malformed member of auth closes with 4400", () => {
  const twists: readonly object[] = [
    { nonce: "AB".repeat(32) },
    { node: 7 },
    { mesh: undefined },
    { mesh: "short" },
    { audience: null },
    { audience: "\ud800" },
    { version: "2" },
    { version: 1.5 },
    { sig: null },
    { token: "tow" },
    { token: { key: author(9) } },
  ];
  for (const twist of twists) {
    assert.equal(answerTo({ twist: { ...twist } }), 4400, JSON.stringify(twist));
  }
  assert.equal(answerTo({ twist: { token: null, extra: 1 } }), null);
});

test("[AUTH-23] a listener that knows its URLs lets no connector in that dialled another", () => {
  const node = new TestNode({ trust: { isOpen: true }, publicUrls: ["ws://a/crdt-sync"] });
  assert.equal(answerTo({ audience: "ws://a/crdt-sync" }, node), null);
  assert.equal(answerTo({ audience: "ws://b/crdt-sync" }, node), 4401);
});

test("[AUTH-21] a node is closed by default, and open only when started so", () => {
  assert.equal(answerTo({ number: 7 }, new TestNode()), 4401);
  assert.equal(answerTo({ number: 7 }, new TestNode({ trust: { isOpen: true } })), null);
});

test("[AUTH-2] each connection gets the nonce that came with it", () => {
  const node = new TestNode({ trust: { isOpen: true } });
  const first = new ModelPeer(node);
  const frame = node.take(first.conn);
  const second = new ModelPeer(node);
  const auth = first.authFor(JSON.parse(String(frame)) as Record<string, unknown>);
  second.sendJson(auth);
  assert.equal(second.closedWith, 4401, "an auth fits no other connection");
  first.sendJson(auth);
  assert.equal(first.closedWith, null);
});

/** What a connector does with this challenge: the frame that it answers, or its close code. */
function connectorOn(
  challenge: object,
  how: { readonly expected?: NodeId } = {},
): Record<string, unknown> | number | null {
  const node = new TestNode({ number: 2 });
  const conn = node.dial(how);
  const base = { type: "challenge", nonce: freshNonce(), node: author(1), mesh: testMesh };
  node.receive(conn, JSON.stringify({ ...base, versions: [1, 2, 3], ...challenge }));
  const frame = node.take(conn);
  return typeof frame === "string"
    ? (JSON.parse(frame) as Record<string, unknown>)
    : node.closedWith(conn);
}

test("[AUTH-7] the connector takes the highest version that both know, or closes with 4426", () => {
  const versionOn = (versions: readonly number[]): unknown => {
    const answer = connectorOn({ versions });
    return typeof answer === "object" ? answer?.["version"] : answer;
  };
  assert.equal(versionOn([1, 2, 3]), 3);
  assert.equal(versionOn([4, 1]), 1);
  assert.equal(versionOn([0, 2, 99]), 2);
  assert.equal(versionOn([4, 5]), 4426);
});

test("[AUTH-6] a challenge without versions stands for version 2, and [] is signed", () => {
  const nonce = freshNonce();
  const answer = connectorOn({ nonce, versions: undefined });
  assert.ok(typeof answer === "object" && answer !== null);
  assert.equal(answer["version"], 2);
  const transcript: Transcript = {
    listener: author(1),
    connector: author(2),
    listenerNonce: nonce,
    connectorNonce: String(answer["nonce"]),
    mesh: testMesh,
    audience: "ws://test/crdt-sync",
    versions: [],
    version: 2,
  };
  const sig = testSigner(2).sign(transcriptMessage("connector", transcript));
  assert.equal(answer["sig"], toHex(sig));
});

test("[AUTH-13] [AUTH-14] [AUTH-18] [AUTH-20] a connector leaves the wrong listener", () => {
  assert.equal(connectorOn({ mesh: "00".repeat(32) }), 4409);
  assert.equal(connectorOn({ mesh: null }), 4409);
  assert.equal(connectorOn({ node: author(2) }), 4410);
  assert.equal(connectorOn({}, { expected: author(3) }), 4401);
  assert.equal(connectorOn({ node: `01${"0".repeat(62)}` }), 4401);
  assert.equal(typeof connectorOn({}, { expected: author(1) }), "object");
});

test("[AUTH-16] [AUTH-17] a welcome of another mesh or with a wrong signature gets 4401", () => {
  const welcomed = (twist: object): number | null => {
    const node = new TestNode({ number: 2 });
    const conn = node.dial();
    const [nonce, listener] = [freshNonce(), testSigner(1)];
    const challenge = { nonce, node: listener.node, mesh: testMesh, versions: [2] };
    node.receive(conn, JSON.stringify({ type: "challenge", ...challenge }));
    const auth = JSON.parse(String(node.take(conn))) as Record<string, string>;
    const message = transcriptMessage("listener", {
      listener: listener.node,
      connector: author(2),
      listenerNonce: nonce,
      connectorNonce: String(auth["nonce"]),
      mesh: testMesh,
      audience: "ws://test/crdt-sync",
      versions: [2],
      version: 2,
    });
    const welcome = { type: "welcome", mesh: testMesh, sig: toHex(listener.sign(message)) };
    node.receive(conn, JSON.stringify({ ...welcome, ...twist }));
    return node.closedWith(conn);
  };
  assert.equal(welcomed({}), null);
  assert.equal(welcomed({ mesh: "00".repeat(32) }), 4401);
  assert.equal(welcomed({ sig: "00".repeat(64) }), 4401);
});

test("[AUTH-5] [AUTH-15] a connector without a mesh is let in and signs the listener's", () => {
  // `authFor` signs the listener's mesh, whatever mesh the member says.
  assert.equal(answerTo({ twist: { mesh: null } }), null);
});
