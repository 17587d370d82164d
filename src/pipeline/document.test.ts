/** What the document shows of a set of ops, rule by rule. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../base/json.ts";
import type { Op } from "../op/op.ts";
import { stateText } from "./digest.ts";
import { Document } from "./document.ts";
import { documentOf, opId, opOf, opsOf } from "./testing/ops.ts";

/** The fields of `item`, the same for all orders of `ops`. */
function fieldsOf(item: string, ops: readonly Op[]): Record<string, Json> | null {
  const view = documentOf(ops).item(item);
  for (const order of [ops.toReversed(), [...ops.slice(1), ...ops.slice(0, 1)]]) {
    assert.equal(stateText(documentOf(order)), stateText(documentOf(ops)));
    assert.deepEqual(documentOf(order).item(item), view);
  }
  return view === null ? null : { ...view.fields };
}

describe("the state", () => {
  test("[DOC-1] the greatest write of a register stands, and null unsets it", () => {
    const ops = [
      opOf({ number: 1, lamport: 1, changes: [["new", "a", { title: "t", kind: "bug" }]] }),
      opOf({ number: 2, lamport: 2, author: 2, changes: [["set", "a", "stage", "coding"]] }),
      opOf({ number: 3, lamport: 2, author: 3, changes: [["set", "a", "stage", "qa"]] }),
      opOf({ number: 4, lamport: 3, changes: [["set", "a", "kind", null]] }),
    ];
    assert.deepEqual(fieldsOf("a", ops), { stage: "qa", title: "t" });
  });

  test("[DOC-1] creating an item that exists just writes its fields", () => {
    const ops = opsOf([["new", "a", { title: "t", kind: "bug" }]], [["new", "a", { title: "u" }]]);
    assert.deepEqual(fieldsOf("a", ops), { kind: "bug", title: "u" });
    assert.equal(documentOf(ops.toReversed()).item("a")?.created.time, 1_000);
  });

  test("[DOC-2] within one op the later change is the greater", () => {
    const ops = opsOf([
      ["set", "a", "stage", "merge"],
      ["new", "a", { stage: "coding", title: "t" }],
      ["set", "a", "stage", "done"],
    ]);
    assert.deepEqual(fieldsOf("a", ops), { stage: "done", title: "t" });
  });

  test("[DOC-3] a remove takes back the adds it names; a concurrent add stays", () => {
    const ops = opsOf(
      [
        ["new", "a", {}],
        ["add", "a", "labels", "red"],
        ["add", "a", "labels", "red"],
      ],
      [["add", "a", "labels", "red"]],
      [["rem", "a", "labels", "red", [opId(1), opId(9)]]],
      [["rem", "a", "depends_on", "red", [opId(2)]]],
      [["rem", "b", "labels", "red", [opId(2)]]],
      [["rem", "a", "labels", "Red", [opId(2)]]],
    );
    assert.deepEqual(fieldsOf("a", ops), { labels: ["red"] });
    const document = documentOf(ops);
    assert.deepEqual(document.adds("a", "labels", "red"), [opId(2)]);
    assert.deepEqual(document.adds("a", "labels", "blue"), []);
    assert.deepEqual(document.adds("nowhere", "labels", "red"), []);
    const names = document.adds("a", "labels", "red");
    const last = opOf({ number: 8, lamport: 8, changes: [["rem", "a", "labels", "red", names]] });
    assert.deepEqual(fieldsOf("a", [...ops, last]), {});
  });

  test("[DOC-4] all steps of a counter count, and a counter at 0 is left out", () => {
    const ops = opsOf(
      [
        ["new", "a", {}],
        ["inc", "a", "retries", 1],
      ],
      [
        ["inc", "a", "retries", 2],
        ["inc", "a", "retries", 2],
      ],
    );
    assert.deepEqual(fieldsOf("a", ops), { retries: 5 });
    const back = opOf({ number: 3, lamport: 3, changes: [["inc", "a", "retries", -5]] });
    assert.deepEqual(fieldsOf("a", [...ops, back]), {});
  });

  test("[DOC-5] notes stand in the order of ops, each with who wrote it when", () => {
    const ops = [
      opOf({ number: 1, lamport: 1, changes: [["new", "a", {}]] }),
      opOf({ number: 2, lamport: 3, changes: [["note", "a", "third"]] }),
      opOf({
        number: 3,
        lamport: 2,
        author: 2,
        changes: [
          ["note", "a", "first"],
          ["note", "a", "second"],
        ],
      }),
    ];
    for (const order of [ops, ops.toReversed()]) {
      const notes = documentOf(order).item("a")?.notes ?? [];
      assert.deepEqual(
        notes.map(({ text, actor, time, op }) => [text, actor, time, op]),
        [
          ["first", "actor-2", 3_000, opId(3)],
          ["second", "actor-2", 3_000, opId(3)],
          ["third", "actor-1", 2_000, opId(2)],
        ],
      );
    }
  });

  test("[DOC-10] a second `new` of an item just writes its registers", () => {
    const ops = opsOf(
      [["new", "a", { title: "first", kind: "bug" }]],
      [["add", "a", "labels", "kept"]],
      [["new", "a", { title: "second" }]],
    );
    assert.deepEqual(fieldsOf("a", ops), { kind: "bug", labels: ["kept"], title: "second" });
  });

  test("[DOC-6] a deleted item stays deleted, whatever arrives and in whatever order", () => {
    const ops = opsOf(
      [["new", "a", { title: "t" }]],
      [["del", "a"]],
      [["new", "a", { title: "zombie" }]],
      [["note", "a", "hello"]],
    );
    assert.equal(fieldsOf("a", ops), null);
    for (const order of [ops, ops.toReversed()]) {
      const document = documentOf(order);
      assert.equal(document.state("a"), "deleted");
      assert.equal(document.liveCount, 0);
      assert.deepEqual(document.history("a"), [0, 1, 2, 3]);
      assert.deepEqual(document.blame("a"), []);
      assert.deepEqual(document.adds("a", "labels", "red"), []);
      assert.equal(stateText(document), "[]");
    }
  });

  test("[DOC-6] an id that was deleted before anything created it is never used again", () => {
    const ops = opsOf([["del", "a"]], [["new", "a", {}]]);
    assert.equal(documentOf(ops.slice(0, 1)).state("a"), "deleted");
    assert.equal(fieldsOf("a", ops), null);
  });

  test("[DOC-7] what is written to an item before it is created counts once it is", () => {
    const ops = opsOf(
      [
        ["set", "a", "title", "early"],
        ["add", "a", "labels", "red"],
        ["inc", "a", "retries", 1],
        ["note", "a", "soon"],
      ],
      [["new", "a", { kind: "bug" }]],
    );
    const before = documentOf(ops.slice(0, 1));
    assert.equal(before.state("a"), "absent");
    assert.equal(before.item("a"), null);
    assert.deepEqual(before.blame("a"), []);
    assert.equal(stateText(before), "[]");
    const expected = { kind: "bug", labels: ["red"], retries: 1, title: "early" };
    assert.deepEqual(fieldsOf("a", ops), expected);
  });

  test("[DOC-8] unknown kinds and fields change nothing and are counted as newer", () => {
    const known = opsOf([["new", "a", { title: "t" }]]);
    const newer = opOf({
      number: 2,
      lamport: 2,
      changes: [
        ["later", "a", 7],
        ["later", "not an item"],
        ["new", "a", { due: 1, title: "u" }],
        ["set", "a", "constructor", 1],
        ["set", "a", "__proto__", { polluted: true }],
      ],
    });
    assert.deepEqual(fieldsOf("a", [...known, newer]), { title: "u" });
    const document = documentOf([...known, newer]);
    assert.equal(document.item("a")?.newer, 4);
    assert.equal(document.newerCount, 5);
  });

  test("[DOC-9] a kind on a field of another type is without effect and not newer", () => {
    const ops = opsOf([
      ["new", "a", { title: "t", labels: ["x"], retries: 9 }],
      ["set", "a", "labels", ["x"]],
      ["add", "a", "title", "x"],
      ["rem", "a", "title", "x", []],
      ["inc", "a", "labels", 1],
      ["set", "a", "retries", 1],
    ]);
    assert.deepEqual(fieldsOf("a", ops), { title: "t" });
    assert.equal(documentOf(ops).item("a")?.newer, 0);
  });
});

describe("the read side", () => {
  test("live items are listed sorted by code units", () => {
    const names = ["b", "B", "a", "__proto__", "constructor", "a.1", "a-1"];
    const document = documentOf(opsOf(...names.map((name) => [["new", name, {}]])));
    assert.deepEqual(document.itemIds(), names.toSorted());
    assert.deepEqual(
      [...document.items()].map(({ item }) => item),
      names.toSorted(),
    );
    assert.equal(document.liveCount, names.length);
    document.apply(opOf({ number: 9, lamport: 9, changes: [["del", "b"]] }), 7);
    assert.deepEqual(document.itemIds(), names.toSorted().slice(0, -2).concat("constructor"));
  });

  test("nobody can reach a prototype through the fields of an item", () => {
    const view = documentOf(opsOf([["new", "a", { title: "t" }]])).item("a");
    assert.ok(view !== null);
    assert.equal(Object.getPrototypeOf(view.fields), null);
    assert.equal(view.fields["constructor"], undefined);
    assert.equal(JSON.stringify(view.fields), '{"title":"t"}');
  });

  test("an op is once in the history of each item that it touches, in order of arrival", () => {
    const document = new Document();
    const [create, edit] = opsOf(
      [
        ["new", "a", { title: "t" }],
        ["note", "a", "n"],
        ["new", "b", {}],
      ],
      [["claim", "a"]],
    );
    assert.ok(create !== undefined && edit !== undefined);
    document.apply(edit, 40);
    document.apply(create, 41);
    assert.deepEqual(document.history("a"), [40, 41]);
    assert.deepEqual(document.history("b"), [41]);
    assert.deepEqual(document.history("c"), []);
  });

  test("created is the first creation and updated the last touch, by the order of ops", () => {
    const ops = opsOf([["set", "a", "title", "t"]], [["new", "a", {}]], [["new", "a", {}]]);
    for (const order of [ops, ops.toReversed()]) {
      const view = documentOf(order).item("a");
      assert.deepEqual(view?.created, { author: opId(1), actor: "actor-1", time: 2_000 });
      assert.deepEqual(view.updated, { author: opId(1), actor: "actor-1", time: 3_000 });
    }
  });

  test("blame names who gave each field its value, who cleared it, and who added a label", () => {
    const ops = opsOf(
      [["new", "a", { title: "t", kind: "bug" }]],
      [["add", "a", "labels", "red"]],
      [
        ["add", "a", "labels", "blue"],
        ["set", "a", "kind", null],
      ],
      [["inc", "a", "retries", 2]],
    );
    for (const order of [ops, ops.toReversed()]) {
      const blame = documentOf(order).blame("a");
      assert.deepEqual(
        blame.map(({ field, value, op }) => [field, value, op]),
        [
          ["kind", null, opId(3)],
          ["labels", "blue", opId(3)],
          ["labels", "red", opId(2)],
          ["retries", 2, opId(4)],
          ["title", "t", opId(1)],
        ],
      );
      assert.deepEqual(blame.map(({ actor, time }) => [actor, time])[0], ["actor-1", 3_000]);
    }
  });

  test("touched items are those since the last drain, also deleted and absent ones", () => {
    const document = documentOf(
      opsOf([["new", "a", {}]], [["set", "b", "title", "t"]], [["del", "c"]]),
    );
    assert.deepEqual([...document.drainTouched()], ["a", "b", "c"]);
    assert.equal(document.drainTouched().size, 0);
    document.apply(opOf({ number: 4, lamport: 4, changes: [["note", "a", "n"]] }), 3);
    assert.deepEqual([...document.drainTouched()], ["a"]);
  });

  test("the mesh has the name that the mesh change gives it, the same in any order", () => {
    assert.equal(new Document().meshName(), null);
    const ops = opsOf([["mesh", "0".repeat(64), "first"]], [["mesh", "0".repeat(64), "second"]]);
    assert.equal(documentOf(ops).meshName(), "second");
    assert.equal(documentOf(ops.toReversed()).meshName(), "second");
    assert.deepEqual(documentOf(ops).itemIds(), []);
  });
});
