/** Towline, through what it offers to programs: each replica is a node with its own folder. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeTuple, TowlineNode } from "../../../src/api/index.ts";
import { joinMesh, openNode } from "../../../src/api/index.ts";
import { present } from "../../../src/base/assert.ts";
import type { Step } from "../../work.ts";
import { storeSteps } from "../../work.ts";
import type { Driver, Edit, Place, Replica } from "../driver.ts";

/** Fields that the pipeline knows by the same name; the others are custom ones. */
const known = ["title", "assignee", "priority", "kind", "branch"];
const custom = "x_";

const inTowline = (field: string): string =>
  known.includes(field) || field.startsWith(custom) ? field : `${custom}of_${field}`;

const inEdits = (field: string): string | null => {
  if (field.startsWith(`${custom}of_`)) return field.slice(`${custom}of_`.length);
  return known.includes(field) || field.startsWith(custom) ? field : null;
};

export const driver: Driver = {
  openHub: async (dir) => {
    const listen = { host: "127.0.0.1", port: 0 };
    const node = await openNode({ dir, listen, settings: { open: true } });
    return { url: present(node.url, "the hub listens"), close: async () => await node.close() };
  },
  openReplica: async ({ dir, url }: Place) => {
    await joinMesh({ dir, name: "replica", url, token: null, key: null });
    return new NodeReplica(await openNode({ dir, listen: null, settings: { open: true } }));
  },
  fill: async (dir, edits) => {
    await storeSteps(dir, stepsOf(edits));
  },
};

function* stepsOf(edits: readonly Edit[]): Generator<Step> {
  const seen = new Set<string>();
  for (const edit of edits) {
    yield { author: edit.author, body: changesOf(edit, seen.has(edit.item)) };
    seen.add(edit.item);
  }
}

function changesOf({ item, set }: Edit, exists: boolean): readonly ChangeTuple[] {
  const values = Object.entries(set).map(([field, value]) => [inTowline(field), value] as const);
  if (!exists) return [["new", item, Object.fromEntries(values)]];
  return values.map(([field, value]) => ["set", item, field, value] as const);
}

class NodeReplica implements Replica {
  readonly #node: TowlineNode;
  #url: string | null = null;

  constructor(node: TowlineNode) {
    this.#node = node;
  }

  connect(url: string): void {
    this.#url = url;
    this.#node.addRendezvous(url);
  }

  async disconnect(): Promise<void> {
    if (this.#url !== null) this.#node.removeRendezvous(this.#url);
    while (this.#node.peers().some(({ state }) => state !== "offline")) await sleep(1);
  }

  async write(edits: readonly Edit[]): Promise<void> {
    const made = new Set<string>();
    const ops = edits.map((edit) => {
      const exists = made.has(edit.item) || this.#node.itemState(edit.item) === "live";
      made.add(edit.item);
      return changesOf(edit, exists);
    });
    await Promise.all(ops.map((op) => this.#node.write([op])));
  }

  ticket(): string {
    return this.#node.mesh;
  }

  read(item: string, field: string): string | undefined {
    const value = this.#node.item(item)?.fields[inTowline(field)];
    return typeof value === "string" ? value : undefined;
  }

  *entries(): Generator<readonly [string, string, string]> {
    for (const { item, fields } of this.#node.items()) {
      for (const [name, value] of Object.entries(fields)) {
        const field = inEdits(name);
        if (field !== null && typeof value === "string") yield [item, field, value];
      }
    }
  }

  onChange(listener: (item: string, field: string) => void): void {
    this.#node.on("applied", ({ items }) => {
      for (const item of items) listener(item, "x_at");
    });
  }

  async close(): Promise<void> {
    await this.#node.close();
  }
}
