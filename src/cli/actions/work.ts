/** What there is to do: ready, blocked, next, claims. */
import { TowlineError } from "../../base/errors.ts";
import type { ClaimRow } from "../../work/board.ts";
import { take } from "../../commands/claim.ts";
import type { BlockedRow, ReadyRow } from "../../commands/work.ts";
import {
  blocked as blockedCommand,
  claims as claimsCommand,
  ready as readyCommand,
} from "../../commands/work.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import { shortDuration } from "../ui/time.ts";
import type { ClaimFlags } from "./claim.ts";
import { claimLine, howOf } from "./claim.ts";
import { stageColor } from "./items.ts";
import { JsonArray, printResult, shortId, valueText } from "./print.ts";
import { parseCount } from "./values.ts";

export interface ReadyFlags {
  readonly stage?: readonly string[];
  readonly label?: readonly string[];
  readonly limit?: string;
}

export interface NextFlags extends ReadyFlags, ClaimFlags {
  readonly take?: boolean;
}

export async function ready(invocation: Invocation, flags: ReadyFlags): Promise<void> {
  const { terminal } = invocation;
  const limit = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  const { rows, result } = await rowsOf(invocation, flags, limit);
  if (terminal.isJson) {
    const array = new JsonArray(terminal);
    array.add(rows);
    array.end();
    return;
  }
  const { colors, width } = terminal;
  for (const line of tableLines(rows, columnsOf(colors), { width, header: colors.dim })) {
    terminal.line(line);
  }
  const { matching } = result;
  terminal.remark(terminal.errorColors.dim(`${matching} ready`));
}

async function rowsOf(
  invocation: Invocation,
  flags: ReadyFlags,
  limit: number | null,
): Promise<{ readonly rows: readonly ReadyRow[]; readonly result: { readonly matching: number } }> {
  const rows: ReadyRow[] = [];
  const params = { stages: flags.stage ?? [], labels: flags.label ?? [], limit };
  const result = await runCommand(invocation, readyCommand, params, {
    rows: (some) => rows.push(...some),
  });
  return { rows, result };
}

type Colors = Invocation["terminal"]["colors"];

function columnsOf(colors: Colors): readonly Column<ReadyRow>[] {
  return [
    { title: "ITEM", text: ({ item }) => item, style: colors.bold },
    {
      title: "STAGE",
      text: ({ stage }) => valueText(stage),
      style: (cell, row) => stageColor(row.stage, colors)(cell),
    },
    { title: "P", text: (row) => valueText(row["priority"]), align: "right" },
    { title: "TITLE", text: ({ title }) => valueText(title), isFlexible: true },
    {
      title: "WAITING",
      text: ({ dependents }) => (dependents === 0 ? "" : String(dependents)),
      align: "right",
    },
  ];
}

export async function blocked(invocation: Invocation, flags: ReadyFlags): Promise<void> {
  const { terminal } = invocation;
  const rows: BlockedRow[] = [];
  const params = { stages: flags.stage ?? [], labels: flags.label ?? [] };
  await runCommand(invocation, blockedCommand, params, { rows: (some) => rows.push(...some) });
  const { colors, width } = terminal;
  const columns: readonly Column<BlockedRow>[] = [
    { title: "ITEM", text: ({ item }) => item, style: colors.bold },
    { title: "STAGE", text: ({ stage }) => valueText(stage) },
    { title: "TITLE", text: ({ title }) => valueText(title), isFlexible: true },
    {
      title: "WHY",
      text: ({ obstacles }) => obstacles.map(({ text }) => text).join("; "),
      isFlexible: true,
      style: colors.yellow,
    },
  ];
  if (terminal.isJson) {
    const array = new JsonArray(terminal);
    array.add(rows);
    array.end();
    return;
  }
  for (const line of tableLines(rows, columns, { width, header: colors.dim })) terminal.line(line);
  if (rows.length === 0) terminal.remark("nothing is blocked");
}

export async function next(invocation: Invocation, flags: NextFlags): Promise<void> {
  const { terminal } = invocation;
  if (flags.take !== true) {
    const { rows } = await rowsOf(invocation, flags, 1);
    const [row] = rows;
    if (row === undefined) throw nothing();
    const text = `${terminal.colors.bold(escapeLine(row.item))}  ${escapeLine(valueText(row.title))}`;
    printResult(terminal, row, [terminal.isQuiet ? row.item : text]);
    return;
  }
  const worker = { stages: flags.stage ?? [], labels: flags.label ?? [] };
  const claimed = await runCommand(invocation, take, { ...howOf(invocation, flags), ...worker });
  if (claimed === null) throw nothing();
  printResult(terminal, claimed, [claimLine(terminal, claimed)]);
}

function nothing(): TowlineError {
  return new TowlineError("next/none", "Nothing is ready. `towline blocked` shows what waits.");
}

export async function claims(
  invocation: Invocation,
  { all = false }: { readonly all?: boolean },
): Promise<void> {
  const { terminal } = invocation;
  const rows: ClaimRow[] = [];
  await runCommand(invocation, claimsCommand, { all }, { rows: (some) => rows.push(...some) });
  if (terminal.isJson) {
    const array = new JsonArray(terminal);
    array.add(rows);
    array.end();
    return;
  }
  const { colors, width } = terminal;
  const time = (ms: number | null): string => (ms === null ? "" : shortDuration(ms));
  const columns: readonly Column<ClaimRow>[] = [
    { title: "ITEM", text: ({ item }) => item, style: colors.bold },
    { title: "STATE", text: ({ state }) => state },
    { title: "BY", text: ({ guarantee }) => (guarantee === "none" ? "" : guarantee) },
    { title: "EPOCH", text: ({ epoch }) => String(epoch), align: "right" },
    { title: "HOLDER", text: ({ actor }) => actor ?? "", isFlexible: true },
    { title: "NODE", text: ({ holder, ours }) => (ours ? "here" : shortId(holder ?? "")) },
    { title: "SILENT", text: ({ silentMs }) => time(silentMs), align: "right" },
    { title: "EXPIRES", text: ({ expiresInMs }) => time(expiresInMs), align: "right" },
    { title: "TITLE", text: ({ title }) => valueText(title), isFlexible: true },
  ];
  for (const line of tableLines(rows, columns, { width, header: colors.dim })) terminal.line(line);
  if (rows.length === 0) terminal.remark("nobody holds anything");
}
