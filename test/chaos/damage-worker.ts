/**
 * Opens damaged folders, one after another, as the program does, and tells what it found: what the
 * node serves, or the code with which it refuses. A hang or a crash is seen by the parent.
 */
import { openNode } from "../../src/api/open-node.ts";
import type { Digest, TowlineNode } from "../../src/api/types.ts";
import { TowlineError } from "../../src/base/errors.ts";
import { resolveConfig } from "../../src/node/config.ts";

export interface Served {
  readonly kind: "served";
  readonly node: string;
  readonly mesh: string;
  readonly digest: Digest;
  /** Problems that `verify` sees. */
  readonly problems: number;
  /** False when a write was lost when the folder was opened once more. */
  readonly keepsWrites: boolean;
}

export type Found =
  | Served
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "threw"; readonly stack: string };

export interface Job {
  readonly dir: string;
}

async function open(dir: string): Promise<TowlineNode> {
  const { config } = resolveConfig({ flags: {}, env: {}, dir });
  return await openNode({ dir, settings: config, listen: null });
}

async function look(dir: string): Promise<Served> {
  const node = await open(dir);
  let served: Omit<Served, "keepsWrites">;
  let id: string | undefined;
  try {
    const { problems } = await node.verify();
    const digest = node.digest();
    served = { kind: "served", node: node.id, mesh: node.mesh, digest, problems: problems.length };
    [id] = await node.write([[["note", "damage", "written after it"]]]);
  } finally {
    await node.close();
  }
  const again = await open(dir);
  try {
    const isThere = [...again.ops()].some((op) => op.id === id);
    return { ...served, keepsWrites: isThere };
  } finally {
    await again.close();
  }
}

async function find(dir: string): Promise<Found> {
  try {
    return await look(dir);
  } catch (error) {
    if (error instanceof TowlineError) {
      return { kind: "refused", code: error.code, message: error.message };
    }
    return { kind: "threw", stack: error instanceof Error ? (error.stack ?? "") : String(error) };
  }
}

process.on("message", ({ dir }: Job) => {
  void find(dir).then((found) => process.send?.(found));
});
