/** What tools answer with: items, claims and notes in the form that models read best. */
import { z } from "zod";
import { mcpLongTextMax, mcpNotesMax, mcpTextMax } from "../base/edge-limits.ts";
import type { ClaimResult } from "../commands/claim.ts";
import type { ItemRow, ShownItem } from "../commands/item-rows.ts";
import type { WholeItem } from "../commands/items.ts";
import { fieldType } from "../pipeline/schema.ts";
import type { ClaimRow } from "../work/board.ts";

const time = z.string().describe("ISO 8601, by the clock of whoever wrote");

export const itemLine = z.object({
  item: z.string().describe("The id, for the other tools"),
  title: z.string(),
  stage: z.string().nullable(),
  fields: z
    .record(z.string(), z.unknown())
    .describe("Other fields that are set, such as priority, labels, depends_on, blocked, reason"),
  heldBy: z.string().nullable().describe("Who works on it now; null when nobody does"),
  updated: time,
});
export type ItemLine = z.infer<typeof itemLine>;

export const claimShape = z.object({
  state: z.string().describe("free, tentative, confirmed, expired or done"),
  epoch: z.number().describe("The fencing token; 0 before the first claim"),
  claim: z.string().nullable(),
  actor: z.string().nullable(),
  ours: z.boolean().describe("Whether this node holds it"),
  expiresInMs: z.number().nullable(),
});

export const wholeItem = itemLine.extend({
  notes: z.array(z.object({ by: z.string(), at: time, text: z.string() })),
  earlierNotes: z.number().describe("Older notes that were left out"),
  claim: claimShape.nullable(),
  conflict: z
    .array(z.object({ stage: z.string(), by: z.string(), at: time }))
    .describe("Stages that it was moved to at once; towline_move settles it"),
  output: z.string().nullable().describe("The end of what an agent's command printed here"),
});
export type WholeItemShape = z.infer<typeof wholeItem>;

export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString();
}

/** Any value as text: peers may write what they like into a title. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Fields that have a place of their own. */
const placed: ReadonlySet<string> = new Set(["title", "stage"]);

/** Rows of commands are flat, and have more beside the fields. */
function fieldsOf(row: ItemRow, leaveOut: readonly string[] = []): Record<string, unknown> {
  const isShown = (name: string): boolean =>
    fieldType(name) !== "unknown" && !placed.has(name) && !leaveOut.includes(name);
  return Object.fromEntries(Object.entries(row).filter(([name]) => isShown(name)));
}

/** An item as lists have it: without its description, which may be long. */
export function lineOf(row: ItemRow, heldBy: string | null): ItemLine {
  return {
    item: row.item,
    title: cut(textOf(row.title)),
    stage: row.stage === null ? null : textOf(row.stage),
    fields: Object.fromEntries(
      Object.entries(fieldsOf(row, ["description"])).map(([name, value]) => [name, short(value)]),
    ),
    heldBy,
    updated: isoTime(row.updated.time),
  };
}

function cut(text: string): string {
  return text.length > mcpTextMax ? `${text.slice(0, mcpTextMax)}…` : text;
}

function short(value: unknown): unknown {
  return JSON.stringify(value).length > mcpTextMax ? cut(textOf(value)) : value;
}

/** Who holds the item; null when it is free. */
export function holderOf(row: ClaimRow | null): string | null {
  const isHeld = row !== null && ["tentative", "confirmed", "expired"].includes(row.state);
  if (!isHeld) return null;
  const who = row.actor === null || row.actor === "" ? "somebody" : row.actor;
  return row.ours ? who : `${who} on ${(row.holder ?? "").slice(0, 8)}`;
}

export function claimOf(row: ClaimRow | null): z.infer<typeof claimShape> | null {
  if (row === null) return null;
  const { state, epoch, claim, actor, ours, expiresInMs } = row;
  return { state, epoch, claim, actor, ours, expiresInMs };
}

export function wholeOf(shown: WholeItem): WholeItemShape {
  return {
    ...shownOf(shown, shown.claim),
    conflict: shown.conflict.map(({ stage, actor, time: at }) => ({
      ...{ stage, by: actor, at: isoTime(at) },
    })),
    output: shown.output,
  };
}

/** The item of a claim that was made just now, by this node. */
export function claimedOf(claimed: ClaimResult): WholeItemShape {
  return { ...shownOf(claimed.work, claimed), conflict: [], output: null };
}

function shownOf(
  shown: ShownItem,
  claim: ClaimRow | null,
): Omit<WholeItemShape, "conflict" | "output"> {
  const notes = latestNotes(shown.notes);
  return {
    ...lineOf(shown, holderOf(claim)),
    title: textOf(shown.title),
    fields: fieldsOf(shown),
    notes: notes.map(({ actor, time: at, text }) => ({ by: actor, at: isoTime(at), text })),
    earlierNotes: shown.notes.length - notes.length,
    claim: claimOf(claim),
  };
}

/** The newest ones, as many as a model can read. */
function latestNotes(notes: ShownItem["notes"]): ShownItem["notes"] {
  let chars = 0;
  const left = notes.toReversed().findIndex(({ text }, at) => {
    chars += text.length;
    return at >= mcpNotesMax || (at > 0 && chars > mcpLongTextMax);
  });
  return left < 0 ? notes : notes.slice(notes.length - left);
}

/** `fix-login-7kq2mzp  coding  Fix the login  [priority 1; labels auth, web]  held by ann` */
export function lineText({ item, stage, title, fields, heldBy }: ItemLine): string {
  const more = Object.entries(fields).map(([name, value]) => `${name} ${listText(value)}`);
  const parts = [item, stage ?? "no stage", title];
  if (more.length > 0) parts.push(`[${more.join("; ")}]`);
  if (heldBy !== null) parts.push(`held by ${heldBy}`);
  return parts.join("  ");
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(", ") : textOf(value);
}

/** The item with all that it says, for clients that hand the text to the model. */
export function wholeText(whole: WholeItemShape): string {
  const { description, ...fields } = whole.fields;
  const lines = [lineText({ ...whole, fields })];
  if (description !== undefined) lines.push("", textOf(description));
  if (whole.conflict.length > 0) {
    const sides = whole.conflict.map(({ stage, by }) => `${stage} (by ${by})`);
    lines.push("", `Moved at once to ${sides.join(" and ")}: towline_move says which it is.`);
  }
  if (whole.earlierNotes > 0) lines.push("", `${whole.earlierNotes} older notes are left out.`);
  for (const { by, at, text } of whole.notes) lines.push("", `Note by ${by}, ${at}: ${text}`);
  if (whole.output !== null) lines.push("", "The end of its latest output here:", whole.output);
  return lines.join("\n");
}
