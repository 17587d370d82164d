/** Nodes of the real program in folders of their own, gone when the test is. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { foundMesh, joinMesh, openNode } from "../../src/api/index.ts";
import type { ChangeTuple, NodeSettings, TowlineNode } from "../../src/api/index.ts";
import { until } from "./until.ts";
import type { MadeOp } from "./wire-op.ts";

export type Settings = Partial<NodeSettings>;

/** Runs things at the end: a test, or a program that borrows from tests. */
export interface Cleanup {
  after(run: () => unknown): void;
}

export function tempDir(t: Cleanup): string {
  const dir = mkdtempSync(join(tmpdir(), "towline-e2e-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Opens the node in `dir` on a free port of loopback. */
export async function reopen(
  t: TestContext,
  dir: string,
  options: { readonly settings?: Settings; readonly port?: number } = {},
): Promise<TowlineNode & { readonly url: string }> {
  const { settings = {}, port = 0 } = options;
  const node = await openNode({ dir, listen: { host: "127.0.0.1", port }, settings });
  t.after(() => node.close());
  if (node.url === null) throw new Error("the node does not listen");
  return node as TowlineNode & { readonly url: string };
}

/** A node that founded a mesh, listening. */
export async function founder(
  t: TestContext,
  settings: Settings = {},
): Promise<TowlineNode & { readonly url: string }> {
  const dir = tempDir(t);
  foundMesh({ dir, name: "e2e" });
  return await reopen(t, dir, { settings });
}

/** A node that joined the mesh of `host`, listening and open, but not connected. */
export async function member(
  t: TestContext,
  host: TowlineNode,
  settings: Settings = { open: true },
): Promise<TowlineNode & { readonly url: string }> {
  const dir = tempDir(t);
  const { token, url } = await host.invite();
  await joinMesh({ dir, name: "e2e", url, token, key: host.id });
  return await reopen(t, dir, { settings });
}

/** `count` ops, each with a note for `item`. */
export function notes(item: string, count: number): readonly (readonly ChangeTuple[])[] {
  return Array.from({ length: count }, (_, at) => [["note", item, `${item} ${at}`]] as const);
}

/** Writes one op a call, so that each has its own signature. */
export async function writeSingly(node: TowlineNode, item: string, count: number): Promise<void> {
  await Promise.all(notes(item, count).map(async (changes) => await node.write([changes])));
}

/** The node's log as an outsider reads it. */
export function opsOf(node: TowlineNode): readonly MadeOp[] {
  return [...node.ops()].map(({ id, ...op }) => ({ id, op }));
}

export async function converged(nodes: readonly TowlineNode[], count?: number): Promise<void> {
  const counts = (): string => nodes.map((node) => node.status().ops).join(" ");
  await until(
    () => {
      const [first, ...others] = nodes.map((node) => node.status().ops);
      return (count === undefined || first === count) && others.every((each) => each === first);
    },
    () => `all nodes have ${count ?? "as many"} ops; they have ${counts()}`,
    20_000,
  );
  const digests = nodes.map((node) => node.digest());
  const [first] = digests;
  for (const each of digests) {
    if (each.ops !== first?.ops || each.state !== first.state) {
      throw new Error(`as many ops, other digests: ${JSON.stringify(digests)}`);
    }
  }
}
