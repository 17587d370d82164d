/** The order of arrival does not matter, whatever peers send. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../base/json.ts";
import { permutations } from "../crdt/testing/permutations.ts";
import { stateText } from "./digest.ts";
import { Document } from "./document.ts";
import { referenceStateText } from "./reference-fold.ts";
import { documentOf, opId, opOf } from "./testing/ops.ts";

const seed = Number(process.env["TOWLINE_TEST_SEED"] ?? randomInt(2 ** 31));
const file = "src/pipeline/convergence.test.ts";
console.log(`seed ${seed}; to replay: TOWLINE_TEST_SEED=${seed} node --test ${file}`);

const anyItem = fc.constantFrom("a", "constructor", "__proto__");
const anyField = fc.constantFrom(
  ...["title", "stage", "x_", "x___proto__", "x_w", "labels", "depends_on", "retries"],
  ...["constructor", "__proto__", "due", "", "toString"],
);
/** Mostly a set, so that adds and removes meet. */
const anySetField = fc.oneof({ weight: 9, arbitrary: fc.constant("labels") }, anyField);
const anySetValue = fc.constantFrom("red", "__proto__");
const anyText = fc.constantFrom("", "red", "__proto__", "constructor", "é☕𝒻", "\n\\");
const anyId = fc.nat({ max: 15 }).map((number): string => opId(number));
/** Parsed, so that `__proto__` is a key of its own, as it is in what peers send. */
const anyValue = fc
  .oneof(
    fc.constantFrom("null", "0", "1.5", "true", '"text"', "[]", '{"__proto__":{"a":1}}'),
    fc.constantFrom('{"constructor":{"prototype":1}}', '{"b":1,"a":[{"toJSON":2}]}'),
  )
  .map((text) => JSON.parse(text) as Json);
const anyStage = fc.constantFrom<Json>(null, "backlog", "coding", "qa", "done");

function withStage(field: string, value: Json, stage: Json): Json {
  return field === "stage" ? stage : value;
}

const anyFields = fc
  .uniqueArray(fc.tuple(anyField, anyValue, anyStage), { selector: ([field]) => field })
  .map((list): Json => {
    const pairs = list.map(([field, value, stage]) => [field, withStage(field, value, stage)]);
    return Object.fromEntries(pairs) as Json;
  });

const anyChange: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant("new"), anyItem, anyFields) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(anyItem, anyField, anyValue, anyStage)
      .map(([item, field, value, stage]) => ["set", item, field, withStage(field, value, stage)]),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant("add"), anyItem, anySetField, anySetValue) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constant("rem"), anyItem, anySetField, anySetValue, fc.array(anyId)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant("inc"), anyItem, anyField, fc.integer({ min: -3, max: 3 })),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant("note"), anyItem, anyText) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("del"), fc.constantFrom("a", "b")) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("claim"), anyItem, anyValue) },
  { weight: 1, arbitrary: fc.constantFrom<Json>(["claim"], ["toString", "no item", []]) },
);

/** Sets of ops with every kind of tie; lamports follow no rule, so no order is causal. */
const anyOps = fc
  .uniqueArray(
    fc.record({
      number: fc.nat({ max: 15 }),
      lamport: fc.integer({ min: 1, max: 4 }),
      author: fc.nat({ max: 2 }),
      changes: fc.array(anyChange, { maxLength: 6, size: "max" }),
    }),
    { selector: ({ number }) => number, maxLength: 16, size: "max" },
  )
  .map((drafts) => drafts.map(opOf));

test("[DIG-1] any order of any ops gives one state, that of the reference fold", () => {
  const shuffled = anyOps.chain((ops) =>
    fc.tuple(fc.constant(ops), fc.shuffledSubarray(ops, { minLength: ops.length })),
  );
  const property = fc.property(shuffled, ([ops, order]) => {
    const expected = referenceStateText(ops);
    assert.equal(stateText(documentOf(ops)), expected);
    const document = new Document();
    order.forEach((op, index) => {
      document.apply(op, index);
      // Reading in between must not leave anything stale behind.
      if (index % 3 === 0) stateText(document);
    });
    assert.equal(stateText(document), expected);
    assert.equal(referenceStateText([...order, ...ops]), expected);
    assert.deepEqual([...document.items()], [...documentOf(ops).items()]);
    assert.equal(document.liveCount, document.itemIds().length);
  });
  fc.assert(property, { seed, numRuns: 1_000 });
});

test("[DIG-1] all orders of six ops that compete give one state", () => {
  const ops = [
    opOf({ number: 1, lamport: 1, changes: [["new", "a", { title: "t", stage: "backlog" }]] }),
    opOf({ number: 2, lamport: 2, author: 2, changes: [["add", "a", "labels", "red"]] }),
    opOf({ number: 3, lamport: 2, changes: [["rem", "a", "labels", "red", [opId(2)]]] }),
    opOf({
      number: 4,
      lamport: 2,
      author: 2,
      changes: [
        ["set", "a", "stage", "qa"],
        ["note", "a", "x"],
      ],
    }),
    opOf({
      number: 5,
      lamport: 2,
      author: 2,
      changes: [
        ["set", "a", "stage", null],
        ["add", "a", "labels", "red"],
      ],
    }),
    opOf({
      number: 6,
      lamport: 3,
      changes: [
        ["note", "a", "y"],
        ["inc", "a", "retries", 1],
        ["del", "b"],
      ],
    }),
  ];
  const expected = referenceStateText(ops);
  let count = 0;
  for (const order of permutations(ops)) {
    assert.equal(stateText(documentOf(order)), expected);
    count += 1;
  }
  assert.equal(count, 720);
  const fields = { labels: ["red"], retries: 1, title: "t" };
  assert.deepEqual(JSON.parse(expected), [
    [
      "a",
      fields,
      [
        ["actor-2", "x"],
        ["actor-1", "y"],
      ],
    ],
  ]);
});
