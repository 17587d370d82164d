/** The laws of the small types: whatever the order of arrival, one state. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { NodeId, OpId } from "../op/op.ts";
import { AddWinsSet } from "./add-wins-set.ts";
import { Counter } from "./counter.ts";
import { Notes } from "./notes.ts";
import type { Place, Stamp } from "./order.ts";
import { comparePlaces, compareStamps, laterStamp } from "./order.ts";
import type { Write } from "./register.ts";
import { winner } from "./register.ts";
import { permutations } from "./testing/permutations.ts";

const seed = Number(process.env["TOWLINE_TEST_SEED"] ?? randomInt(2 ** 31));
console.log(`seed ${seed}; to replay: TOWLINE_TEST_SEED=${seed} node --test src/crdt/crdt.test.ts`);

/** Small numbers make ties of lamport and author frequent. */
function stampOf([lamport, author, id]: readonly [number, number, number]): Stamp {
  return {
    lamport,
    author: String(author).repeat(64) as NodeId,
    id: String(id).repeat(64) as OpId,
    time: 1_000 * lamport,
    actor: `actor-${author}`,
  };
}

const digit = fc.nat({ max: 3 });
const anyStamp = fc.tuple(digit, digit, digit).map(stampOf);
const anyPlace = fc.record({ stamp: anyStamp, position: digit });
/** The value follows from the place, as for real writes: one change writes one value. */
const anyWrite = anyPlace.map((place): Write<string> => ({
  ...place,
  value: `${describe(place.stamp)}/${place.position}`,
}));

function describe({ lamport, author, id }: Stamp): string {
  return `${lamport}/${author}/${id}`;
}

function check<Value>(arbitrary: fc.Arbitrary<Value>, law: (value: Value) => void): void {
  fc.assert(fc.property(arbitrary, law), { seed, numRuns: 300 });
}

/** Every order of `steps`, and every order with one of them given twice, leads to `expected`. */
function checkOrders<Step>(
  steps: readonly Step[],
  { fold, expected }: { fold: (steps: readonly Step[]) => unknown; expected: unknown },
): void {
  for (const order of permutations(steps)) {
    assert.deepEqual(fold(order), expected);
    for (const again of steps) assert.deepEqual(fold([...order, again]), expected);
  }
}

test("[DOC-1] writes are ordered by lamport, then author, then op id, then place in the op", () => {
  const places = [
    { stamp: stampOf([1, 3, 3]), position: 9 },
    { stamp: stampOf([2, 1, 3]), position: 9 },
    { stamp: stampOf([2, 2, 1]), position: 9 },
    { stamp: stampOf([2, 2, 2]), position: 0 },
    { stamp: stampOf([2, 2, 2]), position: 1 },
  ];
  for (const order of permutations(places)) {
    assert.deepEqual(order.toSorted(comparePlaces), places);
  }
});

test("[DOC-1] the order of stamps is total", () => {
  check(fc.tuple(anyStamp, anyStamp, anyStamp), ([left, middle, right]) => {
    // The sum is 0 and never -0, which strict equality would tell apart.
    assert.equal(Math.sign(compareStamps(left, right)) + Math.sign(compareStamps(right, left)), 0);
    assert.equal(compareStamps(left, right) === 0, describe(left) === describe(right));
    if (compareStamps(left, middle) <= 0 && compareStamps(middle, right) <= 0) {
      assert.ok(compareStamps(left, right) <= 0);
    }
    assert.deepEqual(laterStamp(left, right), laterStamp(right, left));
  });
});

test("[DOC-1] the winner of writes is commutative, associative and idempotent", () => {
  check(fc.tuple(anyWrite, anyWrite, anyWrite), ([left, middle, right]) => {
    assert.deepEqual(winner(left, right), winner(right, left));
    assert.deepEqual(winner(winner(left, middle), right), winner(left, winner(middle, right)));
    assert.deepEqual(winner(left, left), left);
  });
});

test("[DOC-1] a null that unsets competes like any other value", () => {
  const set: Write<string | null> = { stamp: stampOf([1, 1, 1]), position: 0, value: "qa" };
  const unset: Write<string | null> = { stamp: stampOf([2, 1, 2]), position: 0, value: null };
  assert.equal(winner(set, unset).value, null);
  assert.equal(winner(unset, set).value, null);
});

test("[DOC-2] of two writes of one op the one that stands later wins", () => {
  const stamp = stampOf([1, 1, 1]);
  const first = { stamp, position: 0, value: "merge" };
  const second = { stamp: { ...stamp }, position: 1, value: "done" };
  assert.equal(winner(first, second).value, "done");
  assert.equal(winner(second, first).value, "done");
});

type SetStep =
  | { readonly kind: "add"; readonly value: string; readonly stamp: Stamp }
  | { readonly kind: "rem"; readonly value: string; readonly ids: readonly string[] };

function foldSet(steps: readonly SetStep[]): unknown {
  const set = new AddWinsSet();
  for (const step of steps) {
    if (step.kind === "add") set.add(step.value, step.stamp);
    else set.remove(step.value, step.ids);
  }
  return set.values().map((value) => [value, set.adds(value), set.lastAdd(value)?.id]);
}

const [one, two, three] = [stampOf([1, 1, 1]), stampOf([2, 2, 2]), stampOf([2, 3, 3])];

test("[DOC-3] in every order a remove takes back the adds that it names and no others", () => {
  const steps: SetStep[] = [
    { kind: "add", value: "red", stamp: one },
    { kind: "add", value: "red", stamp: two },
    { kind: "add", value: "blue", stamp: one },
    { kind: "rem", value: "red", ids: [three.id, one.id] },
    { kind: "rem", value: "green", ids: [two.id] },
  ];
  checkOrders(steps, {
    fold: foldSet,
    expected: [
      ["blue", [one.id], one.id],
      ["red", [two.id], two.id],
    ],
  });
});

test("[DOC-3] a value stays until all its adds are taken back; naming none takes none", () => {
  const steps: SetStep[] = [
    { kind: "add", value: "red", stamp: one },
    { kind: "add", value: "red", stamp: three },
    { kind: "rem", value: "red", ids: [] },
    { kind: "rem", value: "red", ids: [one.id] },
  ];
  const expected = [["red", [three.id], three.id]];
  checkOrders(steps, { fold: foldSet, expected });
  checkOrders([...steps, { kind: "rem", value: "red", ids: [three.id] }], {
    fold: foldSet,
    expected: [],
  });
});

test("[DOC-3] the set is one, however its steps are shuffled and repeated", () => {
  const step: fc.Arbitrary<SetStep> = fc.oneof(
    fc.record({ kind: fc.constant("add"), value: fc.constantFrom("a", "b"), stamp: anyStamp }),
    fc.record({
      kind: fc.constant("rem"),
      value: fc.constantFrom("a", "b"),
      ids: fc.array(anyStamp.map(({ id }) => id as string)),
    }),
  );
  const shuffled = fc
    // One id is one op, so it has one stamp.
    .uniqueArray(step, { selector: (one) => (one.kind === "add" ? one.stamp.id : one) })
    .chain((steps) =>
      fc.tuple(
        fc.constant(steps),
        fc.shuffledSubarray([...steps, ...steps], { minLength: 2 * steps.length }),
      ),
    );
  check(shuffled, ([steps, order]) => assert.deepEqual(foldSet(order), foldSet(steps)));
});

test("[DOC-3] values and adds are listed sorted by code units", () => {
  const set = new AddWinsSet();
  for (const value of ["ä", "b", "B", "\u{1F600}", "\uFFFD", "constructor"]) set.add(value, two);
  set.add("b", one);
  assert.deepEqual(set.values(), ["B", "b", "constructor", "ä", "\u{1F600}", "\uFFFD"]);
  assert.deepEqual(set.adds("b"), [one.id, two.id]);
  assert.deepEqual(set.adds("absent"), []);
  assert.equal(set.lastAdd("absent"), null);
});

test("[DOC-4] a counter is the sum of its steps in every order, and knows the latest", () => {
  const steps = [one, two, three].map((stamp, at) => ({ by: [5, -7, 1_000_000][at] ?? 0, stamp }));
  for (const order of permutations(steps)) {
    const counter = new Counter(order[0]?.stamp ?? one);
    for (const { by, stamp } of order) counter.step(by, stamp);
    assert.equal(counter.sum, 999_998);
    assert.equal(counter.last.id, three.id);
  }
});

function foldNotes(places: readonly Place[]): readonly string[] {
  const notes = new Notes();
  for (const place of places) {
    notes.add({ ...place, text: `${describe(place.stamp)}/${place.position}` });
  }
  return notes.list().map(({ text }) => text);
}

test("[DOC-5] notes stand in the order of their ops in every order of arrival", () => {
  const places = [
    { stamp: one, position: 3 },
    { stamp: two, position: 0 },
    { stamp: two, position: 1 },
    { stamp: three, position: 0 },
  ];
  checkOrders(places, { fold: foldNotes, expected: foldNotes(places) });
  assert.equal(foldNotes(places).length, 4);
});

test("[DOC-5] notes that arrive late, also between two reads, are put in their place", () => {
  check(fc.array(anyPlace), (places) => {
    const notes = new Notes();
    assert.equal(notes.isEmpty, true);
    for (const place of places) {
      notes.add({ ...place, text: "" });
      const list = notes.list();
      assert.ok(
        list.every((note, at) => at === 0 || comparePlaces(list[at - 1] ?? note, note) < 0),
      );
    }
    assert.equal(notes.list().length, new Set(foldNotes(places)).size);
  });
});
