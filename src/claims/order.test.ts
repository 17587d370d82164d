/** The order in which ops arrive changes nothing, and a plainer reading of the rules agrees. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../base/json.ts";
import { opId, opOf } from "../pipeline/testing/ops.ts";
import type { Draft } from "../pipeline/testing/ops.ts";
import { stateOf, summary } from "./testing/claim-ops.ts";

const seed = Number(process.env["TOWLINE_TEST_SEED"] ?? randomInt(2 ** 31));
const file = "src/claims/order.test.ts";
console.log(`seed ${seed}; to replay: TOWLINE_TEST_SEED=${seed} node --test ${file}`);

const created: Draft = { number: 15, lamport: 1, changes: [["new", "a", { stage: "coding" }]] };

const anyRef = fc.nat({ max: 15 }).map((number): string => opId(number));
const anyTerms = fc.constantFrom<Json>(
  {},
  { by: "hub" },
  { to: "qa" },
  { to: "done", seen: [opId(1)] },
  { reason: "r", block: true },
  { unused: true },
  { unused: true },
  { reason: 1 },
  { ttl: 5_000, manual: true },
  { ttl: -1 },
  null,
);
const kinds = [
  "claim",
  "claim",
  "release",
  "complete",
  "fail",
  "confirm",
  "renew",
  "retry",
  "move",
] as const;
/** A step of a story: mostly about a claim or an end that was told before, by the right author. */
const anyStep = fc.record({
  author: fc.integer({ min: 1, max: 3 }),
  lamport: fc.integer({ min: 1, max: 4 }),
  kind: fc.constantFrom(...kinds),
  pick: fc.nat({ max: 20 }),
  isWrong: fc.nat({ max: 9 }).map((dice) => dice === 0),
  isSecond: fc.nat({ max: 5 }).map((dice) => dice === 0),
  terms: anyTerms,
  ref: anyRef,
});

interface Told {
  readonly id: string;
  readonly epoch: number;
  readonly author: number;
  readonly isEnd: boolean;
}

const anyOps = fc.array(anyStep, { maxLength: 15, size: "max" }).map((steps) => {
  const drafts: { number: number; lamport: number; author: number; changes: Json[] }[] = [];
  const told: Told[] = [];
  for (const { author, lamport, kind, pick, isWrong, isSecond, terms, ref } of steps) {
    const named = told[pick % (told.length + 1)];
    const isFirst = named === undefined;
    const { id, epoch } = named ?? { id: ref, epoch: 1 };
    // Now and then an older claim as well, whose epoch is not greater.
    const more = told
      .filter((each) => isSecond && each.epoch <= epoch)
      .slice(0, 1)
      .map((each) => each.id);
    const writer = kind === "claim" || isWrong || isFirst ? author : named.author;
    const last = drafts.at(-1);
    const isInLast = isSecond && last?.author === writer;
    const number = isInLast ? last.number : drafts.length;
    const change: Json =
      kind === "move"
        ? ["move", "a", pick % 2 === 0 ? "qa" : "done", [ref], {}]
        : kind === "claim"
          ? [
              "claim",
              "a",
              isFirst ? 1 : epoch + (isWrong ? 2 : 1),
              isFirst ? [] : [id, ...more],
              terms,
            ]
          : [kind, "a", epoch, id, terms];
    if (isInLast) last.changes.push(change);
    else drafts.push({ number, lamport, author: writer, changes: [change] });
    const isEnd = kind !== "claim";
    if (kind === "claim" || kind === "release" || kind === "complete" || kind === "fail") {
      const next = kind === "claim" && !isFirst ? epoch + 1 : epoch;
      told.push({ id: opId(number), epoch: next, author: writer, isEnd });
    }
  }
  return drafts.map(opOf);
});

test("[CLM-4] [CLM-7] [CLM-9] any order of any ops gives one winner, that of the reference", () => {
  const shuffled = anyOps.chain((ops) =>
    fc.tuple(fc.constant(ops), fc.shuffledSubarray(ops, { minLength: ops.length })),
  );
  let standing = 0;
  let effects = 0;
  const property = fc.property(shuffled, ([ops, order]) => {
    const base = opOf(created);
    const expected = summary([base, ...ops]);
    assert.deepEqual(summary([...order, base]), expected);
    const { claims } = stateOf([base, ...ops]);
    if (claims.standing("a") !== null) standing += 1;
    if (claims.effects("a").length > 0) effects += 1;
  });
  fc.assert(property, { seed, numRuns: 1_500 });
  assert.ok(standing > 500 && effects > 50, `the draw is rich: ${standing}, ${effects}`);
});
