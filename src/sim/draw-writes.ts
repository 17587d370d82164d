/** Draws what callers write: which kinds of change a seed knows, in what sizes and bursts. */
import type { Prng } from "./prng.ts";
import type { Deed, Edit } from "./scenario.ts";

/** Stands for KiB of noise, told by their number and a seed: a scenario has to stay small. */
export const noiseMark = "noise ";

const editKinds = ["new", "set", "add", "rem", "inc", "note", "del", "odd"] as const;

export interface Workload {
  /** One weight for each kind of edit; some are 0. */
  readonly weights: readonly number[];
  readonly items: number;
  /** How often a write is a batch, and of how many ops at most. */
  readonly batches: number;
  readonly batchMax: number;
  /** Characters of a long text, and how often there is one. */
  readonly longText: number;
  readonly longTexts: number;
  readonly imports: number;
  /** Most texts are long and like noise. */
  readonly isHeavy: boolean;
}

export function drawWorkload(chance: Prng): Workload {
  const base = [3, 6, 3, 3, 2, 2, 0.7, 0.3];
  const batch = chance.pick([
    { batches: 0, batchMax: 0 },
    { batches: 0.1, batchMax: 4 },
    { batches: 0.05, batchMax: 40 },
    { batches: 0.01, batchMax: 300 },
  ]);
  // Long texts that no compression makes short fill a peer's credit.
  const isHeavy = chance.sub("heavy").chance(0.05);
  return {
    ...batch,
    isHeavy,
    weights: base.map((weight) => (chance.chance(0.25) ? 0 : weight * chance.float())),
    items: chance.pick([2, 10, 60]),
    longText: chance.pick([1_000, 20_000, 30_000]),
    longTexts: chance.pick([0, 0, 0, 0.01]),
    imports: chance.pick([0, 0, 0.05]),
  };
}

export function drawWrite(chance: Prng, node: number, workload: Workload): Deed {
  const isBatch = chance.chance(workload.batches);
  const count = isBatch ? chance.between(2, workload.batchMax) : 1;
  const ops = Array.from({ length: count }, () => drawEdits(chance, workload));
  return { kind: "write", node, actor: chance.pick(["", "alice", "böb"]), ops };
}

function drawEdits(chance: Prng, workload: Workload): Edit[] {
  const count = chance.chance(0.2) ? chance.between(0, 4) : 1;
  return Array.from({ length: count }, () => {
    const kind = editKinds[chance.weighted(workload.weights)] ?? "set";
    return { kind, item: chance.below(workload.items), ...drawField(chance, kind, workload) };
  });
}

function drawField(
  chance: Prng,
  kind: Edit["kind"],
  workload: Workload,
): Pick<Edit, "field" | "value"> {
  switch (kind) {
    case "add":
    case "rem":
      return { field: chance.pick(["labels", "depends_on"]), value: `v${chance.below(4)}` };
    case "inc":
      return { field: "retries", value: chance.between(-3, 3) };
    default: {
      const field = chance.pick(["title", "stage", "priority", "assignee", "x_own", "future"]);
      return { field, value: field === "stage" ? drawStage(chance) : drawText(chance, workload) };
    }
  }
}

function drawStage(chance: Prng): string | null {
  return chance.pick(["backlog", "coding", "qa", "merge", "done", "archived", null]);
}

function drawText(chance: Prng, workload: Workload): string | number | null {
  const { longText, longTexts, isHeavy } = workload;
  if (isHeavy && chance.chance(0.6)) return `${noiseMark}${chance.between(10, 60)},${chance.u32()}`;
  if (chance.chance(longTexts)) return chance.pick(["x", '"', "é", "\\", "€"]).repeat(longText);
  return chance.pick([null, chance.below(100), `text ${chance.below(1_000)}`, "käse 🧀"]);
}
