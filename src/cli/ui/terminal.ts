/**
 * What a command writes to: results on stdout, all else on stderr, as a person or a script reads.
 */
import { isatty } from "node:tty";
import pc from "picocolors";
import type { Json } from "../../base/json.ts";
import { escapeJson } from "./escape.ts";
import { ProgressBar } from "./progress-bar.ts";

export type Colors = ReturnType<typeof pc.createColors>;

export interface TerminalOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** False when `--no-color` was given. */
  readonly wantsColor: boolean;
}

/** Below this width a table is of no use; the terminal then wraps the lines. */
const columnsMin = 40;

export class Terminal {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly colors: Colors;
  readonly errorColors: Colors;

  constructor({ isJson, isQuiet, wantsColor }: TerminalOptions) {
    this.isJson = isJson;
    this.isQuiet = isQuiet;
    // Asked by descriptor: a pipe's `isTTY` is undefined, and picocolors then decides by itself,
    // with colours wherever CI is set.
    const mayColor = wantsColor && isColorWelcome(process.env);
    this.colors = pc.createColors(mayColor && isatty(1) && !isJson);
    this.errorColors = pc.createColors(mayColor && isatty(2));
  }

  /** Columns of stdout; null when it is no terminal, and then nothing is cut. */
  get width(): number | null {
    return process.stdout.isTTY ? Math.max(columnsMin, process.stdout.columns || 80) : null;
  }

  /** A terminal on both ends: someone can be asked. */
  get isInteractive(): boolean {
    return !this.isJson && process.stdin.isTTY && process.stdout.isTTY;
  }

  /** A line of the result. */
  line(text = ""): void {
    process.stdout.write(`${text}\n`);
  }

  /** A result that `--quiet` leaves out. */
  say(text: string): void {
    if (!this.isQuiet) this.line(text);
  }

  /** A remark to a person that is no part of the result. */
  remark(text: string): void {
    if (!this.isQuiet && !this.isJson) process.stderr.write(`${text}\n`);
  }

  /** The result as JSON: indented for a person, on one line for a script. */
  json(value: Json): void {
    const indent = process.stdout.isTTY ? 2 : undefined;
    this.line(escapeJson(JSON.stringify(value, null, indent)));
  }

  /** Exactly one line of JSON, whoever reads it. */
  jsonLine(value: Json): void {
    this.line(escapeJson(JSON.stringify(value)));
  }

  progress(label: string): ProgressBar {
    return new ProgressBar(label, {
      isTerminal: process.stderr.isTTY && !this.isQuiet,
      write: (text) => process.stderr.write(text),
      now: () => performance.now(),
    });
  }
}

function isColorWelcome(env: NodeJS.ProcessEnv): boolean {
  return (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}
