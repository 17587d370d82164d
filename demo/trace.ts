/** Plays a recorded edit trace: its lines are dealt out over the nodes by turn, some at a time. */
import { readFileSync } from "node:fs";
import type { ChangeTuple, TowlineNode } from "../src/api/index.ts";
import { assert } from "../src/base/assert.ts";
import { planImport } from "../src/import/importer.ts";
import type { CurrentState, ImportStep, RawChange } from "../src/import/plan.ts";
import type { Edit, Player } from "./edits.ts";
import type { DemoNode } from "./mesh.ts";

/** Lines that one node takes in a row: somebody works for a while, then somebody else does. */
const turnLines = 10;
/** The register by which an import goes on where it stopped; the demo starts afresh each time. */
const resumeField = "x_trace";

/** Throws an `Error` for the user when the file cannot be read or is no trace. */
export function traceEdits(path: string, edits: number | null, nodes: readonly DemoNode[]): Player {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, edits ?? undefined);
  const steps = new Map<DemoNode, Iterator<ImportStep>>();
  for (const [at, each] of nodes.entries()) {
    const own = lines.filter((_, line) => Math.floor(line / turnLines) % nodes.length === at);
    steps.set(each, stepsOf({ path, text: own.join("\n"), node: each.node }));
  }
  return { total: lines.length, next: (node) => nextWrite(steps.get(node), node.name) };
}

function stepsOf(from: {
  readonly path: string;
  readonly text: string;
  readonly node: TowlineNode;
}): Iterator<ImportStep> {
  const { path, text, node } = from;
  if (text === "") return [][Symbol.iterator]();
  const bytes = new TextEncoder().encode(text);
  const plan = planImport({ kind: "file", source: path, bytes }, stateOf(node));
  if (!plan.ok) throw new Error(plan.error.message);
  if (plan.value.format !== "trace") throw new Error(`${path} is no edit trace`);
  return plan.value.steps[Symbol.iterator]();
}

function stateOf(node: TowlineNode): CurrentState {
  return {
    state: (id) => node.itemState(id),
    adds: (item, field, value) => node.adds(item, field, value),
    item: (id) => {
      const view = node.item(id);
      if (view === null) return null;
      return { ...view, fields: { ...view.fields, [resumeField]: null } };
    },
  };
}

function nextWrite(steps: Iterator<ImportStep> | undefined, name: string): Edit | null {
  for (;;) {
    const next = steps?.next();
    if (next === undefined || next.done === true) return null;
    const step = next.value;
    if (step.kind !== "write") continue;
    const kept = step.changes.filter((change) => change[2] !== resumeField);
    if (kept.length === 0) continue;
    const actor = step.actor ?? name;
    return { item: step.item, actor, changes: kept.map(tupleOf) };
  }
}

function tupleOf(change: RawChange): ChangeTuple {
  const [kind, ...rest] = change;
  assert(typeof kind === "string", "an import plans changes of a kind");
  return [kind, ...rest];
}
