/** The history of an item as its timeline shows it: what kind of thing each change was. */
import type { ChangeDto } from "../../src/client/contract.ts";

export type Subject = "claims" | "notes" | "fields";

/** What a timeline is narrowed to; `all` is everything. */
export type Shown = "all" | Subject;

const claimKinds: ReadonlySet<unknown> = new Set([
  "claim",
  "confirm",
  "renew",
  "release",
  "complete",
  "fail",
  "retry",
]);

/** A change often has more than one: a completion moves the item as well. */
export function subjectsOf({ changes }: Pick<ChangeDto, "changes">): ReadonlySet<Subject> {
  return new Set(changes.map(([kind]) => subjectOf(kind)));
}

function subjectOf(kind: unknown): Subject {
  if (claimKinds.has(kind)) return "claims";
  return kind === "note" ? "notes" : "fields";
}

export function isShown(change: Pick<ChangeDto, "changes">, shown: Shown): boolean {
  return shown === "all" || subjectsOf(change).has(shown);
}

/** The kind that says most of what was done; it picks the mark beside the lines. */
export function mainKind({ changes }: Pick<ChangeDto, "changes">): string {
  const kinds = changes.map(([kind]) => (typeof kind === "string" ? kind : "unknown"));
  // The write of the stage stands before the move that explains it.
  return kinds.find((kind) => kind === "move" || claimKinds.has(kind)) ?? kinds[0] ?? "unknown";
}

/** The lines that the node has for it; one at least. */
export function linesOf({ text }: Pick<ChangeDto, "text">): readonly string[] {
  return text.length > 0 ? text : ["changed nothing that this version understands"];
}

const undoable: ReadonlySet<string> = new Set(["set", "add", "rem", "inc", "move"]);

const final: ReadonlySet<string> = new Set(["new", "del"]);

/** True for values. The beginning of an item, its end, notes and claims are not taken back. */
export function canUndo({ changes }: Pick<ChangeDto, "changes">): boolean {
  const kinds = changes.map(([kind]) => (typeof kind === "string" ? kind : ""));
  return kinds.some((kind) => undoable.has(kind)) && !kinds.some((kind) => final.has(kind));
}

/** Days as headings: changes of one day, newest first, by the clock of whoever looks. */
export function byDay<T extends { readonly time: number }>(
  entries: readonly T[],
  dayOf: (time: number) => string,
): readonly { readonly day: string; readonly entries: readonly T[] }[] {
  const days: { day: string; entries: T[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(entry.time);
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

export function opOf({ op }: Pick<ChangeDto, "op">): string {
  return op;
}
