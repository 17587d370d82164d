/** A data folder with items in it, made without starting a process for each. */
import { join } from "node:path";
import { foundMesh, openNode } from "../../src/api/index.ts";
import type { ChangeTuple, JsonObject } from "../../src/api/index.ts";
import { temporaryFolder } from "../../src/cli/testing/program.ts";

/** By id: the fields of each item. */
export type Items = Readonly<Record<string, JsonObject>>;

export async function pipelineWith(
  context: Parameters<typeof temporaryFolder>[0],
  items: Items = {},
): Promise<string> {
  const dir = join(temporaryFolder(context), "node");
  foundMesh({ dir, name: "test" });
  const ops = Object.entries(items).map(([item, fields]): readonly ChangeTuple[] => {
    return [["new", item, { title: item, stage: "backlog", ...fields }]];
  });
  if (ops.length === 0) return dir;
  await using node = await openNode({ dir });
  await node.write(ops);
  return dir;
}
