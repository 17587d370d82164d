/** list and show: items for people, or as they are. */
import { member } from "../../base/json.ts";
import type { JsonObject } from "../../base/json.ts";
import { stages } from "../../op/change.ts";
import { TowlineError } from "../../base/errors.ts";
import type { ItemRow } from "../../commands/item-rows.ts";
import type { WholeItem } from "../../commands/items.ts";
import { list as listCommand, show as showCommand } from "../../commands/items.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { escapeLine, escapeText } from "../ui/escape.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import type { Colors, Terminal } from "../ui/terminal.ts";
import { wrapTo } from "../ui/text-width.ts";
import { ago, isoMinute } from "../ui/time.ts";
import { momentOf } from "../ui/moment.ts";
import { JsonArray, pairLines, printResult, shortId, valueText } from "./print.ts";
import { parseCount } from "./values.ts";

export interface ListOptions {
  readonly stage?: readonly string[];
  readonly label?: readonly string[];
  readonly search?: string;
  readonly assignee?: string;
  readonly all?: boolean;
  readonly archived?: boolean;
  readonly limit?: string;
}

export async function list(invocation: Invocation, options: ListOptions): Promise<void> {
  const { terminal } = invocation;
  const wanted = [...(options.stage ?? []), ...(options.archived === true ? ["archived"] : [])];
  refuseUnknownStages(wanted);
  const limit = options.limit === undefined ? null : parseCount(options.limit, "--limit");
  const array = new JsonArray(terminal);
  const rows: ItemRow[] = [];
  const result = await runCommand(
    invocation,
    listCommand,
    {
      stages: wanted,
      labels: options.label ?? [],
      search: options.search ?? null,
      assignee: options.assignee ?? null,
      // A script that does not filter gets everything; a person looks at what is going on.
      withArchived: options.all === true || terminal.isJson || wanted.includes("archived"),
      limit,
    },
    { rows: (some) => (terminal.isJson ? array.add(some) : rows.push(...some)) },
  );
  if (terminal.isJson) {
    array.end();
    return;
  }
  for (const line of listLines(rows, terminal)) terminal.line(line);
  const left = result.matching - rows.length;
  const remarks = [
    rows.length === 0 ? "no items" : `${rows.length} ${rows.length === 1 ? "item" : "items"}`,
    ...(left > 0 ? [`${left} more beyond --limit`] : []),
    ...(result.archived > 0 ? [`${result.archived} archived not shown (--all)`] : []),
  ];
  terminal.remark(terminal.errorColors.dim(remarks.join(", ")));
}

function refuseUnknownStages(wanted: readonly string[]): void {
  const known: readonly string[] = [...stages, "none"];
  const unknown = wanted.find((stage) => !known.includes(stage));
  if (unknown === undefined) return;
  const message = `${JSON.stringify(unknown)} is no stage: use one of ${known.join(", ")}.`;
  throw new TowlineError("usage/invalid", message);
}

export function stageColor(stage: unknown, colors: Colors): (text: string) => string {
  switch (stage) {
    case "coding":
      return colors.yellow;
    case "qa":
      return colors.magenta;
    case "merge":
      return colors.cyan;
    case "done":
      return colors.green;
    case "archived":
      return colors.dim;
    default:
      return colors.blue;
  }
}

function listLines(rows: readonly ItemRow[], { colors, width }: Terminal): readonly string[] {
  const now = Date.now();
  const field = (name: string) => (row: ItemRow) => valueText(member(row as JsonObject, name));
  const columns: readonly Column<ItemRow>[] = [
    { title: "ITEM", text: ({ item }) => item, style: colors.bold },
    {
      title: "STAGE",
      text: field("stage"),
      style: (cell, row) => stageColor(row.stage, colors)(cell),
    },
    { title: "P", text: field("priority"), align: "right" },
    { title: "TITLE", text: titleText, isFlexible: true },
    { title: "ASSIGNEE", text: field("assignee") },
    { title: "LABELS", text: field("labels"), isFlexible: true, style: colors.dim },
    { title: "UPDATED", text: ({ updated }) => ago(updated.time, now), style: colors.dim },
  ];
  return tableLines(rows, columns, { width, header: colors.dim });
}

function titleText(row: ItemRow): string {
  const blocked = member(row as JsonObject, "blocked");
  const frozen = member(row as JsonObject, "frozen");
  const isSet = (value: unknown): boolean =>
    value !== undefined && value !== null && value !== false;
  const marks = [...(isSet(blocked) ? ["[blocked]"] : []), ...(isSet(frozen) ? ["[frozen]"] : [])];
  return [...marks, valueText(row.title)].join(" ");
}

export async function show(
  invocation: Invocation,
  item: string,
  { at }: { readonly at?: string },
): Promise<void> {
  const shown = await runCommand(invocation, showCommand, { item, at: momentOf(at) });
  printResult(invocation.terminal, shown, showLines(shown, invocation.terminal));
}

/** What `show` prints elsewhere than among the fields. */
const notFields: ReadonlySet<string> = new Set(
  ["item", "stage", "title", "notes", "created", "updated", "newer", "op"].concat(
    ...["description", "claim", "conflict", "output"],
  ),
);

function showLines(shown: WholeItem, { colors, width }: Terminal): readonly string[] {
  const { bold, dim, yellow } = colors;
  const columns = Math.min(width ?? 100, 100);
  const wrapped = (text: string): readonly string[] =>
    wrapTo(escapeText(text), columns - 2).map((line) => (line === "" ? "" : `  ${line}`));
  const lines = [
    `${bold(escapeLine(shown.item))}  ${stageColor(shown.stage, colors)(escapeLine(valueText(shown.stage) || "no stage"))}`,
    ...wrapTo(escapeLine(valueText(shown.title)), columns).map((line) => bold(line)),
    "",
  ];
  const short: [string, string][] = [];
  const long: [string, string][] = [];
  for (const [name, value] of Object.entries(shown)) {
    if (notFields.has(name)) continue;
    const text = valueText(value);
    (text.includes("\n") || text.length > columns - 20 ? long : short).push([name, text]);
  }
  short.push(["created", who(shown.created)], ["updated", who(shown.updated)]);
  lines.push(...pairLines(short, colors));
  const description = valueText(member(shown as unknown as JsonObject, "description"));
  if (description !== "") lines.push("", ...wrapped(description));
  for (const [name, text] of long) lines.push("", dim(escapeLine(name)), ...wrapped(text));
  for (const note of shown.notes) {
    lines.push("", dim(`note, ${escapeLine(who(note))}`), ...wrapped(note.text));
  }
  lines.push(...workLines(shown, colors));
  if (shown.newer > 0) {
    lines.push("", yellow(`${shown.newer} changes need a newer version of towline to be seen.`));
  }
  return lines;
}

/** Who holds it, what is in conflict, and the end of what agents here printed. */
function workLines(shown: WholeItem, { bold, dim, yellow }: Colors): readonly string[] {
  const lines: string[] = [];
  const { claim, conflict, output } = shown;
  if (claim !== null && claim.state !== "free") {
    const holder = `${claim.actor ?? ""} on ${shortId(claim.holder ?? "")}`;
    const text = `${claim.state}, ${holder}, epoch ${claim.epoch}`;
    lines.push("", `${dim("claim")}  ${escapeLine(text)}`);
  }
  if (conflict.length > 0) {
    lines.push("", yellow("moved to several stages by nodes that did not know of one another:"));
    for (const side of conflict) lines.push(`  ${escapeLine(`${side.stage}  ${who(side)}`)}`);
    const stages = [...new Set(conflict.map(({ stage }) => stage))].join("|");
    lines.push(`  ${bold(`towline move ${escapeLine(shown.item)} ${stages}`)} settles it`);
  }
  if (output !== null && output !== "") {
    const tail = escapeText(output.trimEnd()).split("\n").slice(-outputLines);
    lines.push("", dim("the end of the output here"), ...tail.map((line) => `  ${line}`));
  }
  return lines;
}

/** Lines of output that a person is shown; `--json` has more. */
const outputLines = 20;

function who({ actor, author, time }: { actor: string; author: string; time: number }): string {
  const name = actor === "" ? "somebody" : actor;
  return `${isoMinute(time)} by ${name} on ${shortId(author)}`;
}
