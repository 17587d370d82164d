/** Markdown folders: what front matter becomes, files that are bad, and reading from disk. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { success } from "../base/brand.ts";
import { TowlineError } from "../base/errors.ts";
import { importFolder } from "./folder.ts";
import { planImport } from "./importer.ts";
import { readSource } from "./reader.ts";
import type { ImportReport } from "./report.ts";
import { fixtures } from "./testing/fixtures.ts";
import { TestPipeline } from "./testing/pipeline.ts";

function run(pipeline: TestPipeline, files: Readonly<Record<string, string>>): ImportReport {
  const list = Object.entries(files).map(([path, text]) => ({ path, text: success(text) }));
  return pipeline.run((state) => importFolder(list, state));
}

function runBoard(pipeline: TestPipeline): ImportReport {
  const source = readSource(join(fixtures, "board"));
  return pipeline.run((state) => {
    const plan = planImport(source, state);
    assert.ok(plan.ok && plan.value.format === "folder");
    return plan.value.steps;
  });
}

/** The fields that front matter gives, beside title and stage. */
function fieldsOf(matter: string): unknown {
  const pipeline = new TestPipeline();
  const report = run(pipeline, { "1_backlog/a.md": `---\n${matter}\n---\n` });
  if (report.problems.length > 0) return report.problems[0]?.code;
  const { title: _, stage: __, ...fields } = pipeline.fields("a") ?? {};
  return fields;
}

test("the fixture's files become items in the stage of their folder, and once only", () => {
  const pipeline = new TestPipeline();
  const report = runBoard(pipeline);
  assert.deepEqual([report.created, report.problemCount], [5, 2]);
  assert.deepEqual(
    report.problems.map(({ source, code }) => `${source} ${code}`),
    ["5_done/broken.md entry/bad-front-matter", "6_archived/has a space.md entry/bad-item-id"],
  );
  assert.deepEqual(pipeline.fields("1_draw_the_sled"), {
    assignee: "coder-1",
    blocked: true,
    depends_on: ["2_tie_the_knot", "3_feed_the_dogs"],
    description: "# Sled\n\nWith a line.",
    retries: 2,
    stage: "backlog",
    title: "Draw the sled",
    x_review_hold: "yes please",
  });
  assert.deepEqual(pipeline.fields("2_tie_the_knot"), { stage: "coding", title: "Tie the knot" });
  assert.deepEqual(pipeline.fields("3_feed_the_dogs"), {
    description: "Just a text.",
    stage: "qa",
    title: "3_feed_the_dogs",
  });
  assert.deepEqual(pipeline.fields("cross-the-lake"), {
    description: "Line one.\nLine two.",
    labels: ["ice"],
    priority: 3,
    stage: "merge",
    title: "Cross the lake",
  });
  assert.equal(pipeline.fields("harness")?.["stage"], "archived");
  const second = runBoard(pipeline);
  assert.deepEqual([second.ops, second.skipped], [0, 5]);
});

test("a file that moved, with another count of retries, changes its item", () => {
  const pipeline = new TestPipeline();
  run(pipeline, { "1_backlog/a.md": "---\nretry_count: 3\nblocked: why not\n---\nText." });
  const report = run(pipeline, {
    "5_done/a.md": "---\nretry_count: 1\nblocked: false\n---\nText.",
  });
  assert.equal(report.changed, 1);
  assert.deepEqual(pipeline.fields("a"), {
    description: "Text.",
    retries: 1,
    stage: "done",
    title: "a",
  });
});

test("front matter is read as plain data", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ["", {}],
    ["# a comment", {}],
    ["depends_on: b", { depends_on: ["b"] }],
    ["depends_on: [b, b.md, 7]", { depends_on: ["7", "b"] }],
    ["depends_on:", {}],
    ["agent: null", {}],
    ["blocked: not yet", { blocked: "not yet" }],
    ["x: {y: [1, null]}", { x_x: { y: [1, null] } }],
    ["title: taken from name", { x_title: "taken from name" }],
    ["when: 2031-01-01", { x_when: "2031-01-01" }],
    ["on: yes", { x_on: "yes" }],
    ["a: &x [1]\nb: *x", { x_a: [1], x_b: [1] }],
    ["__proto__: {polluted: 1}", { x___proto__: { polluted: 1 } }],
    ["<<: {a: 1}", {}],
  ];
  for (const [matter, expected] of rows) assert.deepEqual(fieldsOf(matter), expected, matter);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("front matter that is hostile or of the wrong type is a problem of its file", () => {
  const bombs = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name, at, all) => {
    const before = all[at - 1];
    const content = before === undefined ? "lol" : Array.from({ length: 9 }, () => `*${before}`);
    return `${name}: &${name} [${content.toString()}]`;
  });
  const rows: readonly (readonly [string, string])[] = [
    [bombs.join("\n"), "entry/bad-front-matter"],
    ["a: &a [*a, *a]", "entry/bad-front-matter"],
    [`a: ${"[".repeat(16_000)}`, "entry/bad-front-matter"],
    [`a: ${"[".repeat(100)}${"]".repeat(100)}`, "entry/bad-front-matter"],
    [`a: ${"x".repeat(70_000)}`, "entry/bad-front-matter"],
    [`a: [${"|\n".repeat(2_000)}`, "entry/bad-front-matter"],
    [`a: [${"1,".repeat(2_000)}]`, "entry/bad-front-matter"],
    ["a: !!js/function 'function () {}'", "entry/bad-front-matter"],
    ["a: !mine 1", "entry/bad-front-matter"],
    ["a: 1\na: 2", "entry/bad-front-matter"],
    ["a: .inf", "entry/bad-front-matter"],
    ["[a]: 1", "entry/bad-front-matter"],
    ["a: {1: 2}", "entry/bad-front-matter"],
    ["- a list", "entry/bad-front-matter"],
    ["just text", "entry/bad-front-matter"],
    ["name: [x]", "entry/bad-field"],
    ["agent: 7", "entry/bad-field"],
    ["blocked: 1", "entry/bad-field"],
    ["retry_count: -1", "entry/bad-field"],
    ["retry_count: 1e9", "entry/bad-field"],
    ["retry_count: many", "entry/bad-field"],
    ["depends_on: {a: b}", "entry/bad-field"],
    ["labels: [[a]]", "entry/bad-field"],
  ];
  for (const [matter, code] of rows) assert.equal(fieldsOf(matter), code, matter.slice(0, 80));
});

test("a file without an end to its front matter, or with too long a text, is a problem", () => {
  const pipeline = new TestPipeline();
  const report = run(pipeline, {
    "1_backlog/open.md": "---\nname: x\n",
    "1_backlog/long.md": "x".repeat(70_000),
    "1_backlog/twice.md": "First.",
    "2_coding/twice.md": "Second.",
    "9_nowhere/lost.md": "Lost.",
  });
  assert.deepEqual(
    report.problems.map(({ code }) => code),
    ["entry/bad-front-matter", "entry/too-large", "entry/duplicate-item", "entry/unreadable"],
  );
  assert.equal(pipeline.fields("twice")?.["stage"], "backlog");
});

test("an item that was deleted here is skipped", () => {
  const pipeline = new TestPipeline();
  pipeline.write([["del", "a"]]);
  assert.equal(run(pipeline, { "1_backlog/a.md": "Text." }).skipped, 1);
});

function codeOf(path: string): string {
  try {
    readSource(path);
    return "read";
  } catch (error) {
    return error instanceof TowlineError ? error.code : String(error);
  }
}

test("reading takes regular files only, and says what it cannot read", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "towline-import-"));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.equal(codeOf(join(folder, "none")), "import/unreadable");
  assert.equal(codeOf(folder), "import/unknown-format");
  mkdirSync(join(folder, "1_backlog", "sub.md"), { recursive: true });
  mkdirSync(join(folder, "7_other"));
  writeFileSync(join(folder, "7_other", "a.md"), "Not a stage.");
  writeFileSync(join(folder, "1_backlog", "a.txt"), "Not Markdown.");
  writeFileSync(join(folder, "1_backlog", "b.md"), new Uint8Array([255]));
  writeFileSync(join(folder, "1_backlog", "c.md"), "x".repeat(1_100_000));
  symlinkSync("/etc/hostname", join(folder, "1_backlog", "link.md"));
  const source = readSource(folder);
  assert.ok(source.kind === "folder");
  assert.deepEqual(
    source.files.map(({ path, text }) => `${path} ${text.ok ? "ok" : text.error.code}`),
    ["1_backlog/b.md entry/not-utf8", "1_backlog/c.md entry/too-long"],
  );
  const file = readSource(join(folder, "1_backlog", "b.md"));
  assert.ok(file.kind === "file" && file.bytes.length === 1);
});
