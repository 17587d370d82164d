/** `npm run bench:peers`: Towline and its peers on the same work, one after the other. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killAll } from "../call-process.ts";
import type { Figure } from "../figures.ts";
import { machine } from "../machine.ts";
import { fanoutMeasure } from "./fanout.ts";
import { installPeers } from "./install.ts";
import { joinMeasures } from "./joins.ts";
import { linkedMeasures } from "./linked.ts";
import type { Measure } from "./measure.ts";
import type { PeerOptions } from "./options.ts";
import { readOptions, usage } from "./options.ts";
import type { Results } from "./report.ts";
import { betterThanTowline, figureTable, missingLines, notesTable } from "./report.ts";
import type { Peer } from "./roster.ts";
import { roster } from "./roster.ts";
import type { Scale } from "./scale.ts";
import { scaleOf } from "./scale.ts";
import { Stage } from "./stage.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: PeerOptions | "help";
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  const { peers: wanted, only, json } = options;
  const scale = scaleOf(options);
  const peers = roster.filter(({ name }) => wanted.includes(name));
  const about = machine();
  for (const [name, value] of Object.entries(about)) console.log(`${name}: ${value}`);
  const results = await measureAll({ peers, scale, only });
  if (results.figures.size + results.missing.size === 0) {
    console.error(`no figure begins with ${only ?? ""}`);
    return 2;
  }
  report(results, peers);
  if (json !== null) {
    const { figures, missing } = results;
    const content = {
      about,
      figures: Object.fromEntries(figures),
      missing: Object.fromEntries(missing),
    };
    writeFileSync(json, `${JSON.stringify(content, null, 2)}\n`);
  }
  return results.missing.size === 0 ? 0 : 1;
}

interface Run {
  readonly peers: readonly Peer[];
  readonly scale: Scale;
  readonly only: string | null;
}

async function measureAll({ peers, scale, only }: Run): Promise<Results> {
  const root = mkdtempSync(join(tmpdir(), "towline-bench-peers-"));
  // However a run ends, as by a signal or a closed pipe, neither processes nor folders stay.
  process.once("exit", () => {
    killAll();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => process.exit(130));
  const figures = new Map<string, Figure>();
  const missing = new Map<string, string>();
  const problem = peers.some(({ isForeign }) => isForeign) ? await installPeers() : null;
  for (const peer of peers) {
    const stage = new Stage({ peer, scale, root });
    const all = [...joinMeasures(stage), ...linkedMeasures(stage), fanoutMeasure(stage)];
    for (const measure of all.filter((each) => isWanted(each, only))) {
      const found = peer.isForeign && problem !== null ? problem : await attempt(measure);
      for (const name of measure.names) {
        const figure = typeof found === "string" ? undefined : found[name];
        const key = `${peer.name}.${name}`;
        if (figure !== undefined) figures.set(key, figure);
        else missing.set(key, typeof found === "string" ? found : "it was not measured");
        console.error(`  ${key} ${figure?.value ?? missing.get(key)} ${figure?.unit ?? ""}`);
      }
    }
  }
  return { figures, missing };
}

/** What one peer cannot do must not keep the others from being measured. */
async function attempt(measure: Measure): Promise<Record<string, Figure> | string> {
  try {
    return await measure.measure();
  } catch (error) {
    // A process that hung was killed, and did not close either: what came first is the reason.
    let first: unknown = error;
    while (first instanceof SuppressedError) first = first.suppressed as unknown;
    return messageOf(first).split("\n")[0] ?? "";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isWanted({ names }: Measure, only: string | null): boolean {
  return only === null || names.some((name) => name.startsWith(only));
}

function report(results: Results, peers: readonly Peer[]): void {
  console.log(`\n${figureTable(results, peers)}\n`);
  console.log("(n x): so many times better than towline; below 1, worse\n");
  console.log(`${notesTable(peers)}\n`);
  for (const line of betterThanTowline(results, peers)) console.log(line);
  for (const line of missingLines(results)) console.log(`MISSING ${line}`);
}
