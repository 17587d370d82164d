/** What a person types into a card, and which fields it changes. */
import type { JsonValue } from "../../src/client/contract.ts";
import type { ShownItem } from "../../src/client/item.ts";
import { labelsOf, titleOf } from "../../src/client/item.ts";

export interface CardDraft {
  readonly title: string;
  readonly priority: string;
  /** Separated by commas. */
  readonly labels: string;
}

export function draftOf(item: ShownItem): CardDraft {
  const { priority } = item.fields;
  return {
    title: titleOf(item),
    priority: typeof priority === "number" || typeof priority === "string" ? `${priority}` : "",
    labels: labelsOf(item).join(", "),
  };
}

/** The fields that differ; null when none does. An empty title changes nothing. */
export function changesIn(
  start: CardDraft,
  draft: CardDraft,
): { readonly [field: string]: JsonValue } | null {
  const fields: Record<string, JsonValue> = {};
  const title = oneLine(draft.title);
  if (title !== "" && title !== start.title) fields["title"] = title;
  const priority = draft.priority.trim();
  if (priority !== start.priority) fields["priority"] = priorityOf(priority);
  const labels = labelsIn(draft.labels);
  if (labels.join() !== labelsIn(start.labels).join()) fields["labels"] = labels;
  return Object.keys(fields).length === 0 ? null : fields;
}

/** Titles are one line; a text with several was pasted. */
export function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

/** A number when it is one, so that it sorts; else as it was typed. */
function priorityOf(text: string): JsonValue {
  if (text === "") return null;
  const number = Number(text.replace(/^p/iu, ""));
  return Number.isFinite(number) ? number : text;
}

function labelsIn(text: string): readonly string[] {
  const labels = text.split(",").map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ""))];
}
