/** Edit traces: what an edit does, runs that are cut anywhere, other histories, chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fixture, jsonl, problemsOf, trace } from "./testing/fixtures.ts";
import { TestPipeline } from "./testing/pipeline.ts";
import { readHistory, standingOf } from "./trace-history.ts";

const whole = fixture("trace.jsonl");

function edit(item: string, op: string, set: object, t = 1): object {
  return { t, node: "n01", item, op, set };
}

test("the fixture ends in the state that its last edits say", () => {
  const pipeline = new TestPipeline();
  const report = pipeline.run(trace(whole));
  assert.deepEqual([report.created, report.changed, report.ops], [2, 7, 9]);
  const { x_trace: _, ...first } = pipeline.fields("tl-1") ?? {};
  assert.deepEqual(first, {
    kind: "task",
    priority: 2,
    stage: "backlog",
    title: "Draw the sled again",
  });
  const { x_trace: place, ...second } = pipeline.fields("tl-2") ?? {};
  assert.ok(typeof place === "string");
  assert.match(place, /^3\.[0-9a-f]{8}$/u);
  assert.deepEqual(second, {
    kind: "bug",
    priority: 0,
    reason: "tied",
    stage: "done",
    title: "Tie the knot",
    x_closed_at: "2031-01-05T08:00:00Z",
  });
  const actors = report.steps.flatMap((step) => (step.kind === "write" ? [step.actor] : []));
  assert.deepEqual(actors.slice(0, 5), ["n01", "n02", "n01", "n02", "n02"]);
});

test("the state after each edit is that of the tracker", () => {
  const pipeline = new TestPipeline();
  const lines = whole.trimEnd().split("\n");
  const seen = lines.map((_, at) => {
    pipeline.run(trace(whole), { opsMax: 1 });
    const item = at === 1 || at === 4 || at === 5 ? "tl-2" : "tl-1";
    const { stage, frozen, reason, labels, depends_on, assignee } = pipeline.fields(item) ?? {};
    return [stage, frozen, reason, labels, depends_on, assignee];
  });
  const no = undefined;
  assert.deepEqual(seen, [
    ["backlog", no, no, ["art"], ["tl-2"], no],
    ["backlog", no, no, no, no, no],
    ["coding", no, no, ["art", "sled"], ["tl-2"], "ada"],
    ["coding", no, no, ["sled"], no, "ada"],
    ["backlog", true, no, no, no, no],
    ["done", no, "tied", no, no, no],
    ["archived", no, "deleted", ["sled"], no, "ada"],
    ["backlog", no, no, ["pinned"], no, no],
    ["backlog", no, no, no, no, no],
  ]);
});

test("a run that was cut after any op is continued, whatever the chunks", () => {
  const whole1 = new TestPipeline();
  whole1.run(trace(whole));
  for (let cut = 0; cut <= 9; cut += 1) {
    for (const chunk of [1, 2, 3, 100]) {
      const pipeline = new TestPipeline();
      pipeline.run(trace(whole), { chunk, opsMax: cut });
      const rest = pipeline.run(trace(whole), { chunk });
      assert.equal(rest.ops, 9 - cut);
      assert.equal(rest.skipped, cut);
      assert.equal(pipeline.text(), whole1.text());
      assert.equal(pipeline.run(trace(whole), { chunk }).ops, 0);
    }
  }
});

test("what was edited here after an edit was imported is not overwritten", () => {
  const pipeline = new TestPipeline();
  pipeline.run(trace(whole), { opsMax: 5 });
  pipeline.write([["set", "tl-1", "title", "Mine"]]);
  pipeline.run(trace(whole.split("\n").slice(0, 6).join("\n")));
  assert.equal(pipeline.fields("tl-1")?.["title"], "Mine");
});

test("a longer trace continues a shorter one, and a shorter one undoes nothing", () => {
  const shorter = whole.split("\n").slice(0, 4).join("\n");
  const pipeline = new TestPipeline();
  assert.equal(pipeline.run(trace(shorter)).ops, 4);
  assert.equal(pipeline.run(trace(whole)).ops, 5);
  const before = pipeline.text();
  const again = pipeline.run(trace(shorter));
  assert.equal(again.ops, 0);
  assert.match(again.reasons[0]?.why ?? "", /more edits of the item were imported before/u);
  assert.equal(pipeline.text(), before);
});

test("another history of an item is applied, and the report says so once for each item", () => {
  const pipeline = new TestPipeline();
  pipeline.run(trace(whole));
  const other = jsonl(
    ...[1, 2, 3, 4, 5, 6, 7].map((t) => edit("tl-1", "update", { title: `Other ${t}` }, t)),
  );
  const report = pipeline.run(trace(other), { chunk: 10 });
  assert.equal(report.ops, 7);
  assert.equal(report.reasons[0]?.count, 1);
  assert.match(report.reasons[0].why, /another history/u);
  assert.equal(pipeline.fields("tl-1")?.["title"], "Other 7");
  assert.equal(pipeline.run(trace(other)).ops, 0);
});

test("the spacing of a line does not matter, its content does", () => {
  const entry = edit("a", "create", { title: "A" });
  const { marks } = readHistory(jsonl(entry));
  assert.deepEqual(
    readHistory(`\uFEFF\r\n  ${JSON.stringify(entry, null, 1).replaceAll("\n", " ")}`).marks,
    marks,
  );
  assert.notDeepEqual(readHistory(jsonl(edit("a", "create", { title: "B" }))).marks, marks);
  assert.deepEqual(standingOf(null, []), { kind: "imported", count: 0 });
  assert.deepEqual(standingOf("1.zz", ["1.00000000"]), { kind: "other" });
  assert.deepEqual(standingOf(7, ["1.00000000"]), { kind: "other" });
});

test("a create of an item that is here writes its fields and leaves the others", () => {
  const pipeline = new TestPipeline();
  pipeline.write([
    ["new", "a", { title: "Old", assignee: "ada" }],
    ["add", "a", "labels", "mine"],
  ]);
  const report = pipeline.run(trace(jsonl(edit("a", "create", { title: "New" }))));
  assert.deepEqual([report.created, report.changed], [0, 1]);
  const { title, assignee, labels } = pipeline.fields("a") ?? {};
  assert.deepEqual([title, assignee, labels], ["New", "ada", ["mine"]]);
});

test("an edit names what it changes: labels given here survive a change of the status", () => {
  const pipeline = new TestPipeline();
  pipeline.run(trace(jsonl(edit("a", "create", { title: "A", labels: ["x"] }))));
  pipeline.write([["add", "a", "labels", "mine"]]);
  const source = jsonl(
    edit("a", "create", { title: "A", labels: ["x"] }),
    edit("a", "update", { status: "pinned" }),
    edit("a", "update", { title: "B" }),
  );
  pipeline.run(trace(source));
  assert.deepEqual(pipeline.fields("a")?.["labels"], ["mine", "pinned", "x"]);
});

test("a trace that begins in the middle creates what it changes and deletes nothing absent", () => {
  const pipeline = new TestPipeline();
  const report = pipeline.run(
    trace(
      jsonl(
        edit("gone", "delete", {}),
        edit("a", "update", { title: "A" }),
        edit("a", "update", {}),
        edit("a", "update", { status: "closed" }),
      ),
    ),
    { chunk: 100 },
  );
  assert.deepEqual([report.created, report.changed, report.skipped], [1, 1, 2]);
  assert.equal(pipeline.fields("a")?.["stage"], "done");
  assert.equal(pipeline.fields("gone"), null);
});

test("an item that was deleted here stays deleted", () => {
  const pipeline = new TestPipeline();
  pipeline.write([["del", "tl-1"]]);
  const report = pipeline.run(trace(whole));
  assert.equal(report.skipped, 6);
  assert.equal(pipeline.fields("tl-1"), null);
});

test("a bad line is named and has no ordinal, so that it comes in once it is mended", () => {
  const lines = [
    jsonl(edit("a", "create", { title: "A" })),
    jsonl(edit("a b", "create", {})),
    jsonl(edit("a", "rename", {})),
    jsonl({ ...edit("a", "update", {}), t: "now" }),
    jsonl({ ...edit("a", "update", {}), node: 7 }),
    jsonl({ ...edit("a", "update", {}), node: "x".repeat(129) }),
    jsonl({ ...edit("a", "update", {}), set: [] }),
    jsonl(edit("a", "update", { title: 7 })),
    jsonl(edit("a", "update", { description: "x".repeat(70_000) })),
    "}\n",
    jsonl(edit("a", "update", { title: "B" })),
  ];
  const pipeline = new TestPipeline();
  const report = pipeline.run(trace(lines.join("")));
  assert.deepEqual(problemsOf(report.problems), [
    "2 entry/bad-item-id",
    ...[3, 4, 5, 6, 7, 8].map((line) => `${line} entry/bad-field`),
    "9 entry/too-large",
    "10 entry/not-json",
  ]);
  assert.match(JSON.stringify(pipeline.fields("a")?.["x_trace"]), /^"2\./u);
  const again = pipeline.run(trace(lines.join("")));
  assert.deepEqual([again.ops, again.problemCount], [0, 9]);
});

test("an edit that is too large for one op moves x_trace with its last, and counts once", () => {
  const [description, design] = ["d", "e"].map((text) => text.repeat(40_000));
  const source = jsonl(edit("a", "create", { title: "A", description, design }));
  const pipeline = new TestPipeline();
  const cut = pipeline.run(trace(source), { opsMax: 1 });
  assert.deepEqual([cut.created, cut.ops], [1, 1]);
  assert.equal(pipeline.fields("a")?.["x_trace"], undefined);
  pipeline.run(trace(source));
  assert.equal(pipeline.fields("a")?.["x_design"], design);
  assert.equal(pipeline.run(trace(source)).ops, 0);
});

const word = fc.constantFrom("a", "b", "pinned", "c");
const someEdit = fc.record({
  t: fc.nat(9),
  node: fc.constantFrom("n01", "n02"),
  item: fc.constantFrom("i", "j"),
  op: fc.constantFrom("create", "update", "update", "update", "delete"),
  set: fc.record(
    {
      title: fc.option(word),
      status: fc.constantFrom("open", "pinned", "deferred", "closed", "tombstone", "blocked"),
      close_reason: fc.option(word),
      labels: fc.option(fc.uniqueArray(word)),
      depends_on: fc.option(fc.uniqueArray(word.map((name) => `${name}:blocks`))),
    },
    { requiredKeys: [] },
  ),
});

test("chunks, cuts and repetition never change where a trace ends", () => {
  fc.assert(
    fc.property(
      fc.array(someEdit, { maxLength: 14 }),
      fc.integer({ min: 2, max: 20 }),
      fc.nat(14),
      (edits, chunk, cut) => {
        const source = jsonl(...edits);
        const plain = new TestPipeline();
        plain.run(trace(source));
        const other = new TestPipeline();
        other.run(trace(source), { chunk, opsMax: cut });
        other.run(trace(source), { chunk });
        assert.equal(other.text(), plain.text());
        assert.equal(other.run(trace(source), { chunk }).ops, 0);
      },
    ),
  );
});
