/** Follows the changes of a node that runs, until Ctrl-C. */
import type { Json } from "../../base/json.ts";
import type { ChangeRow } from "../../commands/history.ts";
import { watch as watchCommand } from "../../commands/watch.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { changeLine } from "./op-line.ts";
import { parseCount } from "./values.ts";

export interface WatchFlags {
  readonly limit?: string;
}

export async function watch(
  invocation: Invocation,
  item: string | undefined,
  { limit }: WatchFlags,
): Promise<void> {
  const { terminal } = invocation;
  const rows = (some: readonly ChangeRow[]): void => {
    for (const row of some) {
      if (terminal.isJson) terminal.jsonLine(row as unknown as Json);
      else terminal.line(changeLine(row, terminal, item === undefined));
    }
  };
  const params = { item: item ?? null, limit: countOf(limit) };
  const progress = (): void => terminal.remark(terminal.errorColors.dim("watching; Ctrl-C ends"));
  await runCommand(invocation, watchCommand, params, { rows, progress });
}

export function countOf(limit: string | undefined): number | null {
  return limit === undefined ? null : parseCount(limit, "--limit");
}
