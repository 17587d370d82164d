/** Signs of life between cores: passed on once, to those who take them, and never kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { beatMs, namesKeptMax } from "../base/limits.ts";
import { author } from "../log/testing/forge.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Work } from "../presence/beat.ts";
import type { ConnId } from "./events.ts";
import { Names } from "./names.ts";
import { TestNode, TestTime } from "./testing/test-node.ts";
import { readSent } from "./testing/sent-ops.ts";

const claim = "ab".repeat(32) as OpId;
const working: readonly Work[] = [{ item: "a", claim }];

interface End {
  readonly node: TestNode;
  readonly conn: ConnId;
}

/** Frames that went over each line, by their kind. */
class Lines {
  readonly ends: (readonly [End, End])[] = [];
  readonly kinds: string[] = [];

  connect(from: TestNode, to: TestNode): void {
    const far = { node: to, conn: to.accept() };
    this.ends.push([{ node: from, conn: from.dial() }, far]);
  }

  /** Delivers until nothing is left, committing whatever is to be kept. */
  run(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (const [one, other] of this.ends) {
        for (const [from, to] of [
          [one, other],
          [other, one],
        ] as const) {
          from.node.commit();
          const frame = from.node.take(from.conn);
          if (frame === null) continue;
          this.kinds.push(readSent(frame).type);
          to.node.receive(to.conn, frame);
          moved = true;
        }
      }
    }
  }

  /** Lets time pass; every ping is answered. */
  pass(time: TestTime, ms: number): void {
    time.mono += ms;
    for (const { node, conn } of this.ends.flat()) node.step({ kind: "pong", conn });
    for (const { node } of this.ends.flat()) node.step({ kind: "tick" });
  }

  /** How many beats went over the lines since the last look. */
  beats(): number {
    return this.kinds.splice(0).filter((kind) => kind === "beat").length;
  }
}

/** A chain of three, each of whom has written; versions of the last may be older. */
function chain(
  versions: readonly number[] = [1, 2, 3],
  names: readonly [string, string, string] = ["", "", ""],
): {
  readonly time: TestTime;
  readonly nodes: readonly [TestNode, TestNode, TestNode];
  readonly lines: Lines;
} {
  const time = new TestTime();
  const trust = { isOpen: true };
  const a = new TestNode({ number: 1, time, trust, name: names[0] });
  const b = new TestNode({ number: 2, time, trust, name: names[1] });
  const c = new TestNode({ number: 3, time, trust, versions, name: names[2] });
  const lines = new Lines();
  lines.connect(a, b);
  lines.connect(b, c);
  for (const node of [a, b, c]) node.write([[["note", "a", "hello"]]]);
  lines.run();
  return { time, nodes: [a, b, c], lines };
}

test("[PRS-5] a beat is passed on once over each line, and names what is worked on", () => {
  const { time, nodes, lines } = chain();
  const [a, , c] = nodes;
  lines.beats();
  a.step({ kind: "work", working, everyMs: 1_000 });
  lines.run();
  assert.equal(lines.beats(), 2);
  assert.equal(c.replica.beats.heardAt(claim, author(1)), time.mono);
  assert.deepEqual(
    c.replica.beats
      .nodes(time.mono)
      .map(({ node }) => node)
      .sort(),
    [author(1), author(2)].sort(),
  );
});

test("[PRS-7] beats come at their pace, faster for short leases, and at once to who comes", () => {
  const { time, nodes, lines } = chain();
  const [a, b, c] = nodes;
  lines.pass(time, beatMs);
  lines.run();
  // Each of three nodes beats once, and each beat goes over both lines.
  lines.beats();
  lines.pass(time, beatMs - 1);
  lines.run();
  const early = lines.beats();
  lines.pass(time, 1);
  lines.run();
  assert.deepEqual([early, lines.beats()], [0, 6]);
  a.step({ kind: "work", working, everyMs: 1_000 });
  lines.run();
  lines.beats();
  lines.pass(time, 1_000);
  lines.run();
  assert.equal(lines.beats(), 2);
  c.restart();
  lines.ends.pop();
  lines.connect(b, c);
  lines.run();
  assert.equal(c.replica.beats.heardAt(claim, author(1)), time.mono);
});

test("[PRS-5] a peer of version 2 is sent no beat, and nothing breaks", () => {
  const { time, nodes, lines } = chain([1, 2]);
  const [a, b, c] = nodes;
  a.step({ kind: "work", working, everyMs: 1_000 });
  lines.run();
  assert.equal(b.replica.beats.heardAt(claim, author(1)), time.mono);
  assert.equal(c.replica.beats.heardAt(claim, author(1)), null);
  assert.equal(c.replica.beats.nodes(time.mono).length, 0);
});

test("[PRS-6] a restart is newer, though the wall clock went back, and a copy is told of", () => {
  const { time, nodes, lines } = chain();
  const [a, b, c] = nodes;
  const before = Number(a.facts.get("presence/incarnation"));
  assert.ok(before >= 1_700_000_000_000);
  time.wall -= 1e10;
  a.restart();
  lines.ends.shift();
  lines.connect(a, b);
  a.step({ kind: "work", working, everyMs: 1_000 });
  lines.run();
  assert.equal(Number(a.facts.get("presence/incarnation")), before + 1);
  assert.equal(c.replica.beats.heardAt(claim, author(1)), time.mono);
  // A copy of the folder starts later than the original.
  const copy = new TestNode({ number: 1, time, trust: { isOpen: true } });
  // Without the pin of the node that was dialled from there.
  for (const [key, value] of a.facts) if (!key.startsWith("pin/")) copy.facts.set(key, value);
  copy.restart();
  lines.connect(copy, c);
  lines.run();
  assert.equal(a.told("twin").length, 1);
});

test("[PRS-9] the name that a beat tells is kept, and nothing else of it", () => {
  const { nodes, lines, time } = chain([1, 2, 3], ["ann", "bob", ""]);
  const [a, , c] = nodes;
  assert.equal(c.replica.beats.names.of(author(1)), "ann");
  assert.equal(a.replica.beats.names.of(author(3)), null);
  c.restart();
  assert.equal(c.replica.beats.names.of(author(1)), "ann");
  assert.deepEqual(c.replica.beats.nodes(time.mono), []);
  assert.deepEqual(
    [...c.facts].filter(([key]) => key.startsWith("name/")).sort(),
    [
      [`name/${author(1)}`, "ann"],
      [`name/${author(2)}`, "bob"],
    ].sort(),
  );
  assert.ok(lines.beats() > 0);
});

test("of nodes without end the names that were learned last are kept", () => {
  const facts = new Map<string, string>();
  const names = new Names(facts, (learned) => {
    for (const [key, name] of learned) {
      if (name === null) facts.delete(key);
      else facts.set(key, name);
    }
  });
  const node = (at: number): NodeId => (at + 1).toString(16).padStart(64, "0") as NodeId;
  for (let at = 0; at <= namesKeptMax; at += 1) names.note(node(at), `node ${at}`);
  assert.equal(facts.size, namesKeptMax);
  assert.equal(names.of(node(0)), null);
  assert.equal(names.of(node(namesKeptMax)), `node ${namesKeptMax}`);
});

test("[PRS-9] a hundred thousand beats leave disk and log as they were", () => {
  const { time, nodes, lines } = chain();
  const [a, b] = nodes;
  const kept = (): readonly unknown[] => [b.ops.length, b.facts.size, b.digest];
  const before = kept();
  const end = lines.ends[0]?.[0].conn;
  assert.ok(end !== undefined);
  let sent = 0;
  for (let count = 0; count < 2_000; count += 1) {
    lines.pass(time, 500);
    a.step({ kind: "work", working: count % 2 === 0 ? working : [], everyMs: 100 });
    for (let frame = a.take(end); frame !== null; frame = a.take(end)) {
      const far = lines.ends[0]?.[1].conn as ConnId;
      for (let copy = 0; copy < 50; copy += 1) b.receive(far, frame);
      sent += 50;
    }
    b.outbox.clear();
  }
  assert.ok(sent >= 100_000, `${sent} beats`);
  assert.deepEqual(kept(), before);
  assert.equal(b.batch, null, "nothing waits to be kept either");
});
