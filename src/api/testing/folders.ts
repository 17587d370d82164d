/** Data folders that last as long as a test, and nodes that are closed with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { foundMesh } from "../../node/found.ts";
import { openNode } from "../open-node.ts";
import type { OpenOptions } from "../open-node.ts";
import type { TowlineNode } from "../types.ts";

export function newFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "towline-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "node");
}

/** A folder that has founded a mesh. */
export function foundedFolder(t: TestContext): string {
  const dir = newFolder(t);
  foundMesh({ dir, name: "test" });
  return dir;
}

export async function openFor(
  t: TestContext,
  dir: string,
  options: Omit<OpenOptions, "dir"> = {},
): Promise<TowlineNode> {
  const node = await openNode({ dir, ...options });
  t.after(() => node.close());
  return node;
}

export const anyPort = { host: "127.0.0.1", port: 0 } as const;
