/** import: takes items from elsewhere, and says what became of each. */
import { resolve } from "node:path";
import { TowlineError } from "../../base/errors.ts";
import { reportText } from "../../import/report.ts";
import { importPath } from "../../commands/import.ts";
import type { OpsReport } from "../../commands/import-ops.ts";
import type { Invocation } from "../invocation.ts";
import { escapeText } from "../ui/escape.ts";
import { adoptFromFile } from "./adopt.ts";
import { printResult } from "./print.ts";
import { reportWait, runWriting } from "./writing.ts";

export async function importFile(invocation: Invocation, path: string): Promise<void> {
  const { terminal, actor } = invocation;
  const absolute = resolve(invocation.cwd, path);
  // A folder without a node cannot wait for anybody, so nothing is made of it then.
  if (invocation.wait === null) await adoptFromFile(invocation, absolute);
  const bar = terminal.progress("importing");
  const progress = (done: number, all: number | null): void => bar.update(done, all);
  const report = await runWriting(
    invocation,
    importPath,
    { path: absolute, actor },
    { progress },
  ).finally(() => bar.clear());
  const text = "known" in report ? opsText(report) : reportText(report);
  printResult(terminal, report, escapeText(text).split("\n"));
  if (report.problemCount === 0) {
    reportWait(invocation, report.wait);
    return;
  }
  const count = `${report.problemCount} ${report.problemCount === 1 ? "entry was" : "entries were"}`;
  const message = `${count} skipped, all others were imported. Correct what the report names, and import it again.`;
  throw new TowlineError("import/bad-lines", message);
}

function opsText({ ops, known, waiting, problems, problemCount }: OpsReport): string {
  const lines = [
    `Towline ops: ${ops} applied, ${known} known, ${waiting} waiting, ${problemCount} bad`,
  ];
  if (waiting > 0) lines.push("  what waits needs ops that the file lacks; sync brings them");
  for (const { source, line, code, message } of problems) {
    lines.push(`  ${source}${line === null ? "" : `:${line}`}: ${message} (${code})`);
  }
  if (problemCount > problems.length) lines.push(`  and ${problemCount - problems.length} more`);
  return lines.join("\n");
}
