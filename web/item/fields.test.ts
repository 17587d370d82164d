/** How the panel of an item names, orders, edits and reads fields. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { editorOf, fieldName, listedFields, parseTyped, valueText } from "./fields.ts";

test("fields have names for people, also those that users made up", () => {
  assert.equal(fieldName("external_ref"), "External reference");
  assert.equal(fieldName("x_due_date"), "Due date");
  assert.equal(fieldName("x_"), "x_");
  assert.equal(fieldName("constructor"), "Constructor");
});

test("a field is edited by what it is, else by what it holds", () => {
  assert.equal(editorOf("priority", 2), "number");
  assert.equal(editorOf("priority", "high"), "line");
  assert.equal(editorOf("labels", ["a"]), "labels");
  assert.equal(editorOf("x_due", "2026-03-31"), "date");
  assert.equal(editorOf("x_plan", "one\ntwo"), "text");
  assert.equal(editorOf("title", "one\ntwo"), "text");
  assert.equal(editorOf("x_done", false), "flag");
  assert.equal(editorOf("x_any", null), "line");
});

test("what is no plain value, or belongs to a newer version, is left alone", () => {
  assert.equal(editorOf("x_deep", { a: 1 }), "fixed");
  assert.equal(editorOf("assignee", ["a", "b"]), "fixed");
  assert.equal(editorOf("sprint", "12"), "fixed");
});

test("the list has what can be filled in, then what is held, in an order that stays", () => {
  assert.deepEqual(
    listedFields({ title: "t", x_b: 1, x_a: 1, sprint: 3, branch: "", retries: 2 }),
    ["priority", "assignee", "kind", "labels", "depends_on", "retries", "x_a", "x_b", "sprint"],
  );
});

test("what was typed becomes a value of the right type, nothing clears, nonsense is refused", () => {
  assert.deepEqual(parseTyped("number", " 0,5 "), { isRight: true, value: 0.5 });
  assert.deepEqual(parseTyped("number", ""), { isRight: true, value: null });
  assert.equal(parseTyped("number", "soon").isRight, false);
  assert.equal(parseTyped("number", "Infinity").isRight, false);
  assert.equal(parseTyped("date", "31.3.2026").isRight, false);
  assert.deepEqual(parseTyped("line", " kim "), { isRight: true, value: "kim" });
  assert.deepEqual(parseTyped("text", "a\n  b\n"), { isRight: true, value: "a\n  b\n" });
  assert.deepEqual(parseTyped("text", " \n "), { isRight: true, value: null });
});

test("every value has a text", () => {
  assert.equal(valueText(["a", 1, null]), "a, 1, ");
  assert.equal(valueText({ a: [1] }), '{"a":[1]}');
  assert.equal(valueText(true), "yes");
});
