/** Looks back and takes back: log, blame, undo. */
import type { LoggedOp } from "../../api/types.ts";
import type { BlameRow, ChangeRow, HistoryParams, PageResult } from "../../commands/history.ts";
import { blame as blameCommand, history as historyCommand } from "../../commands/history.ts";
import { log as logCommand } from "../../commands/ops.ts";
import { undo as undoCommand } from "../../commands/undo.ts";
import { historyPageMax } from "../../base/limits.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { momentOf } from "../ui/moment.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import { isoMinute } from "../ui/time.ts";
import { escapeLine } from "../ui/escape.ts";
import { changeLine, opLine } from "./op-line.ts";
import { JsonArray, printResult, shortId, valueText } from "./print.ts";
import { parseCount } from "./values.ts";
import { reportWait } from "./writing.ts";

/** Ops that a person is shown without asking for more. */
const logLimit = 50;

export interface LogFlags {
  readonly limit?: string;
  readonly at?: string;
}

export async function log(
  invocation: Invocation,
  item: string | undefined,
  flags: LogFlags,
): Promise<void> {
  const { terminal } = invocation;
  const given = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  // Whoever pipes it further wants to see it all.
  const limit = given ?? (terminal.isJson || terminal.width === null ? null : logLimit);
  const at = momentOf(flags.at);
  if (item !== undefined && at === null && !terminal.isJson) {
    await timelineOf(invocation, item, limit);
    return;
  }
  const array = new JsonArray(terminal);
  let shown = 0;
  const rows = (some: readonly LoggedOp[]): void => {
    shown += some.length;
    if (terminal.isJson) array.add(some);
    else for (const op of some) terminal.line(opLine(op, terminal));
  };
  const params = { item: item ?? null, limit, at };
  const { ops } = await runCommand(invocation, logCommand, params, { rows });
  if (terminal.isJson) array.end();
  else remarkOn(invocation, shown, ops > shown ? String(ops) : null);
}

/** What happened to one item, each change with what it met. */
async function timelineOf(
  invocation: Invocation,
  item: string,
  limit: number | null,
): Promise<void> {
  const { terminal } = invocation;
  const found: ChangeRow[] = [];
  let cursor: string | null = null;
  do {
    const size = Math.min(historyPageMax, (limit ?? Infinity) - found.length);
    const params: HistoryParams = { item, limit: size, cursor };
    const rows = (some: readonly ChangeRow[]): unknown => found.push(...some);
    const page: PageResult = await runCommand(invocation, historyCommand, params, { rows });
    cursor = page.next;
  } while (cursor !== null && found.length < (limit ?? Infinity));
  for (const row of found.toReversed()) terminal.line(changeLine(row, terminal, false));
  remarkOn(invocation, found.length, cursor === null ? null : "more");
}

function remarkOn({ terminal }: Invocation, shown: number, all: string | null): void {
  const remark = all === null ? `${shown} ops` : `the latest ${shown} of ${all} ops (--limit)`;
  terminal.remark(terminal.errorColors.dim(remark));
}

export async function blame(
  invocation: Invocation,
  item: string,
  { at }: { readonly at?: string },
): Promise<void> {
  const { terminal } = invocation;
  const { colors, width } = terminal;
  const found: BlameRow[] = [];
  const params = { item, at: momentOf(at) };
  await runCommand(invocation, blameCommand, params, { rows: (some) => found.push(...some) });
  const columns: readonly Column<BlameRow>[] = [
    { title: "FIELD", text: ({ field }) => field, style: colors.bold },
    { title: "VALUE", text: ({ value }) => valueText(value) || "cleared", isFlexible: true },
    {
      title: "BY",
      text: ({ actor, node, author }) => `${actor || "-"}@${node ?? shortId(author)}`,
    },
    { title: "WHEN", text: ({ time }) => isoMinute(time), style: colors.dim },
    { title: "OP", text: ({ op }) => shortId(op), style: colors.dim },
  ];
  printResult(terminal, found, tableLines(found, columns, { width, header: colors.dim }));
}

export async function undo(
  invocation: Invocation,
  what: string | undefined,
  flags: { readonly force?: boolean; readonly item?: string },
): Promise<void> {
  const { terminal, actor, wait } = invocation;
  const result = await runCommand(invocation, undoCommand, {
    ...{ what: what ?? null, item: flags.item ?? null },
    ...{ actor, force: flags.force === true, wait },
  });
  const { op, undid, items, left } = result;
  const done =
    op === null
      ? `nothing to do: all is as it was before ${shortId(undid)}`
      : `undid ${shortId(undid)} of ${items.join(", ")} with ${shortId(op)}`;
  const lines = [done, ...left.map((text) => `left as it is: ${text}`)];
  printResult(terminal, result, lines.map(escapeLine));
  reportWait(invocation, result.wait);
}
