/** What the benchmark was asked to do. */
import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Where the figures go as JSON. */
  readonly json: string | null;
  /** Only figures whose name begins so. */
  readonly only: string | null;
  /** One run of each, and a tenth of the work: for trying the benchmark out. */
  readonly isQuick: boolean;
  /** Where each node process leaves a CPU profile. */
  readonly profileDir: string | null;
}

export const usage = `usage: npm run bench [-- OPTIONS]

  --json FILE     write the figures as JSON
  --only NAME     only the figures whose name begins with NAME
  --quick         a tenth of the work, once: the figures are then of no use
  --profile DIR   leave CPU profiles of the node processes in DIR; see bench/profile.ts`;

/** Throws an `Error` with a message for the user. */
export function readOptions(args: readonly string[]): BenchOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "string" },
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    json: values.json ?? null,
    only: values.only ?? null,
    isQuick: values.quick,
    profileDir: values.profile ?? null,
  };
}
