/** What several commands print alike: ids, fields, lists of rows. */
import type { Json } from "../../base/json.ts";
import { escapeJson, escapeLine } from "../ui/escape.ts";
import type { Colors, Terminal } from "../ui/terminal.ts";

/** What people compare of a key or an op id. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** A value of a field on one line. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) {
    return value.join(", ");
  }
  return JSON.stringify(value);
}

const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** `812 bytes`, `12.3 MiB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1_024 && unit < units.length - 1; unit += 1) value /= 1_024;
  const isWhole = unit === 0 || value >= 100;
  return `${isWhole ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** `name  value` lines with the names aligned; values are escaped here. */
export function pairLines(
  pairs: readonly (readonly [name: string, value: string])[],
  { dim }: Colors,
): readonly string[] {
  const width = pairs.reduce((max, [name]) => Math.max(max, name.length), 0);
  return pairs.map(([name, value]) => `${dim(name.padEnd(width))}  ${escapeLine(value)}`);
}

/** Prints rows as one JSON array while they come, a row a line. */
export class JsonArray {
  readonly #terminal: Terminal;
  #count = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(rows: readonly unknown[]): void {
    for (const row of rows) {
      const before = this.#count === 0 ? "[\n" : ",\n";
      process.stdout.write(before + escapeJson(JSON.stringify(row)));
      this.#count += 1;
    }
  }

  end(): void {
    this.#terminal.line(this.#count === 0 ? "[]" : "\n]");
  }
}

/** Prints `value` as JSON with `--json`, else the lines. */
export function printResult(terminal: Terminal, value: unknown, lines: readonly string[]): void {
  if (terminal.isJson) terminal.json(value as Json);
  else for (const line of lines) terminal.line(line);
}
