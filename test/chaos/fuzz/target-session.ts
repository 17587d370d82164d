/**
 * A whole node under fire: as listener and as connector, in every version and every phase of a
 * connection. It never throws, and an honest peer still comes in step with it afterwards.
 */
import { author, chain, forge, seal, testCodec } from "../../../src/log/testing/forge.ts";
import type { Op } from "../../../src/op/op.ts";
import { readFields } from "../../../src/op/fields.ts";
import { toOpJson } from "../../../src/op/op-json.ts";
import { testSigner } from "../../../src/replica/testing/fake-crypto.ts";
import { TestNode } from "../../../src/replica/testing/test-node.ts";
import { settle, Wire } from "../../../src/replica/testing/wire.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import type { Tree } from "./json-tree.ts";
import { treeOf } from "./json-tree.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { Shot, Target, Verdict } from "./target.ts";
import { must } from "./target.ts";
import { frameTrees } from "./target-frame.ts";

const honest = 3;
const hostile = 2;
const trusted = { trustedKeys: [hostile, honest].map((number) => testSigner(number).node) };

function jsonOf(op: Op, isSigned = true): unknown {
  const fields = readFields(op.bytes);
  if (!fields.ok) throw new Error("the fuzzer forged an op that cannot be read");
  return toOpJson(fields.value, isSigned ? seal(op) : null);
}

/** Ops that are right in the mesh of the test nodes, a fork, a gap, and an invented ancestor. */
export const line = chain({ author: author(hostile), length: 6 });
export const branch = chain({
  author: author(hostile),
  length: 2,
  note: "other",
  prev: line[1] ?? null,
});
export const deep = forge({
  author: author(9),
  deps: line.slice(0, 1),
  body: '[["set","item","stage","qa"]]',
});
const run = [...line].map((op, at) => jsonOf(op, at === line.length - 1));
const ops: readonly Tree[] = [
  { type: "bulk", ops: line.map((op) => jsonOf(op)) },
  { type: "bulk", ops: run },
  { type: "bulk", ops: branch.map((op) => jsonOf(op)) },
  { type: "bulk", ops: [jsonOf(deep)] },
  { type: "bulk", ops: line.slice(2).map((op) => jsonOf(op)) },
  { type: "bulk", ops: [] },
  { type: "clock", clock: { [author(hostile)]: 3, [author(1)]: 1 } },
  { type: "clock", clock: { [author(1)]: 1e15 } },
  { type: "ready" },
].map((frame) => treeOf(frame));
const lives: readonly Tree[] = line.map((op) => treeOf({ v: 1, op: jsonOf(op) }));

export interface Sent {
  readonly data: Uint8Array;
  readonly isBinary: boolean;
}

export interface Attack {
  readonly role: "listener" | "connector";
  readonly version: 1 | 2 | 3;
  /** Frames of the honest exchange that go through first. */
  readonly steps: number;
  readonly frames: readonly Sent[];
  readonly isFollowedUp: boolean;
}

export function drawFrame(prng: Prng): Sent {
  const isBinary = prng.chance(0.3);
  const tree = isBinary ? prng.pick(lives) : prng.pick(prng.chance(0.6) ? ops : frameTrees);
  const text = Buffer.from(mutateJson(tree, prng));
  return { data: prng.chance(0.15) ? mutateBytes(text, prng) : text, isBinary };
}

export function drawAttack(
  prng: Prng,
  versions: readonly Attack["version"][],
  drawOne: (prng: Prng) => Sent,
): Attack {
  return {
    role: prng.pick(["listener", "connector"]),
    version: prng.pick(versions),
    steps: prng.below(12),
    frames: Array.from({ length: prng.between(1, 5) }, () => drawOne(prng)),
    isFollowedUp: prng.chance(0.2),
  };
}

function carryOut(attack: Attack): Verdict {
  const { role, version, steps, frames, isFollowedUp } = attack;
  const victim = new TestNode({ number: 1, trust: trusted });
  const time = victim.time;
  const peer = new TestNode({
    number: hostile,
    time,
    versions: [version],
    trust: { isOpen: true },
  });
  const wire = role === "listener" ? new Wire(peer, victim) : new Wire(victim, peer);
  const { conn } = role === "listener" ? wire.listener : wire.dialler;
  for (let step = 0; step < steps; step += 1) {
    wire.deliver(step % 2 === 0 ? "to-dialler" : "to-listener");
    victim.commit();
    peer.commit();
  }
  for (const { data, isBinary } of frames) {
    victim.step({ kind: "frame", conn, data, isBinary });
    victim.commit();
  }
  for (let out = victim.take(conn); out !== null; out = victim.take(conn)) victim.commit();
  victim.pass(1_000);
  if (isFollowedUp) meet(victim);
  const code = victim.closedWith(conn);
  if (code !== null) must(closes.has(code), `a close with ${code}, which is not in the table`);
  return code === null ? "accepted" : "refused";
}

const closes: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1009, 4400, 4401, 4403, 4408, 4409, 4410, 4426, 4429, 4499],
]);

/** An honest peer comes in step with the node. */
function meet(victim: TestNode): void {
  const friend = new TestNode({ number: honest, time: victim.time, trust: { isOpen: true } });
  friend.write([[["note", "item", "hello"]]]);
  friend.commit();
  const wire = new Wire(friend, victim);
  settle([victim, friend], [wire]);
  victim.pass(12_000);
  settle([victim, friend], [wire]);
  must(victim.digest.ops === friend.digest.ops, "an honest peer does not come in step");
  must(victim.digest.state === friend.digest.state, "the same ops, another state");
  for (const { bytes } of victim.ops) must(testCodec.decode(bytes).ok, "an op on disk is invalid");
}

export function shotOf(attack: Attack): Shot {
  return {
    check: () => carryOut(attack),
    show: () => {
      const frames = attack.frames.map(({ data, isBinary }) => ({
        isBinary,
        text: Buffer.from(data)
          .toString(attack.version === 3 && isBinary ? "hex" : "utf8")
          .slice(0, 400),
      }));
      return JSON.stringify({ ...attack, frames });
    },
  };
}

export const sessionTargets: readonly Target[] = [
  { name: "sessions", weight: 6, draw: (prng) => shotOf(drawAttack(prng, [1, 2], drawFrame)) },
];
