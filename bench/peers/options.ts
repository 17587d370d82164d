/** What the benchmark of peers was asked to do. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { peerNames } from "./roster.ts";

export interface PeerOptions {
  readonly peers: readonly string[];
  /** Only figures whose name, without the peer, begins so. */
  readonly only: string | null;
  /** The large number of updates; the small one is a tenth of it. */
  readonly updates: number;
  /** Updates that one author makes in a row. */
  readonly burst: number;
  readonly runs: number;
  readonly trace: string | null;
  readonly json: string | null;
}

export const usage = `usage: npm run bench:peers [-- OPTIONS]

  --peers A,B     only these, of: ${peerNames.join(", ")}
  --only PREFIX   only the figures whose name (without the peer) begins so
  --updates N     N updates in place of 100,000, and a tenth in place of 10,000; with
                  less than that the figures are of no use but to try things out
  --burst N       updates that an author makes in a row (50)
  --runs N        how often a join is measured; the median counts (3)
  --trace FILE    the edits of a recorded trace in place of made ones, as JSON lines:
                  {"node": NAME, "item": ID, "op": "create|update|delete", "set": {FIELD: VALUE}}
  --json FILE     write the figures as JSON: {"figures": {PEER.NAME: {value, unit, how}}}

Packages of the peers are installed into bench/peers/node_modules when they are missing.
Exit code: 0 when every figure was measured, 1 when one was not, 2 for wrong options.`;

/** Throws an `Error` with a message for the user. */
export function readOptions(args: readonly string[]): PeerOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: "string", default: peerNames.join(",") },
      only: { type: "string" },
      updates: { type: "string", default: "100000" },
      burst: { type: "string", default: "50" },
      runs: { type: "string", default: "3" },
      trace: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const trace = values.trace === undefined ? null : resolve(values.trace);
  if (trace !== null && !existsSync(trace)) throw new Error(`there is no file ${trace}`);
  return {
    peers: peersIn(values.peers),
    only: values.only ?? null,
    updates: numberIn("updates", values.updates),
    burst: numberIn("burst", values.burst),
    runs: numberIn("runs", values.runs),
    trace,
    json: values.json ?? null,
  };
}

function peersIn(text: string): readonly string[] {
  const wanted = text.split(",").map((name) => name.trim());
  const unknown = wanted.filter((name) => !peerNames.includes(name));
  if (unknown.length === 0) return peerNames.filter((name) => wanted.includes(name));
  throw new Error(`no peer ${unknown.join(", ")}; there are: ${peerNames.join(", ")}`);
}

function numberIn(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option} takes a number greater than 0, not ${JSON.stringify(text)}`);
}
