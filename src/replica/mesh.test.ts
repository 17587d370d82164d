/** Several replicas on wires: forwarding, echoes, forks, version 1, repeated clocks, restarts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { author, chain, forge, run, signed } from "../log/testing/forge.ts";
import type { Op } from "../op/op.ts";
import { bulkOf, liveOf, ModelPeer } from "./testing/model-peer.ts";
import { readSent } from "./testing/sent-ops.ts";
import { TestNode, TestTime } from "./testing/test-node.ts";
import type { TestNodeOptions } from "./testing/test-node.ts";
import { sessionOf, settle, Wire } from "./testing/wire.ts";

function note(text = "n"): readonly unknown[] {
  return ["note", "item", text];
}

/** Nodes 1, 2, …, open, with one clock. */
function nodesOf(count: number, options: TestNodeOptions = {}): TestNode[] {
  const time = new TestTime();
  return Array.from({ length: count }, (_, at) => {
    return new TestNode({ number: at + 1, time, trust: { isOpen: true }, ...options });
  });
}

function open(): TestNode {
  return new TestNode({ trust: { isOpen: true } });
}

function assertSame(nodes: readonly TestNode[], ops: number): void {
  for (const node of nodes) {
    assert.deepEqual(node.digest, nodes[0]?.digest);
    assert.equal(node.replica.log.length, ops);
  }
}

/** How many ops each node was sent, repeats included. */
function opsSent(wires: readonly Wire[], from: readonly TestNode[]): () => number {
  const counter = { ops: 0 };
  for (const node of from) {
    for (const wire of wires) {
      for (const end of [wire.dialler, wire.listener]) {
        if (end.node === node) countOps(node, end.conn, counter);
      }
    }
  }
  return () => counter.ops;
}

function countOps(node: TestNode, conn: Wire["dialler"]["conn"], counter: { ops: number }): void {
  const frames: (string | Uint8Array)[] = node.outbox.get(conn) ?? [];
  node.outbox.set(conn, frames);
  const push = frames.push.bind(frames);
  frames.push = (...added) => {
    for (const frame of added) {
      counter.ops += readSent(frame).ops.length;
    }
    return push(...added);
  };
}

/** The same in every version that keeps two nodes in step. */
for (const versions of [
  [1, 2],
  [1, 2, 3],
]) {
  const suffix = `in version ${versions.length}`;

  test(`[PEER-1] A and C, which know only B, get each other's ops, ${suffix}`, () => {
    const [a, b, c] = nodesOf(3, { versions }) as [TestNode, TestNode, TestNode];
    a.write([[note("before")]]);
    const wires = [new Wire(a, b), new Wire(c, b)];
    settle([a, b, c], wires);
    for (const node of [a, b, c]) node.write([[note("live")], [note("live 2")]]);
    settle([a, b, c], wires);
    assertSame([a, b, c], 7);
  });

  test(`[PEER-2] in a ring each op crosses each wire at most once each way, ${suffix}`, () => {
    const nodes = nodesOf(4, { versions });
    const wires = nodes.map((node, at) => new Wire(node, nodes[(at + 1) % 4] as TestNode));
    settle(nodes, wires);
    const sent = opsSent(wires, nodes);
    for (const node of nodes) node.write([[note()]]);
    settle(nodes, wires);
    assertSame(nodes, 4);
    assert.ok(sent() <= 4 * 8, `${sent()} ops were sent`);
    assert.ok(sent() >= 4 * 3);
  });

  test(`[LOG-16] [LOG-17] nodes that hold different branches converge on both, ${suffix}`, () => {
    const [a, b, c] = nodesOf(3, { versions }) as [TestNode, TestNode, TestNode];
    const branches = ["a", "b"].map((text) =>
      run(chain({ author: author(9), length: 2, note: text })),
    );
    for (const [at, node] of [a, c].entries()) {
      const feeder = new ModelPeer(node, { number: 8 }).goLive();
      feeder.send(bulkOf(branches[at] ?? []));
      node.commit();
    }
    settle([a, b, c], [new Wire(a, b), new Wire(c, b)]);
    assertSame([a, b, c], 4);
    for (const node of [a, b, c]) assert.equal(node.replica.log.forks().length, 1);
  });
}

test("[PEER-2] an op does not go back to where it came from, nor to who has it", () => {
  const node = open();
  const [one, two] = [new ModelPeer(node).goLive(), new ModelPeer(node, { number: 3 }).goLive()];
  const op = forge({ author: author(5) });
  one.send(liveOf(signed(op)));
  two.send(liveOf(signed(op)));
  node.commit();
  one.readAll();
  two.readAll();
  assert.deepEqual([one.ids, two.ids], [[], []]);
});

test("[SYN-11] [SYN-12] [LOG-16] a fork goes out whole to all, once, but not to its source", () => {
  const node = open();
  const [left, right, third] = [2, 3, 4].map((number) =>
    new ModelPeer(node, { number }).goLive(),
  ) as [ModelPeer, ModelPeer, ModelPeer];
  const [a, b] = ["a", "b"].map((text) => chain({ author: author(5), length: 3, note: text })) as [
    Op[],
    Op[],
  ];
  left.send(bulkOf(run(a)));
  node.commit();
  right.send(bulkOf(run(b)));
  node.commit();
  for (const peer of [left, right, third]) peer.readAll();
  const all = [...a, ...b].map((op) => op.id);
  // What it got before comes again, since its clock could not say which branch it has.
  assert.deepEqual([...third.ids].sort(), [...all].sort());
  assert.deepEqual(third.repeats.length, 3);
  assert.deepEqual(
    left.ids,
    b.map((op) => op.id),
  );
  assert.deepEqual(left.repeats, []);
  assert.deepEqual(
    [...new Set(right.ids)],
    a.map((op) => op.id),
  );
  assert.equal(node.told("fork").length, 1);
  // More of either branch is streamed as any other op.
  const more = forge({ author: author(5), prev: b[2] as Op });
  right.send(liveOf(signed(more)));
  node.commit();
  for (const peer of [left, third]) {
    const before = peer.repeats.length;
    peer.readAll();
    assert.deepEqual([peer.ids.at(-1), peer.repeats.length], [more.id, before]);
  }
  const late = new ModelPeer(node, { number: 6 });
  late.sayHello();
  late.sendJson({ type: "clock", clock: { [author(5)]: 7 } });
  late.readAll();
  assert.deepEqual([...late.ids].sort(), [...all, more.id].sort());
});

test("[ONE-1] [ONE-3] [ONE-4] a version 1 peer gets everything, then the stream, and no ready", () => {
  const node = open();
  node.write([[note("before")]]);
  node.commit();
  const peer = new ModelPeer(node, { version: 1 });
  peer.sayHello();
  peer.readAll();
  node.write([[note("live")]]);
  node.commit();
  peer.sendJson({ type: "clock", clock: {} });
  peer.sendJson({ type: "ready" });
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "bulk", "live"]);
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
  assert.equal(sessionAt(node, peer), 1);
});

function sessionAt(node: TestNode, peer: ModelPeer): number | null | undefined {
  return node.replica.sessions().get(peer.conn)?.version;
}

test("[ONE-2] a peer whose first sync frame is a bulk gets a dump, whatever the handshake said", () => {
  const node = open();
  node.write([[note("before")]]);
  node.commit();
  const peer = new ModelPeer(node, { version: 2 });
  peer.sayHello();
  const theirs = chain({ author: author(5), length: 2 });
  peer.send(bulkOf(run(theirs)));
  peer.send(bulkOf([]));
  node.commit();
  peer.readAll();
  assert.deepEqual(peer.types, ["welcome", "clock", "bulk"]);
  assert.equal(node.replica.log.length, 3);
  assert.equal(peer.ids.length, 1);
  assert.equal(sessionAt(node, peer), 1);
});

test("[ONE-2] [ONE-5] nodes of versions 1 and 2 converge, whoever dials", () => {
  for (const isOldDialling of [true, false]) {
    const time = new TestTime();
    const trust = { isOpen: true };
    const old = new TestNode({ number: 1, time, trust, versions: [1] });
    const young = new TestNode({ number: 2, time, trust });
    old.write([[note("old")]]);
    young.write([[note("young")], [note("young 2")]]);
    const wire = isOldDialling ? new Wire(old, young) : new Wire(young, old);
    settle([old, young], [wire]);
    old.write([[note("live")]]);
    young.write([[note("live")]]);
    settle([old, young], [wire]);
    assertSame([old, young], 5);
    assert.equal(sessionOf(wire.dialler).version, 1);
  }
});

test("a replica that is built again from its store is the one before", () => {
  const node = open();
  const feeder = new ModelPeer(node).goLive();
  node.write([[["new", "item", { title: "x" }]], [["add", "item", "labels", "a"]]]);
  feeder.send(bulkOf(run(chain({ author: author(5), length: 4, note: "a" }))));
  feeder.send(bulkOf(run(chain({ author: author(5), length: 2, note: "b" }))));
  node.write([[["inc", "item", "retries", 2]]]);
  node.commit();
  const view = (): unknown => {
    const { log } = node.replica;
    const forks = log.forks().map(({ seq, entries }) => [seq, entries.map(({ id }) => id)]);
    const next = [node.id, author(5), author(6)].map((each) => log.next(each));
    return [node.digest, log.clock(log.length), forks, next, node.replica.durable, [...log.ids()]];
  };
  const before = view();
  node.restart();
  assert.deepEqual(view(), before);
  const peer = new ModelPeer(node, { number: 3 }).goLive();
  assert.deepEqual(peer.ids, [...node.replica.log.ids()]);
});

/** Three nodes and wires between them that come and go. */
const meshAction = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("deliver" as const), pick: fc.nat(11) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("write" as const), pick: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("commit" as const), pick: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), pick: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), pick: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("connect" as const), pick: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), pick: fc.nat(2) }) },
);

/** Old and young nodes, in any order. */
const versionMix = fc.shuffledSubarray([[1], [1, 2], [1, 2, 3], [1, 2, 3]], {
  minLength: 3,
  maxLength: 3,
});

test("[PEER-3] [DOC-11] whatever comes, goes and crashes, nothing leaves early, all converge", () => {
  fc.assert(
    fc.property(fc.array(meshAction, { maxLength: 120 }), versionMix, (actions, mix) => {
      const time = new TestTime();
      const nodes = mix.map((versions, at) => {
        return new TestNode({ number: at + 1, time, trust: { isOpen: true }, versions });
      });
      let wires: Wire[] = [];
      for (const node of nodes) node.isReadingAtOnce = false;
      const act = (kind: string, pick: number): void => {
        const node = nodes[pick % 3] as TestNode;
        const wire = wires[pick % Math.max(1, wires.length)];
        if (kind === "deliver") wire?.deliver(pick % 2 === 0 ? "to-listener" : "to-dialler");
        else if (kind === "write") node.write([[note()], [note()]]);
        else if (kind === "commit") node.commit();
        else if (kind === "read") node.read();
        else if (kind === "cut") wire?.cut();
        else if (kind === "connect") {
          const other = nodes[(pick + 1 + (pick % 2)) % 3] as TestNode;
          if (other !== node) wires.push(new Wire(node, other));
        } else {
          for (const each of wires)
            if ([each.dialler.node, each.listener.node].includes(node)) each.cut();
          node.restart();
        }
        wires = wires.filter((each) => !each.isCut);
      };
      for (const { kind, pick } of actions) act(kind, pick);
      const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
      const healed = [...wires, new Wire(a, b), new Wire(b, c)];
      settle(nodes, healed);
      assertSame(nodes, a.replica.log.length);
      assert.ok(
        healed.every((wire) => !wire.isCut),
        "no honest peer was dropped",
      );
      for (const node of nodes) assert.equal(node.replica.rejections.total, 0);
    }),
    { numRuns: 100 },
  );
});
