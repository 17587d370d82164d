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

const undoable: ReadonlySet<string> = new Set(["set", "add", "rem", "inc", "move"]);

export interface Line {
  readonly subject: Subject;
  /** `claim`, `set`, …; picks the mark beside the line. */
  readonly kind: string;
  readonly text: string;
  /** The fencing token of a claim, and of whatever ends it; null elsewhere. */
  readonly epoch: number | null;
}

export function linesOf({ changes, text }: Pick<ChangeDto, "changes" | "text">): readonly Line[] {
  return changes.map((change, at) => {
    const [kind, , epoch] = change;
    const subject = subjectOf(kind);
    return {
      subject,
      kind: typeof kind === "string" ? kind : "unknown",
      text: text[at] ?? "made a change that only a newer version understands",
      epoch: subject === "claims" && typeof epoch === "number" ? epoch : null,
    };
  });
}

function subjectOf(kind: unknown): Subject {
  if (claimKinds.has(kind)) return "claims";
  return kind === "note" ? "notes" : "fields";
}

/** The lines that `shown` lets through. */
export function narrowed(lines: readonly Line[], shown: Shown): readonly Line[] {
  return shown === "all" ? lines : lines.filter(({ subject }) => subject === shown);
}

/** True for the beginning of an item, and for claims, which cannot be undone as a value can. */
export function canUndo({ changes }: Pick<ChangeDto, "changes">): boolean {
  return changes.some(([kind]) => typeof kind === "string" && undoable.has(kind));
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
