/** Sums up an import: what was created, changed and skipped, and which entries were bad. */
import { unreachable } from "../base/assert.ts";
import type { Format } from "./detect.ts";
import { problemsListed } from "./limits.ts";
import type { ImportStep, ProblemCode } from "./plan.ts";

/** What `towline import --json` prints. */
export interface ImportReport {
  readonly format: Format;
  /** Entries (lines, or files), however many ops each took. */
  readonly created: number;
  readonly changed: number;
  readonly skipped: number;
  /** How many entries were skipped for each reason, or written with each remark. */
  readonly reasons: readonly Reason[];
  /** The first of them; `problemCount` counts all. */
  readonly problems: readonly ReportedProblem[];
  readonly problemCount: number;
  /** Ops that were written. */
  readonly ops: number;
}

export interface Reason {
  readonly outcome: "created" | "changed" | "skipped";
  readonly why: string;
  readonly count: number;
}

export interface ReportedProblem {
  readonly source: string;
  readonly line: number | null;
  readonly code: ProblemCode;
  readonly message: string;
}

/** Counts steps as they are carried out. Barriers may be given to it, they count for nothing. */
export class ImportTally {
  readonly #format: Format;
  readonly #counts = { created: 0, changed: 0, skipped: 0 };
  readonly #reasons = new Map<string, { -readonly [Key in keyof Reason]: Reason[Key] }>();
  readonly #problems: ReportedProblem[] = [];
  #problemCount = 0;
  #ops = 0;

  constructor(format: Format) {
    this.#format = format;
  }

  add(step: ImportStep): void {
    switch (step.kind) {
      case "write":
        this.#ops += 1;
        if (step.part === 0) this.#count(step.outcome, step.why);
        return;
      case "skip":
        this.#count(step.outcome, step.why);
        return;
      case "problem": {
        const { source, line, problem } = step;
        this.#problemCount += 1;
        if (this.#problems.length < problemsListed)
          this.#problems.push({ source, line, ...problem });
        return;
      }
      case "barrier":
        return;
      default:
        unreachable(step);
    }
  }

  report(): ImportReport {
    return {
      format: this.#format,
      ...this.#counts,
      reasons: [...this.#reasons.values()].map((reason) => ({ ...reason })),
      problems: [...this.#problems],
      problemCount: this.#problemCount,
      ops: this.#ops,
    };
  }

  #count(outcome: Reason["outcome"], why: string | null): void {
    this.#counts[outcome] += 1;
    if (why === null) return;
    const key = `${outcome} ${why}`;
    const reason = this.#reasons.get(key);
    if (reason === undefined) this.#reasons.set(key, { outcome, why, count: 1 });
    else reason.count += 1;
  }
}

/** The report for people, lines without a final newline. */
export function reportText(report: ImportReport): string {
  const { created, changed, skipped, problems, problemCount, ops } = report;
  const lines = [
    `${sources[report.format]}: ${created} created, ${changed} changed, ${skipped} skipped, ` +
      `${problemCount} bad; ${ops} ${ops === 1 ? "op" : "ops"} written`,
    ...report.reasons.map(({ outcome, why, count }) => `  ${count} ${outcome}: ${why}`),
    ...problems.map(({ source, line, code, message }) => {
      const place = line === null ? source : `${source}:${line}`;
      return `  ${place}: ${message} (${code})`;
    }),
  ];
  const unlisted = problemCount - problems.length;
  if (unlisted > 0) lines.push(`  and ${unlisted} more`);
  return lines.join("\n");
}

const sources: Readonly<Record<Format, string>> = {
  items: "Tracker items",
  trace: "Edit trace",
  ops: "Towline ops",
  folder: "Markdown folder",
};
