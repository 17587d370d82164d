/** Runs a command on an open node as the local endpoint does: its parameters go through JSON. */
import type { TowlineNode } from "../../api/types.ts";
import type { JsonObject } from "../../base/json.ts";
import { resolveConfig } from "../../node/config.ts";
import type { NodeCommand } from "../command.ts";
import { Given } from "../command.ts";

export async function run<Params, Row, Result>(
  node: TowlineNode,
  command: NodeCommand<Params, Row, Result>,
  params: Params,
): Promise<{ readonly rows: readonly Row[]; readonly result: Result }> {
  const { config } = resolveConfig({ flags: {}, env: {}, dir: null });
  const rows: Row[] = [];
  const context = {
    ...{ node, config, signal: new AbortController().signal },
    rows: (some: readonly Row[]) => {
      rows.push(...some);
      return Promise.resolve();
    },
    progress: () => undefined,
  };
  const given = new Given(JSON.parse(JSON.stringify(params)) as JsonObject);
  const result = await command.run(context, command.read(given));
  return { rows, result };
}
