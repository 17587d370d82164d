/**
 * What people import: tracker items, edit traces, folders of Markdown, exports. Every op that is
 * planned can be written, and a second run writes nothing.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { success } from "../../../src/base/brand.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { meshInFile, opChunks } from "../../../src/commands/import-ops.ts";
import { detectFormat } from "../../../src/import/detect.ts";
import { importFolder } from "../../../src/import/folder.ts";
import { readMarkdown } from "../../../src/import/front-matter.ts";
import type { CurrentState, ImportStep } from "../../../src/import/plan.ts";
import { importItems } from "../../../src/import/items.ts";
import { importTrace } from "../../../src/import/trace.ts";
import { TestPipeline } from "../../../src/import/testing/pipeline.ts";
import type { Prng } from "../../../src/sim/prng.ts";
import { treeOf } from "./json-tree.ts";
import { mutateBytes, mutateJson, mutateText, oddities } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";
import { must, shot } from "./target.ts";
import { vectors } from "./target-op.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/import");

function linesOf(name: string): readonly unknown[] {
  const lines = readFileSync(join(fixtures, name), "utf8").split("\n");
  const parsed: unknown[] = [];
  for (const line of lines) {
    try {
      parsed.push(JSON.parse(line));
    } catch {
      // The fixtures hold bad lines on purpose.
    }
  }
  return parsed;
}

const itemTrees = linesOf("items.jsonl").map((entry) => treeOf(entry));
const traceTrees = linesOf("trace.jsonl").map((entry) => treeOf(entry));
const exportTrees = vectors.ops.map(({ op }) => treeOf(op));

type Planner = (state: CurrentState) => Iterable<ImportStep>;

/** Runs a plan twice on a pipeline that refuses every op that could not be. */
function checkPlan(plan: Planner, chunk: number): Verdict {
  const pipeline = new TestPipeline();
  const first = pipeline.run(plan, { chunk });
  const before = pipeline.text();
  must(pipeline.run(plan).ops === 0, "a second run writes something");
  must(pipeline.text() === before, "a second run changes the state");
  return first.ops > 0 ? "accepted" : "refused";
}

function jsonLinesOf(trees: readonly ReturnType<typeof treeOf>[], prng: Prng): Uint8Array {
  const lines = Array.from({ length: prng.between(1, 4) }, () => {
    const tree = prng.pick(trees);
    return prng.chance(0.8) ? mutateJson(tree, prng) : mutateJson(treeOf({}), prng);
  });
  const bytes = utf8(`${lines.join(prng.chance(0.9) ? "\n" : "\r\n")}\n`);
  return prng.chance(0.1) ? mutateBytes(bytes, prng) : bytes;
}

const yaml = [
  ...[
    "name: ",
    "depends_on: ",
    "retry_count: ",
    "x: ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "a: ",
  ],
  ...["&a ", "*a", "!!map ", "!!js/function ", "!x ", "<<: ", "? ", ": ", '"', "'", "|\n", ">-\n"],
  ...[
    "#",
    "1",
    "a",
    ",",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    ".inf",
    "0x10",
    "~",
    "__proto__: ",
    "1e400",
  ],
  ...["[*a,*a]", "&b [*a,*a]", "constructor: ", "2020-01-01", "\t"],
];
const matters = [
  "name: Draw the sled\ndepends_on: [2, 3]\nretry_count: 1\nblocked: true\n",
  "a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
  "x: {y: {z: [1, 2.5, ~, yes, '07']}}\nlabels:\n  - one\n  - two\n",
  'name: "quoted \\u0041"\ntext: |\n  several\n  lines\n',
];

function markdownOf(prng: Prng): string {
  const matter = mutateText(prng.pick(matters), [...yaml, ...oddities], prng);
  const body = mutateText("# A title\n\nAnd some text.\n", ["---", "\n", "```", ...oddities], prng);
  return `---\n${matter}\n---\n${body}`;
}

function checkMarkdown(text: string): Verdict {
  const files = [{ path: "1_backlog/1_a.md", text: success(text) }];
  return checkPlan((state) => importFolder(files, state), 1);
}

function checkExport(bytes: Uint8Array): Verdict {
  detectFormat(bytes);
  let lines = 0;
  for (const chunk of opChunks(bytes)) lines += chunk.filter(({ entry }) => entry.ok).length;
  return meshInFile(bytes) === null && lines === 0 ? "refused" : "accepted";
}

export const importTargets: readonly Target[] = [
  {
    name: "tracker items",
    weight: 8,
    draw: (prng) => {
      const chunk = prng.pick([1, 2, 50]);
      return shot(jsonLinesOf(itemTrees, prng), (input) => {
        detectFormat(input);
        return checkPlan((state) => importItems({ source: "items.jsonl", input }, state), chunk);
      });
    },
  },
  {
    name: "traces",
    weight: 8,
    draw: (prng) => {
      const chunk = prng.pick([1, 2, 50]);
      return shot(jsonLinesOf(traceTrees, prng), (input) => {
        detectFormat(input);
        return checkPlan((state) => importTrace({ source: "trace.jsonl", input }, state), chunk);
      });
    },
  },
  {
    name: "exports",
    weight: 4,
    draw: (prng) => shot(jsonLinesOf(exportTrees, prng), checkExport),
  },
  {
    name: "front matter",
    weight: 4,
    draw: (prng) =>
      shot(markdownOf(prng), (text) => (readMarkdown(text).ok ? "accepted" : "refused")),
  },
  { name: "Markdown", weight: 3, draw: (prng) => shot(markdownOf(prng), checkMarkdown) },
];
