/** The table of fields, and what a local writer is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../op/change.ts";
import { checkChange, fieldType, itemOf, newerIn } from "./schema.ts";

const item = "bd-1";

test("[DOC-9] every field of the protocol has its type, and names with x_ are registers", () => {
  const people = "title description assignee priority kind estimate reason external_ref";
  const machines = "stage blocked frozen branch";
  for (const name of `${people} ${machines}`.split(" "))
    assert.equal(fieldType(name), "register", name);
  for (const name of ["x_", "x_weight", "x___proto__"]) assert.equal(fieldType(name), "register");
  for (const name of ["labels", "depends_on"]) assert.equal(fieldType(name), "set");
  assert.equal(fieldType("retries"), "counter");
});

test("[DOC-8] names that objects inherit, and near misses, are unknown fields", () => {
  for (const name of ["constructor", "__proto__", "toString", "", "X_a", "x", "Title", "label"]) {
    assert.equal(fieldType(name), "unknown", name);
  }
});

test("[DOC-8] a change of unknown kind is about the item that its second element names", () => {
  assert.equal(itemOf({ kind: "unknown", name: "claim", raw: ["claim", item, 7] }), item);
  assert.equal(itemOf({ kind: "unknown", name: "claim", raw: ["claim", "no item"] }), null);
  assert.equal(itemOf({ kind: "unknown", name: "claim", raw: ["claim"] }), null);
  assert.equal(itemOf({ kind: "mesh", nonce: "0".repeat(64), name: "m" }), null);
  assert.equal(itemOf({ kind: "del", item }), item);
});

test("[DOC-8] only unknown kinds and fields count as newer, not a kind on the wrong field", () => {
  const counts: [Change, number][] = [
    [{ kind: "unknown", name: "later", raw: ["later"] }, 1],
    [{ kind: "unknown", name: "claim", raw: ["claim"] }, 0],
    [{ kind: "new", item, fields: { title: "t", due: 1, sprint: 2, retries: 3 } }, 2],
    [{ kind: "set", item, field: "due", value: 1 }, 1],
    [{ kind: "set", item, field: "labels", value: 1 }, 0],
    [{ kind: "add", item, field: "watchers", value: "a" }, 1],
    [{ kind: "rem", item, field: "watchers", value: "a", adds: [] }, 1],
    [{ kind: "inc", item, field: "votes", by: 1 }, 1],
    [{ kind: "note", item, text: "" }, 0],
    [{ kind: "del", item }, 0],
    [{ kind: "mesh", nonce: "0".repeat(64), name: "m" }, 0],
  ];
  for (const [change, count] of counts) assert.equal(newerIn(change), count, change.kind);
});

test("a local writer may write each field with its own kind", () => {
  const changes: Change[] = [
    { kind: "new", item, fields: { title: "t", stage: "backlog", x_any: { deep: [null] } } },
    { kind: "new", item, fields: {} },
    { kind: "set", item, field: "stage", value: null },
    { kind: "set", item, field: "estimate", value: 1.5 },
    { kind: "add", item, field: "labels", value: "red" },
    { kind: "rem", item, field: "depends_on", value: "bd-2", adds: [] },
    { kind: "inc", item, field: "retries", by: -1_000_000 },
    { kind: "note", item, text: "naïve ☕" },
    { kind: "del", item: "__proto__" },
  ];
  for (const change of changes) assert.equal(checkChange(change), null, change.kind);
});

test("a local writer is told what is wrong with a change and what to do instead", () => {
  const half = "\uD800";
  const faults: [Change, RegExp][] = [
    [{ kind: "new", item: "a b", fields: {} }, /"a b" is no item id: use 1 to 128 letters/u],
    [{ kind: "del", item: "" }, /is no item id/u],
    [{ kind: "note", item: "é", text: "" }, /is no item id/u],
    [{ kind: "new", item, fields: { titel: "t" } }, /no field "titel": use title, .*x_\.$/u],
    [{ kind: "new", item, fields: { retries: 3 } }, /"retries" is a counter: .* `inc`/u],
    [{ kind: "set", item, field: "labels", value: "a" }, /"labels" is a set: .* `add` and `rem`/u],
    [{ kind: "add", item, field: "title", value: "a" }, /"title" is a register: .* `set`/u],
    [{ kind: "rem", item, field: "label", value: "a", adds: [] }, /use labels, depends_on\./u],
    [{ kind: "inc", item, field: "constructor", by: 1 }, /no field "constructor": use retries\./u],
    [{ kind: "inc", item, field: "retries", by: 0.5 }, /0\.5 is no step .* integer/u],
    [{ kind: "inc", item, field: "retries", by: 1_000_001 }, /from -1000000 to 1000000/u],
    [
      { kind: "set", item, field: "stage", value: "doing" },
      /"doing" is no stage: use one of backlog, coding, qa, merge, done, archived\./u,
    ],
    [{ kind: "new", item, fields: { stage: 1 } }, /1 is no stage/u],
    [{ kind: "note", item, text: half }, /half of a surrogate pair/u],
    [{ kind: "set", item, field: `x_${half}`, value: 1 }, /name of the field holds half/u],
    [{ kind: "set", item, field: "title", value: { [half]: 1 } }, /holds half/u],
    [{ kind: "add", item, field: "labels", value: half }, /holds half/u],
    [{ kind: "unknown", name: "clam", raw: ["clam"] }, /does not know .* "clam": use new, set/u],
    [{ kind: "mesh", nonce: "0".repeat(64), name: "m" }, /towline init/u],
  ];
  for (const [change, message] of faults) assert.match(checkChange(change) ?? "", message);
});
