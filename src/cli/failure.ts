/** How a failure is reported: its code and what to do, as JSON or in words, and the exit code. */
import { TowlineError } from "../base/errors.ts";
import { escapeJson, escapeText } from "./ui/escape.ts";
import type { Terminal } from "./ui/terminal.ts";

/** A failure that is already reported on stdout; only the code and the line are still to come. */
export function reportFailure(
  error: unknown,
  { terminal, isDebug }: { readonly terminal: Terminal; readonly isDebug: boolean },
): number {
  const { code, message, exit } = describe(error);
  if (terminal.isJson) {
    const json = JSON.stringify({ error: { code, message } });
    process.stderr.write(`${escapeJson(json)}\n`);
  } else {
    const { red, dim } = terminal.errorColors;
    const { happened, wayOut } = sentencesOf(escapeText(message));
    const todo = wayOut === "" ? "" : `${indent}${wayOut}\n`;
    process.stderr.write(`${red("towline:")} ${happened} ${dim(`(${code})`)}\n${todo}`);
  }
  if (isDebug) process.stderr.write(`${stackOf(error)}\n`);
  return exit;
}

const indent = " ".repeat("towline: ".length);

/** Messages say what happened in their first sentence, and then what to do. */
function sentencesOf(message: string): { readonly happened: string; readonly wayOut: string } {
  const end = /\.(?= [A-Z"`])/u.exec(message);
  if (end === null) return { happened: message, wayOut: "" };
  return { happened: message.slice(0, end.index + 1), wayOut: message.slice(end.index + 2) };
}

function describe(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
} {
  if (error instanceof TowlineError) {
    return { code: error.code, message: error.message, exit: error.exitCode };
  }
  const what = error instanceof Error ? error.message : String(error);
  const message = `This is a bug in towline: ${what}. Run it again with --debug and report it.`;
  return { code: "bug", message, exit: 1 };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
