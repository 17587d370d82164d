/** Frontiers: heads as they advance and fork, and a digest that depends on the set of ops alone. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { compareText, concatBytes, utf8 } from "../base/bytes.ts";
import type { NodeId, Op } from "../op/op.ts";
import type { Head } from "./frontier.ts";
import { entryBytes, Frontier } from "./frontier.ts";
import { Log } from "./log.ts";
import type { Entry } from "./log.ts";
import { author, chain, fakeCrypto, forge, seal, strangeId } from "./testing/forge.ts";

function entriesOf(ops: readonly Op[]): readonly Entry[] {
  const log = new Log();
  return ops.map((op) => log.append({ op, sig: seal(op), source: 1 }).entry);
}

function grown(ops: readonly Op[]): Frontier {
  const frontier = new Frontier();
  for (const entry of entriesOf(ops)) frontier.advance(entry);
  return frontier;
}

const headOf = ({ seq, id }: Op): Head => ({ seq, id });

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  hash("sha256", concatBytes(parts), "buffer");

/** The digest once more, from nothing but the heads. */
function plainDigest(frontier: Frontier): string {
  const entries = [...frontier].sort(([left], [right]) => compareText(left, right));
  const shares = Array.from({ length: 256 }, (_, first) => {
    const share = entries.filter(([key]) => Number.parseInt(key.slice(0, 2), 16) === first);
    if (share.length === 0) return new Uint8Array(32);
    const parts = share.map(([key, heads]) => {
      return entryBytes(
        key,
        heads.toSorted((left, right) => compareText(left.id, right.id)),
      );
    });
    return sha256(utf8("towline/share/1\0"), ...parts);
  });
  return Buffer.from(sha256(utf8("towline/frontier/1\0"), ...shares)).toString("hex");
}

test("[V3-6] a frontier holds the ops that no other of their author follows", () => {
  const [ours, theirs] = [
    chain({ author: author(1), length: 3 }),
    chain({ author: author(2), length: 1 }),
  ];
  const frontier = grown([...ours, ...theirs]);
  assert.equal(frontier.size, 2);
  assert.deepEqual(frontier.of(author(1)), [headOf(ours[2] as Op)]);
  assert.deepEqual(frontier.of(author(2)), [headOf(theirs[0] as Op)]);
  assert.deepEqual(frontier.of(author(3)), []);
});

test("[V3-6] each branch of a fork has its head, also one that begins with a first op", () => {
  const trunk = chain({ author: author(1), length: 2 });
  const [left, right] = ["left", "right"].map((note) => {
    return chain({ author: author(1), length: 2, prev: trunk[1] ?? null, note });
  }) as [Op[], Op[]];
  const again = forge({ author: author(1), body: '[["later"]]' });
  const frontier = grown([...trunk, ...left, ...right, again]);
  const heads = [left[1] as Op, right[1] as Op, again].map(headOf);
  assert.deepEqual(frontier.of(author(1)), heads);
});

test("[V3-7] the digest of nothing is that of 256 empty shares", () => {
  const nothing = sha256(utf8("towline/frontier/1\0"), new Uint8Array(32 * 256));
  const digest = Buffer.from(nothing).toString("hex");
  assert.equal(new Frontier().digest(fakeCrypto), digest);
  const emptied = grown(chain({ author: author(1), length: 2 }));
  emptied.set(author(1), []);
  assert.equal(emptied.digest(fakeCrypto), digest);
  assert.equal(emptied.size, 0);
});

test("[V3-7] an entry is the key, the number of heads, and each seq with its id", () => {
  const id = strangeId(1);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  assert.equal(hex(entryBytes(author(1), [])), `${author(1)}00`);
  assert.equal(hex(entryBytes(author(1), [{ seq: 300, id }])), `${author(1)}01ac02${id}`);
});

test("[V3-7] neither the order of arrival nor that of heads changes the digest", () => {
  const trunk = chain({ author: author(1), length: 1 });
  const next = (note: string): Op[] =>
    chain({ author: author(1), length: 1, prev: trunk[0] ?? null, note });
  const [left, right, other] = [
    next("left"),
    next("right"),
    chain({ author: author(9), length: 1 }),
  ];
  const one = grown([...trunk, ...left, ...right, ...other]);
  const two = grown([...other, ...trunk, ...right, ...left]);
  assert.equal(one.digest(fakeCrypto), two.digest(fakeCrypto));
  const changed = grown([...trunk, ...left, ...other]);
  assert.notEqual(one.digest(fakeCrypto), changed.digest(fakeCrypto));
});

type Step = readonly [author: number, heads: readonly number[]];

test("[V3-7] whatever was set and removed, the digest is that of the heads alone", () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(3), { maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 40 }), (steps) => {
      const frontier = new Frontier();
      for (const [[number, heads], isAsked] of steps as [Step, boolean][]) {
        const ids = heads.map((at) => ({ seq: at + 1, id: strangeId(at) }));
        frontier.set(author(number), ids);
        if (isAsked) assert.equal(frontier.digest(fakeCrypto), plainDigest(frontier));
      }
      assert.equal(frontier.digest(fakeCrypto), plainDigest(frontier));
      assert.equal(new Frontier(frontier).digest(fakeCrypto), plainDigest(frontier));
    }),
  );
});

test("a frontier of many authors takes few milliseconds to digest after a change", () => {
  const many = 20_000;
  const key = (at: number): NodeId => hash("sha256", `author ${String(at)}`, "hex") as NodeId;
  const frontier = new Frontier();
  for (let at = 0; at < many; at += 1) frontier.set(key(at), [{ seq: 1, id: strangeId(1) }]);
  frontier.digest(fakeCrypto);
  const began = process.cpuUsage();
  for (let round = 0; round < 20; round += 1) {
    frontier.set(key(many + round), [{ seq: 2, id: strangeId(3) }]);
    frontier.digest(fakeCrypto);
  }
  const { user } = process.cpuUsage(began);
  assert.ok(user / 20_000 < 40, `${user / 20_000} ms of CPU for one digest`);
});
