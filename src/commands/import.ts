/**
 * Imports a file or a folder in whatever format it is, in chunks between which others get a turn.
 */
import type { ChangeTuple, OpId, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { CurrentState, ImportStep, WriteStep } from "../import/plan.ts";
import type { ImportSource } from "../import/reader.ts";
import { readSource } from "../import/reader.ts";
import type { ImportReport } from "../import/report.ts";
import { ImportTally } from "../import/report.ts";
import type { CommandContext, NodeCommand } from "./command.ts";
import { breathe } from "./command.ts";
import type { OpsReport } from "./import-ops.ts";
import { importOps } from "./import-ops.ts";
import { confirming } from "./wait.ts";

export interface ImportParams {
  /** Absolute: the node that runs may have another working directory. */
  readonly path: string;
  /** Who acts where the source does not say. */
  readonly actor: string;
}

/** Writes on their way to the disk at a time. */
const chunkOps = 500;

const importing: NodeCommand<ImportParams, never, ImportReport | OpsReport> = {
  name: "import",
  read: (given) => ({ path: given.text("path"), actor: given.text("actor") }),
  run: async (context, { path, actor }) => await importSource(context, readSource(path), actor),
};

export const importPath = confirming(importing, (node) => node.heads());

/** Imports what was read; the format is recognised. */
export async function importSource(
  context: CommandContext<never>,
  source: ImportSource,
  actor: string,
): Promise<ImportReport | OpsReport> {
  // Its readers are a sixth of what a node would load at its start, and few nodes import.
  const { planImport } = await import("../import/importer.ts");
  const plan = planImport(source, currentState(context.node));
  if (!plan.ok) throw new TowlineError(plan.error.code, plan.error.message);
  const all = entriesOf(source);
  const advance = async (done: number): Promise<void> => {
    context.progress(done, all);
    await breathe(context.signal);
  };
  if (plan.value.format === "ops") {
    const bytes = source.kind === "file" ? source.bytes : new Uint8Array();
    return await importOps(context.node, { source: source.source, bytes }, advance);
  }
  const tally = new ImportTally(plan.value.format);
  await carryOut(context, { steps: plan.value.steps, actor, tally, advance });
  return tally.report();
}

function currentState(node: TowlineNode): CurrentState {
  return {
    item: (id) => node.item(id),
    state: (id) => node.itemState(id),
    adds: (item, field, value) => node.adds(item, field, value),
  };
}

/** Entries in all, for the progress: lines or files. */
function entriesOf(source: ImportSource): number {
  if (source.kind === "folder") return source.files.length;
  let lines = 1;
  for (let at = source.bytes.indexOf(10); at >= 0; at = source.bytes.indexOf(10, at + 1)) {
    lines += 1;
  }
  return lines;
}

async function carryOut(
  { node }: CommandContext<never>,
  work: {
    readonly steps: Iterable<ImportStep>;
    readonly actor: string;
    readonly tally: ImportTally;
    readonly advance: (done: number) => Promise<void>;
  },
): Promise<void> {
  let writes: WriteStep[] = [];
  let steps = 0;
  const flush = async (): Promise<void> => {
    await writeAll(node, writes, work.actor);
    writes = [];
    await work.advance(steps);
  };
  for (const step of work.steps) {
    steps += 1;
    if (step.kind === "barrier") await flush();
    if (step.kind === "write") writes.push(step);
    // Skipped entries take time as well: a repeated import consists of nothing else.
    if (writes.length >= chunkOps || steps % chunkOps === 0) await flush();
    work.tally.add(step);
  }
  await flush();
}

/**
 * One write for each stretch of one actor, all under way together so that they share commits. They
 * are applied in their order; the first that fails is reported after all have ended.
 */
async function writeAll(
  node: TowlineNode,
  steps: readonly WriteStep[],
  actor: string,
): Promise<void> {
  const under: Promise<readonly OpId[]>[] = [];
  for (const { actor: who, ops } of stretchesOf(steps, actor)) {
    under.push(node.write(ops, { actor: who, isFree: true }));
  }
  const outcomes = await Promise.allSettled(under);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

function stretchesOf(
  steps: readonly WriteStep[],
  actor: string,
): readonly { readonly actor: string; readonly ops: (readonly ChangeTuple[])[] }[] {
  const stretches: { actor: string; ops: (readonly ChangeTuple[])[] }[] = [];
  for (const step of steps) {
    const who = step.actor ?? actor;
    let last = stretches.at(-1);
    if (last?.actor !== who) {
      last = { actor: who, ops: [] };
      stretches.push(last);
    }
    last.ops.push(step.changes as readonly ChangeTuple[]);
  }
  return stretches;
}
