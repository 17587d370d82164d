/** Believable edits of a pipeline: people and agents take, build, test, return and finish work. */
import type { ChangeTuple, ItemView, TowlineNode } from "../src/api/index.ts";
import type { DemoNode } from "./mesh.ts";

/** What one node does next: the body of one op. */
export interface Edit {
  readonly item: string;
  readonly actor: string;
  readonly changes: readonly ChangeTuple[];
}

export interface Player {
  /** About how many edits will be played in all. */
  readonly total: number;
  /** The next edit of `node`, as it sees the pipeline; null when there are no more. */
  next(node: DemoNode): Edit | null;
}

const crews: Readonly<Record<string, readonly string[]>> = {
  harbour: ["mara", "coder-1", "reviewer"],
  north: ["jonas", "coder-2", "tester-1"],
  south: ["aiko", "coder-3", "tester-2"],
};
const verbs = ["Fix", "Speed up", "Document", "Retire", "Split", "Test", "Harden", "Rename"];
const things = [
  "the retry of uploads",
  "the invoice export",
  "the login page",
  "the search index",
  "the nightly backup",
  "the release notes",
  "the rate limiter",
  "the address form",
  "the queue monitor",
  "the map tiles",
];
const labels = ["ui", "api", "db", "docs", "security", "flaky", "customer"];
const kinds = ["bug", "feature", "chore"];
const nextStage = new Map([
  ["backlog", "coding"],
  ["coding", "qa"],
  ["qa", "merge"],
  ["merge", "done"],
  ["done", "archived"],
]);
/** Until so many items are open a node would rather make new ones. */
const openItemsWanted = 150;
const triesMax = 6;

/** Edits drawn from `seed`; each node decides on what it knows itself. */
export function generatedEdits(total: number, seed: number): Player {
  return new Generator(total, seed);
}

class Generator implements Player {
  readonly total: number;
  readonly #random: () => number;
  readonly #items: string[] = [];
  #left: number;

  constructor(total: number, seed: number) {
    this.total = total;
    this.#left = total;
    this.#random = randomFrom(seed);
  }

  next({ name, node }: DemoNode): Edit | null {
    if (this.#left === 0) return null;
    this.#left -= 1;
    const actor = this.#pick(crews[name] ?? [name]);
    const wantsNew = this.#items.length < openItemsWanted ? 0.3 : 0.06;
    const view = this.#random() < wantsNew ? null : this.#someItem(node);
    const item = view?.item ?? `wk-${(this.#items.length + 1).toString().padStart(4, "0")}`;
    const changes = view === null ? this.#creation(item) : this.#work(view, actor, node);
    return { item, actor, changes };
  }

  #someItem(node: TowlineNode): ItemView | null {
    for (let tries = 0; tries < triesMax && this.#items.length > 0; tries += 1) {
      // Newer items get more attention.
      const recent = Math.sqrt(this.#random());
      const id = this.#items[Math.floor(recent * this.#items.length)] ?? "";
      const view = node.item(id);
      if (view !== null && view.fields["stage"] !== "archived") return view;
    }
    return null;
  }

  #creation(item: string): readonly ChangeTuple[] {
    this.#items.push(item);
    const title = `${this.#pick(verbs)} ${this.#pick(things)}`;
    const values = { title, kind: this.#pick(kinds), priority: this.#upTo(4), stage: "backlog" };
    return [
      ["new", item, values],
      ["add", item, "labels", this.#pick(labels)],
    ];
  }

  #work(view: ItemView, actor: string, node: TowlineNode): readonly ChangeTuple[] {
    const { item: id, fields } = view;
    const stage = typeof fields["stage"] === "string" ? fields["stage"] : "backlog";
    const chance = this.#random();
    if (chance < 0.5) return this.#advance(id, stage, actor);
    if (chance < 0.6 && stage === "qa") {
      return [
        ["set", id, "stage", "coding"],
        ["inc", id, "retries", 1],
        ["note", id, "The tests fail on a cold start; see the log of the run."],
      ];
    }
    if (chance < 0.72) return [["note", id, `Looked at it: ${this.#pick(things)} is involved.`]];
    if (chance < 0.82) return [["set", id, "priority", this.#upTo(4)]];
    if (chance < 0.9) return [["set", id, "blocked", fields["blocked"] !== true]];
    const label = this.#pick(labels);
    const adds = node.adds(id, "labels", label);
    if (adds.length === 0) return [["add", id, "labels", label]];
    return [["rem", id, "labels", label, [...adds]]];
  }

  #advance(id: string, stage: string, actor: string): readonly ChangeTuple[] {
    const next = nextStage.get(stage) ?? "archived";
    const moved: ChangeTuple = ["set", id, "stage", next];
    if (next !== "coding") return [moved];
    return [moved, ["set", id, "assignee", actor], ["set", id, "branch", `work/${id}`]];
  }

  #pick(from: readonly string[]): string {
    return from[Math.floor(this.#random() * from.length)] ?? "";
  }

  #upTo(max: number): number {
    return Math.floor(this.#random() * (max + 1));
  }
}

/** The generator sfc32, seeded and warmed up: numbers from [0, 1). */
function randomFrom(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let n = 0; n < 16; n += 1) next();
  return next;
}
