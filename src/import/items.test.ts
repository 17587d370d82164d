/** Tracker items: each row of the mapping, what is left alone, bad lines, and a second run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../base/json.ts";
import { fixture, items, jsonl, problemsOf } from "./testing/fixtures.ts";
import { TestPipeline } from "./testing/pipeline.ts";

function imported(entry: Readonly<Record<string, unknown>>): Json {
  const pipeline = new TestPipeline();
  pipeline.run(items(jsonl({ id: "a", title: "A", ...entry })));
  const { title: _, ...fields } = pipeline.fields("a") ?? {};
  return fields;
}

test("each status has its stage and what goes with it", () => {
  const rows: readonly (readonly [string, Json])[] = [
    ["open", { stage: "backlog" }],
    ["in_progress", { stage: "coding" }],
    ["hooked", { stage: "coding" }],
    ["closed", { stage: "done" }],
    ["blocked", { blocked: true, stage: "backlog" }],
    ["deferred", { frozen: true, stage: "backlog" }],
    ["pinned", { labels: ["pinned"], stage: "backlog" }],
    ["tombstone", { reason: "deleted", stage: "archived" }],
    ["thinking", { stage: "backlog", x_status: "thinking" }],
  ];
  for (const [status, expected] of rows) assert.deepEqual(imported({ status }), expected, status);
  assert.deepEqual(imported({}), { stage: "backlog" });
});

test("each field of the tracker has its place", () => {
  const rows: readonly (readonly [string, unknown, Json])[] = [
    ["description", "d", { description: "d" }],
    ["priority", 0, { priority: 0 }],
    ["issue_type", "bug", { kind: "bug" }],
    ["assignee", "ada", { assignee: "ada" }],
    ["external_ref", "gh-1", { external_ref: "gh-1" }],
    ["estimated_minutes", 30, { estimate: 30 }],
    ["close_reason", "fixed", { reason: "fixed" }],
    ["design", "d", { x_design: "d" }],
    ["acceptance_criteria", "c", { x_acceptance_criteria: "c" }],
    ["notes", "n", { x_notes: "n" }],
    ["created_at", "t", { x_created_at: "t" }],
    ["closed_at", "t", { x_closed_at: "t" }],
    ["labels", ["b", "a", "b"], { labels: ["a", "b"] }],
    ["depends_on", ["x:y:blocks", "z"], { depends_on: ["x:y", "z"] }],
    ["depends_on", ["x:waits-for", "y:conditional-blocks"], { depends_on: ["x", "y"] }],
    ["depends_on", ["p:parent-child"], { x_parent: ["p"] }],
    [
      "depends_on",
      ["r:relates-to", "d:duplicates"],
      { x_related: ["d:duplicates", "r:relates-to"] },
    ],
    ["sender", { name: "x" }, { x_sender: { name: "x" } }],
    ["trace", "9.00000000", { x_source_trace: "9.00000000" }],
    ["stage", "nowhere", { x_stage: "nowhere" }],
    ["assignee", null, {}],
  ];
  for (const [field, value, expected] of rows) {
    const wanted = { stage: "backlog", ...(expected as object) };
    assert.deepEqual(imported({ status: "open", [field]: value }), wanted, field);
  }
});

test("the fixture is imported as it says, comments as notes, and once only", () => {
  const pipeline = new TestPipeline();
  const first = pipeline.run(items(fixture("items.jsonl")), { chunk: 100 });
  assert.deepEqual([first.created, first.changed, first.skipped, first.ops], [7, 0, 0, 9]);
  assert.deepEqual(first.problems, []);
  assert.deepEqual(pipeline.fields("tl-1"), {
    depends_on: ["tl-2"],
    description: "With a line.",
    kind: "task",
    labels: ["art", "sled"],
    priority: 1,
    stage: "backlog",
    title: "Draw the sled",
    x_created_at: "2031-01-01T08:00:00Z",
    x_parent: ["tl-9"],
    x_related: ["tl-3:discovered-from"],
  });
  assert.equal(pipeline.fields("tl-5")?.["reason"], "deleted");
  assert.equal(pipeline.fields("tl-5")?.["x_close_reason"], "worn out");
  const notes = pipeline.document.item("tl-6")?.notes.map(({ actor, text }) => [actor, text]);
  assert.deepEqual(notes, [
    ["ada", "Read these."],
    ["bob", "Done."],
  ]);
  const before = pipeline.text();
  const second = pipeline.run(items(fixture("items.jsonl")));
  assert.deepEqual([second.created, second.changed, second.skipped, second.ops], [0, 0, 7, 0]);
  assert.deepEqual(second.reasons, [{ outcome: "skipped", why: "nothing new", count: 7 }]);
  assert.equal(pipeline.text(), before);
});

test("only what differs is written, and what the file does not name stays", () => {
  const pipeline = new TestPipeline();
  pipeline.run(items(jsonl({ id: "a", title: "A", status: "deferred", labels: ["x", "y"] })));
  pipeline.write([
    ["set", "a", "assignee", "ada"],
    ["note", "a", "Mine."],
  ]);
  const { steps } = pipeline.run(
    items(jsonl({ id: "a", title: "A", status: "open", labels: ["y", "z"] })),
  );
  assert.equal(steps.length, 1);
  const [step] = steps;
  assert.ok(step?.kind === "write");
  assert.deepEqual(
    step.changes.map((change) => change.slice(0, 4)),
    [
      ["set", "a", "frozen", null],
      ["rem", "a", "labels", "x"],
      ["add", "a", "labels", "z"],
    ],
  );
  assert.deepEqual(pipeline.fields("a"), {
    assignee: "ada",
    labels: ["y", "z"],
    stage: "backlog",
    title: "A",
  });
});

test("an item that comes back from pinned or tombstone loses what these brought", () => {
  const pipeline = new TestPipeline();
  for (const status of ["pinned", "tombstone", "open"]) {
    pipeline.run(items(jsonl({ id: "a", title: "A", status })));
  }
  assert.deepEqual(pipeline.fields("a"), { stage: "backlog", title: "A" });
});

test("an item that was deleted here is skipped with the reason", () => {
  const pipeline = new TestPipeline();
  pipeline.write([["new", "tl-1", {}]]);
  pipeline.write([["del", "tl-1"]]);
  const { skipped, reasons } = pipeline.run(items(fixture("items.jsonl")));
  assert.equal(skipped, 1);
  assert.match(reasons[0]?.why ?? "", /deleted in this pipeline/u);
});

test("a bad line is named and skipped, the others are imported", () => {
  const lines = [
    '{"id":"ok-1","title":"Fine","status":"open"}',
    "not json",
    '["array"]',
    '{"id":"a b","title":"T","status":"open"}',
    '{"id":7,"title":"T","status":"open"}',
    '{"id":"no-title","status":"open"}',
    '{"id":"c","title":5,"status":"open"}',
    '{"id":"c","title":"T","status":null}',
    '{"id":"c","title":"T","status":"open","priority":"high"}',
    '{"id":"c","title":"T","status":"open","labels":"x"}',
    '{"id":"c","title":"T","status":"open","dependencies":[{"type":"blocks"}]}',
    '{"id":"c","title":"T","status":"open","x":1e400}',
    '{"id":"c","title":"\\ud800","status":"open"}',
    '{"id":"c","title":"T","status":"open","x":{"\\udfff":1}}',
    `{"id":"c","title":"T","status":"open","x":${"[".repeat(5000)}`,
    `{"id":"c","title":"T","status":"open","x":${"[".repeat(30)}${"]".repeat(30)}}`,
    "",
    '{"id":"ok-1","title":"Again","status":"open"}',
    JSON.stringify({ id: "c", title: "T", status: "open", description: "x".repeat(70_000) }),
    JSON.stringify({ id: "c", title: "T", status: "open", description: "x".repeat(1_100_000) }),
    '{"id":"ok-2","title":"Fine","status":"open"}',
  ];
  const pipeline = new TestPipeline();
  const report = pipeline.run(items(`\uFEFF${lines.join("\r\n")}`));
  assert.deepEqual(pipeline.document.itemIds(), ["ok-1", "ok-2"]);
  assert.equal(pipeline.fields("ok-1")?.["title"], "Fine");
  assert.deepEqual(problemsOf(report.problems), [
    "2 entry/not-json",
    "3 entry/not-json",
    "4 entry/bad-item-id",
    "5 entry/bad-item-id",
    ...[6, 7, 8, 9, 10, 11, 12, 13, 14].map((line) => `${line} entry/bad-field`),
    "15 entry/too-deep",
    "16 entry/too-deep",
    "18 entry/duplicate-item",
    "19 entry/too-large",
    "20 entry/too-long",
  ]);
  assert.match(report.problems[16]?.message ?? "", /70002 bytes/u);
});

test("keys that mean something to JavaScript are fields like any other", () => {
  const pipeline = new TestPipeline();
  pipeline.run(
    items(
      '{"id":"__proto__","title":"T","status":"open","__proto__":{"polluted":1},' +
        '"constructor":{"__proto__":{"polluted":2}},"toString":3,"title":"U"}\n',
    ),
  );
  const fields = pipeline.fields("__proto__") ?? {};
  assert.equal(fields["title"], "U", "of one key twice the last counts, as in all of JSON");
  assert.deepEqual(Object.keys(fields), [
    "stage",
    "title",
    "x___proto__",
    "x_constructor",
    "x_toString",
  ]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("a field whose name cannot be used is left out, and the report says so", () => {
  const pipeline = new TestPipeline();
  const { created, reasons } = pipeline.run(
    items(jsonl({ id: "a", title: "A", status: "open", "no good": 1 })),
  );
  assert.equal(created, 1);
  assert.match(reasons[0]?.why ?? "", /name cannot be used/u);
});

test("a comment that cannot be a note is a problem of its own", () => {
  const comments = [{ author: "ada", text: "One." }, { author: "x".repeat(200), text: "" }, 7];
  const pipeline = new TestPipeline();
  const source = jsonl({ id: "a", title: "A", status: "open", comments });
  const report = pipeline.run(items(source));
  assert.deepEqual(problemsOf(report.problems), ["1 entry/bad-field", "1 entry/bad-field"]);
  assert.equal(report.created, 1);
  assert.equal(pipeline.document.item("a")?.notes.length, 1);
  assert.equal(pipeline.run(items(source)).ops, 0);
});

test("an item that is too large for one op takes several, and counts once", () => {
  const [description, design, notes] = ["d", "e", "ü"].map((text) => text.repeat(30_000));
  const source = jsonl({ id: "a", title: "A", status: "open", description, design, notes });
  const pipeline = new TestPipeline();
  const report = pipeline.run(items(source));
  assert.equal(report.created, 1);
  assert.equal(report.ops, 2);
  assert.equal(pipeline.fields("a")?.["x_notes"], notes);
  assert.equal(pipeline.run(items(source)).ops, 0);
});

test("a run that was cut within an item is completed by the next", () => {
  const [description, design] = ["d", "e"].map((text) => text.repeat(40_000));
  const source = jsonl({ id: "a", title: "A", status: "open", description, design });
  const pipeline = new TestPipeline();
  pipeline.run(items(source), { opsMax: 1 });
  const report = pipeline.run(items(source));
  assert.deepEqual([report.changed, report.ops], [1, 1]);
  assert.equal(pipeline.fields("a")?.["x_design"], design);
});
