/** The sum of an import, for people and for programs, and the door to all importers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { Document } from "../pipeline/document.ts";
import { planImport } from "./importer.ts";
import type { ImportStep } from "./plan.ts";
import { ImportTally, reportText } from "./report.ts";
import { fixture } from "./testing/fixtures.ts";

const origin = { source: "t.jsonl", line: 3 };
const write = { kind: "write", ...origin, item: "a", actor: null, changes: [] } as const;

function tallied(...steps: readonly ImportStep[]): ImportTally {
  const tally = new ImportTally("items");
  for (const step of steps) tally.add(step);
  return tally;
}

test("entries are counted once, ops each, and reasons by what they say", () => {
  const skip: ImportStep = { kind: "skip", ...origin, item: "b", outcome: "skipped", why: "old" };
  const report = tallied(
    { ...write, outcome: "created", why: null, part: 0 },
    { ...write, outcome: "created", why: null, part: 1 },
    { kind: "barrier" },
    { ...write, outcome: "changed", why: "odd", part: 0 },
    skip,
    skip,
    { kind: "problem", ...origin, problem: { code: "entry/not-json", message: "no" } },
  ).report();
  assert.deepEqual(report, {
    format: "items",
    created: 1,
    changed: 1,
    skipped: 2,
    reasons: [
      { outcome: "changed", why: "odd", count: 1 },
      { outcome: "skipped", why: "old", count: 2 },
    ],
    problems: [{ ...origin, code: "entry/not-json", message: "no" }],
    problemCount: 1,
    ops: 3,
  });
  assert.equal(
    reportText(report),
    [
      "Tracker items: 1 created, 1 changed, 2 skipped, 1 bad; 3 ops written",
      "  1 changed: odd",
      "  2 skipped: old",
      "  t.jsonl:3: no (entry/not-json)",
    ].join("\n"),
  );
});

test("a file of bad lines does not fill the memory", () => {
  const problem = { code: "entry/not-json", message: "no" } as const;
  const steps = Array.from({ length: 5_000 }, (): ImportStep => {
    return { kind: "problem", ...origin, problem };
  });
  const report = tallied(...steps).report();
  assert.deepEqual([report.problems.length, report.problemCount], [1_000, 5_000]);
  assert.match(reportText(report), /and 4000 more$/u);
});

test("a plan has the format that was recognised", () => {
  const formatOf = (text: string): string => {
    const source = { kind: "file", source: "f", bytes: utf8(text) } as const;
    const plan = planImport(source, new Document());
    return plan.ok ? plan.value.format : plan.error.code;
  };
  assert.equal(formatOf(fixture("items.jsonl")), "items");
  assert.equal(formatOf(fixture("trace.jsonl")), "trace");
  assert.equal(formatOf('{"author":"a","seq":1,"prev":"b","body":"[]"}'), "ops");
  assert.equal(formatOf(""), "import/unknown-format");
});
