/** What the demo was asked to do. */
import { parseArgs } from "node:util";

export interface DemoOptions {
  /** A trace to play instead of the generated edits. */
  readonly trace: string | null;
  /** Edits to play; null for all of the trace. */
  readonly edits: number | null;
  /** For how long the edits are played; syncing comes on top. */
  readonly playMs: number;
  readonly isJson: boolean;
}

export const usage = `usage: npm run demo [-- OPTIONS]

Three nodes on this machine, edited at once while their connections are cut and healed.

  --edits N      play N edits (3000)
  --trace FILE   play a recorded edit trace instead of generated edits
  --fast         a short run, for a check
  --json         nothing but one line of JSON at the end`;

/** Throws an `Error` with a message for the user. */
export function readOptions(args: readonly string[]): DemoOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trace: { type: "string" },
      edits: { type: "string" },
      fast: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const trace = values.trace ?? null;
  const preset = trace === null ? (values.fast ? 450 : 3_000) : values.fast ? 900 : null;
  const edits = values.edits === undefined ? preset : Number(values.edits);
  if (edits !== null && !(Number.isInteger(edits) && edits > 0 && edits <= 100_000)) {
    throw new Error(`--edits takes a number from 1 to 100000, not ${String(values.edits)}`);
  }
  return { trace, edits, playMs: values.fast ? 2_500 : 13_000, isJson: values.json };
}
