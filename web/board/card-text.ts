/** What a card says, in words: who holds the item, how it is doing, what stands in its way. */
import type { ShownItem } from "../../src/client/item.ts";
import { dependenciesOf, holderOf, isSet } from "../../src/client/item.ts";
import { span } from "../ui/time-text.ts";

export interface HolderLine {
  readonly who: string;
  /** `live`: heard of within its lease. `silent`: in the grace. `expired`: others may take over. */
  readonly sign: "live" | "silent" | "expired" | "unsure";
  /** Whether and when it was heard of. */
  readonly words: string;
}

export interface Mark {
  readonly name: "blocked" | "frozen" | "waits" | "retries" | "conflict" | "stage" | "notes";
  /** On the card, short; null for the icon alone. */
  readonly short: string | null;
  /** For screen readers and on hover. */
  readonly words: string;
}

/** Null when nobody holds it. `nameOf` gives the name of a node. */
export function holderLine(
  item: ShownItem,
  now: number,
  nameOf: (node: string) => string,
): HolderLine | null {
  const { claim } = item;
  const holder = holderOf(item);
  if (claim === null || holder === null) return null;
  const node = nameOf(holder.node);
  const who = holder.actor === null || holder.actor === node ? node : `${holder.actor} · ${node}`;
  const passed = Math.max(0, now - item.toldAt);
  if (claim.state === "expired") return { who, sign: "expired", words: "lease is over" };
  if (claim.state === "tentative") return { who, sign: "unsure", words: "unconfirmed" };
  if (claim.lastSignMs === null) return { who, sign: "live", words: "holds it" };
  const age = claim.lastSignMs + passed;
  const isLate = claim.leaseLeftMs !== null && claim.leaseLeftMs - passed < 0;
  return isLate
    ? { who, sign: "silent", words: `silent for ${span(age)}` }
    : { who, sign: "live", words: age < 10_000 ? "now" : `${span(age)} ago` };
}

/** What stands in its way, and what else should catch the eye, the gravest first. */
export function marksOf(item: ShownItem): readonly Mark[] {
  const { fields, waitsFor, hasConflict, notes } = item;
  const marks: Mark[] = [];
  if (hasConflict) {
    marks.push({ name: "conflict", short: "conflict", words: "Its stage is in conflict" });
  }
  if (isSet(item, "blocked")) {
    marks.push({ name: "blocked", short: "blocked", words: `Blocked${reasonOf(fields)}` });
  }
  if (isSet(item, "frozen")) marks.push({ name: "frozen", short: "frozen", words: "Frozen" });
  if (waitsFor.length > 0) marks.push(waitsMark(item));
  const retries = fields["retries"];
  if (typeof retries === "number" && retries > 0) {
    marks.push({ name: "retries", short: String(retries), words: counted(retries, "retry") });
  }
  if (typeof fields["stage"] !== "string") {
    marks.push({ name: "stage", short: "no stage", words: "It has no stage" });
  }
  if (notes > 0) marks.push({ name: "notes", short: String(notes), words: counted(notes, "note") });
  return marks;
}

function reasonOf(fields: ShownItem["fields"]): string {
  const { reason, blocked } = fields;
  const texts = [reason, blocked].filter((value) => typeof value === "string");
  const text = texts.find((value) => value !== "");
  return text === undefined ? "" : `: ${text}`;
}

function waitsMark(item: ShownItem): Mark {
  const { length } = item.waitsFor;
  const all = dependenciesOf(item).length;
  return {
    name: "waits",
    short: String(length),
    words: `Waits for ${length} of ${counted(Math.max(all, length), "item")}`,
  };
}

function counted(count: number, noun: string): string {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
}

/** "P1", or a word that people use instead of numbers; null for none. */
export function priorityText({ fields: { priority } }: ShownItem): string | null {
  if (typeof priority === "number") return `P${priority}`;
  return typeof priority === "string" && priority !== "" ? priority : null;
}

/** "AB" for "Ann Bell", "AN" for "ann". */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const [first = name, second] = words;
  const [one = "", two = ""] = Array.from(first);
  return `${one}${second === undefined ? two : (Array.from(second)[0] ?? "")}`.toUpperCase();
}

/** Everything that the card shows besides the title, as one sentence for screen readers. */
export function summaryOf(item: ShownItem, holder: HolderLine | null): string {
  const { labels, assignee } = item.fields;
  const priority = priorityText(item);
  const parts = [
    item.item,
    priority === null ? null : `priority ${priority.replace(/^P(?=\d|-)/u, "")}`,
    holder === null ? null : `held by ${holder.who}, ${holder.words}`,
    ...marksOf(item).map(({ words }) => words),
    typeof assignee === "string" && assignee !== "" ? `assigned to ${assignee}` : null,
    Array.isArray(labels) && labels.length > 0 ? `labels ${labels.join(", ")}` : null,
    item.isPending === true ? "being sent" : null,
  ];
  return parts.filter((part) => part !== null).join("; ");
}
