/** What there is to filter by, with how many items have it, the most frequent first. */
import type { ShownItem } from "../../src/client/item.ts";
import { holderOf, labelsOf } from "../../src/client/item.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count: number;
}

/** A menu with more entries than these is no help; the search finds the others. */
const choicesMax = 60;

export function choicesIn(
  name: "label" | "assignee" | "holder",
  items: readonly ShownItem[],
  nameOf: (node: string) => string,
): readonly Choice[] {
  const counts = new Map<string, number>();
  for (const item of items) {
    for (const value of valuesOf(name, item)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, label: labelFor(value, nameOf), count }))
    .sort((left, right) => right.count - left.count || (left.label < right.label ? -1 : 1))
    .slice(0, choicesMax);
}

function valuesOf(name: "label" | "assignee" | "holder", item: ShownItem): readonly string[] {
  if (name === "label") return labelsOf(item);
  if (name === "holder") {
    const holder = holderOf(item);
    if (holder === null) return [];
    return holder.actor === null ? [holder.node] : [holder.actor];
  }
  const { assignee } = item.fields;
  return typeof assignee === "string" && assignee !== "" ? [assignee] : [];
}

function labelFor(value: string, nameOf: (node: string) => string): string {
  return /^[0-9a-f]{64}$/u.test(value) ? nameOf(value) : value;
}
