/** The schema of what an import reports. */
import { list, object, orNull, text, whole } from "./parts.ts";

const problems = {
  problems: list(object({ source: text, line: orNull(whole), code: text, message: text })),
  problemCount: whole,
};

const opsReport = object({
  format: { const: "ops" },
  ops: whole,
  known: whole,
  waiting: whole,
  ...problems,
});

const itemsReport = object({
  format: { enum: ["items", "trace"] },
  created: whole,
  changed: whole,
  skipped: whole,
  reasons: list(
    object({ outcome: { enum: ["created", "changed", "skipped"] }, why: text, count: whole }),
  ),
  ops: whole,
  ...problems,
});

export const importReportSchema = { anyOf: [opsReport, itemsReport] };
