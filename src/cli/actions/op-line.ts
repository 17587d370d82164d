/** One op on one line: when, which, who, and what it did. */
import type { LoggedOp } from "../../api/types.ts";
import type { Json } from "../../base/json.ts";
import { parseJson } from "../../base/json.ts";
import type { ChangeRow } from "../../commands/history.ts";
import { summaryOf } from "../../history/lines.ts";
import type { Change } from "../../op/change.ts";
import { readChange } from "../../op/change.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Terminal } from "../ui/terminal.ts";
import { cutTo } from "../ui/text-width.ts";
import { isoMinute } from "../ui/time.ts";
import { shortId } from "./print.ts";

export function opLine(op: LoggedOp, terminal: Terminal): string {
  return lineOf({ ...op, op: op.id, node: null }, textOfBody(op.body), terminal);
}

/** `withItem`: the item as well, where there may be several. */
export function changeLine(row: ChangeRow, terminal: Terminal, withItem: boolean): string {
  const [item, other] = withItem ? row.items : [];
  const text = row.text.join(", ");
  const isOne = item !== undefined && other === undefined;
  return lineOf(row, isOne ? `${item}: ${text}` : text, terminal);
}

function lineOf(
  op: Pick<ChangeRow, "op" | "actor" | "time" | "node"> & { readonly author: string },
  text: string,
  { colors, width }: Terminal,
): string {
  const who = `${op.actor === "" ? "-" : op.actor}@${op.node ?? shortId(op.author)}`;
  const head = `${isoMinute(op.time)}  ${shortId(op.op)}  ${escapeLine(who)}`;
  const what = escapeLine(text);
  const room = width === null ? null : width - head.length - 2;
  return `${colors.dim(head)}  ${room === null ? what : cutTo(what, Math.max(room, 20))}`;
}

/** What the changes of a body do, in words. */
export function textOfBody(body: string): string {
  const parsed = parseJson(body);
  const raw = parsed.ok && Array.isArray(parsed.value) ? (parsed.value as readonly Json[]) : [];
  const changes: readonly Change[] = raw.map(readChange).filter((change) => change !== null);
  return summaryOf(changes);
}
