/** Every phase of a session against every type of frame: what the table says is what happens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../base/assert.ts";
import { testMesh } from "../log/testing/forge.ts";
import { ModelPeer } from "../replica/testing/model-peer.ts";
import { TestNode } from "../replica/testing/test-node.ts";
import { freshNonce, testSigner, testToken } from "../replica/testing/fake-crypto.ts";
import { tokenFact } from "../replica/trust.ts";
import type { ConnId } from "../replica/events.ts";
import type { FrameType } from "./frames.ts";
import type { PagingFrame } from "./frames-3.ts";
import {
  askFrame,
  beatFrame,
  creditFrame,
  frontierFrames,
  helloFrame,
  locatorFrame,
  outlookFrame,
  pagingReadyFrame,
} from "./frames-3.ts";
import { phases, verdictOn } from "./transitions.ts";
import type { Phase, Verdict } from "./transitions.ts";

const signature = "ab".repeat(64);
const key = "cd".repeat(32);

/** One frame of each type, well formed. */
const samples: Readonly<Record<FrameType, string | Uint8Array>> = {
  challenge: text({ type: "challenge", nonce: key, node: key, mesh: testMesh, versions: [2] }),
  auth: text({
    ...{ type: "auth", nonce: key, node: key, mesh: testMesh, audience: "ws://x/crdt-sync" },
    ...{ version: 2, sig: signature },
  }),
  welcome: text({ type: "welcome", mesh: testMesh, sig: signature }),
  clock: text({ type: "clock", clock: {} }),
  bulk: text({ type: "bulk", ops: [] }),
  ready: text({ type: "ready" }),
  live: new TextEncoder().encode(text({ v: 1, op: {} })),
  unknown: text({ type: "presence" }),
};

type PagingType = PagingFrame["type"];

const digest = "ee".repeat(32);

/** The same for version 3. */
const pagingSamples: Readonly<Record<PagingType, Uint8Array>> = {
  hello: helloFrame({ digest, credit: 1_000 }),
  frontier: frontierFrames({ isWhole: false, digest, entries: [] })[0] as Uint8Array,
  page: Uint8Array.of(3),
  ready: pagingReadyFrame,
  credit: creditFrame(1),
  outlook: outlookFrame(1),
  locator: locatorFrame(testSigner(9).node, []),
  ask: askFrame,
  beat: beatFrame(new Uint8Array(0)),
  unknown: Uint8Array.of(200),
};

function text(json: object): string {
  return JSON.stringify(json);
}

interface Scene {
  readonly node: TestNode;
  readonly conn: ConnId;
}

/** A connection that has come to this phase, the way a peer would bring it there. */
const scenes: Readonly<Record<Phase, () => Scene>> = {
  challenging: () => {
    const node = openNode();
    return { node, conn: node.accept() };
  },
  admitting: () => {
    const node = openNode(false);
    const token = testToken(1);
    const value = JSON.stringify({ expires: null, uses: 1, label: "" });
    node.step({
      kind: "learn",
      request: node.nextRequest(),
      facts: [[tokenFact(token.node), value]],
    });
    const peer = new ModelPeer(node, { token });
    peer.sayHello();
    return peer;
  },
  dialling: () => {
    const node = openNode();
    return { node, conn: node.dial() };
  },
  answering: () => {
    const node = openNode();
    const conn = node.dial();
    const { node: listener } = testSigner(3);
    const challenge = { type: "challenge", nonce: freshNonce(), node: listener, mesh: testMesh };
    node.receive(conn, text({ ...challenge, versions: [1, 2] }));
    return { node, conn };
  },
  greeting: () => greeted(2),
  delta: () => {
    const peer = greeted(2);
    peer.sendJson({ type: "clock", clock: {} });
    return peer;
  },
  live: () => new ModelPeer(openNode()).goLive(),
  dump: () => greeted(1),
  hailing: () => greeted(3),
  matching: () => hailed(),
  streaming: () => {
    const peer = hailed();
    peer.send(pagingReadyFrame);
    return peer;
  },
};

function openNode(isOpen = true): TestNode {
  return new TestNode({ trust: { isOpen } });
}

function greeted(version: number): ModelPeer {
  const peer = new ModelPeer(openNode(), { version });
  peer.sayHello();
  peer.readAll();
  return peer;
}

function hailed(): ModelPeer {
  const peer = greeted(3);
  peer.send(pagingSamples.hello);
  return peer;
}

/** Where a frame that is taken leads; the samples of auth and welcome are forged, and end it. */
const takenTo: Readonly<Partial<Record<`${Phase} ${FrameType}`, Phase | number>>> = {
  "challenging auth": 4401,
  "dialling challenge": "answering",
  "answering welcome": 4401,
  "greeting clock": "delta",
  "greeting bulk": "dump",
  "delta ready": "live",
  "hailing bulk": "dump",
};

function check(phase: Phase, type: FrameType, verdict: Verdict): void {
  const { node, conn } = scenes[phase]();
  const session = node.replica.sessions().get(conn);
  assert.equal(session?.phase, phase);
  node.receive(conn, samples[type]);
  const outcome = node.closedWith(conn) ?? session.phase;
  const taken = takenTo[`${phase} ${type}`] ?? phase;
  assert.equal(outcome, verdict === "close" ? 4400 : verdict === "ignore" ? phase : taken);
}

/** The table once more, by hand: [taken, ignored]; what is in neither closes with 4400. */
const expected: Readonly<Partial<Record<Phase, readonly [taken: string, ignored: string]>>> = {
  challenging: ["auth", "unknown"],
  admitting: ["", "unknown"],
  dialling: ["challenge", "unknown"],
  answering: ["welcome", "unknown"],
  greeting: ["clock bulk", "unknown"],
  delta: ["clock bulk live ready", "unknown"],
  live: ["clock bulk live", "ready unknown"],
  dump: ["bulk live", "clock ready unknown"],
};

function expectedOf(phase: Phase, type: FrameType): Verdict {
  const [taken, ignored] = present(expected[phase], "a phase of versions 1 and 2");
  if (taken.split(" ").includes(type)) return "take";
  return ignored.split(" ").includes(type) ? "ignore" : "close";
}

const types = Object.keys(samples) as FrameType[];
for (const phase of Object.keys(expected) as Phase[]) {
  test(`[CON-7] [AUTH-12] [AUTH-27] each frame while ${phase}: taken, ignored or 4400`, () => {
    for (const type of types) {
      assert.equal(verdictOn(phase, type), expectedOf(phase, type), `${phase} ${type}`);
      check(phase, type, expectedOf(phase, type));
    }
  });
}

const pageFrames = "frontier credit locator ask beat";

/** What version 3 takes and ignores, by hand. A page that is none closes like a wrong frame. */
const expectedPaging: Readonly<Partial<Record<Phase, readonly [string, string]>>> = {
  hailing: ["hello", "unknown"],
  matching: [`${pageFrames} outlook ready`, "unknown"],
  streaming: [pageFrames, "ready outlook unknown"],
};

const pagingTo: Readonly<Record<string, Phase>> = {
  "hailing hello": "matching",
  "matching ready": "streaming",
};

for (const [phase, [taken, ignored]] of Object.entries(expectedPaging)) {
  test(`[V3-4] each frame of version 3 while ${phase}: taken, ignored or 4400`, () => {
    for (const type of Object.keys(pagingSamples) as PagingType[]) {
      const { node, conn } = scenes[phase as Phase]();
      node.receive(conn, pagingSamples[type]);
      const session = node.replica.sessions().get(conn);
      const outcome = node.closedWith(conn) ?? session?.phase;
      const to = taken.split(" ").includes(type) ? (pagingTo[`${phase} ${type}`] ?? phase) : 4400;
      assert.equal(outcome, ignored.split(" ").includes(type) ? phase : to, `${phase} ${type}`);
    }
  });
}

test("[V3-3] of the frames in JSON version 3 takes a bulk only, as the first one", () => {
  for (const phase of Object.keys(expectedPaging) as Phase[]) {
    for (const type of types) {
      const { node, conn } = scenes[phase]();
      node.receive(conn, samples[type]);
      const session = node.replica.sessions().get(conn);
      const outcome = node.closedWith(conn) ?? session?.phase;
      const isIgnored = type === "unknown" || type === "live";
      const isDump = phase === "hailing" && type === "bulk";
      assert.equal(outcome, isDump ? "dump" : isIgnored ? phase : 4400, `${phase} ${type}`);
    }
  }
});

test("[CON-5] [AUTH-11] a text frame of an unknown type is ignored in each phase", () => {
  for (const phase of phases) check(phase, "unknown", "ignore");
});

test("[CON-6] what is no frame closes with 4400 in each phase", () => {
  const noFrames = ["", "{", "[]", "null", '"x"', "{}", '{"type":1}', "\u{feff}{}"];
  for (const phase of phases) {
    for (const data of noFrames) {
      const { node, conn } = scenes[phase]();
      node.receive(conn, data);
      assert.equal(node.closedWith(conn), 4400, `${phase}: ${data}`);
    }
  }
});

test("[AUTH-8] before the welcome a frame of over 4 KiB closes with 1009, in each phase", () => {
  for (const phase of ["challenging", "admitting", "dialling", "answering"] as const) {
    const { node, conn } = scenes[phase]();
    const frame = text({ type: "presence", filler: "" });
    node.receive(conn, frame.replace('""', `"${"x".repeat(4_096 - frame.length)}"`));
    assert.equal(node.closedWith(conn), null, "4,096 bytes are ignored");
    node.receive(conn, frame.replace('""', `"${"x".repeat(4_097 - frame.length)}"`));
    assert.equal(node.closedWith(conn), 1009, phase);
  }
});

test("[AUTH-11] before the welcome the ninth frame closes with 4400", () => {
  for (const phase of ["challenging", "admitting", "dialling", "answering"] as const) {
    const { node, conn } = scenes[phase]();
    const before = phase === "answering" || phase === "admitting" ? 1 : 0;
    for (let count = before; count < 8; count += 1) node.receive(conn, samples.unknown);
    assert.equal(node.closedWith(conn), null);
    node.receive(conn, samples.unknown);
    assert.equal(node.closedWith(conn), 4400, phase);
  }
});

test("[CON-10] nothing that comes after a close has an effect", () => {
  for (const phase of phases) {
    const { node, conn } = scenes[phase]();
    node.receive(conn, "{");
    const before = node.notices.length;
    for (const type of types) node.receive(conn, samples[type]);
    node.step({ kind: "pong", conn });
    node.step({ kind: "written", conn, frames: 3 });
    assert.equal(node.closings.length, 1, phase);
    assert.equal(node.notices.length, before, phase);
  }
});
