/**
 * `npm run race`, `npm run takeover`, `npm run partition`: real processes, a report that anyone can
 * read, and JSON in the last line.
 */
import { parseArgs } from "node:util";
import type { PartitionResult } from "./partition.ts";
import { partition } from "./partition.ts";
import { race } from "./race.ts";
import { takeover } from "./takeover.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    agents: { type: "string", default: "10" },
    nodes: { type: "string", default: "3" },
    items: { type: "string", default: "200" },
    confirm: { type: "string", default: "hub" },
    work: { type: "string", default: "20" },
    times: { type: "string", default: "1" },
    lease: { type: "string", default: "3000" },
    grace: { type: "string", default: "1000" },
  },
});

const say = (text: string): void => console.log(text);
const what = positionals[0] ?? "race";
if (what === "race") await runRace();
else if (what === "takeover") await runTakeover();
else if (what === "partition") await runPartition();
else throw new Error(`there is no run ${JSON.stringify(what)}`);

async function runRace(): Promise<void> {
  const total = { runs: 0, items: 0, completed: 0, duplicates: 0, winners_differ: 0 };
  for (let time = 0; time < Number(values.times); time += 1) {
    const result = await race({
      agents: Number(values.agents),
      nodes: Number(values.nodes),
      items: Number(values.items),
      confirm: values.confirm,
      workMs: Number(values.work),
      say,
    });
    say(JSON.stringify(result));
    total.runs += 1;
    total.items += result.items;
    total.completed += result.completed;
    total.duplicates += result.duplicates;
    total.winners_differ += result.winners_differ;
  }
  if (total.runs > 1) say(JSON.stringify(total));
  const isRight = total.completed === total.items && total.winners_differ === 0;
  const isOnce = values.confirm === "none" || total.duplicates === 0;
  if (!isRight || !isOnce) process.exitCode = 1;
}

async function runTakeover(): Promise<void> {
  const times = { leaseMs: Number(values.lease), graceMs: Number(values.grace) };
  const result = await takeover({ ...times, say });
  say(JSON.stringify(result));
  const { completed, items, duplicates, winners_differ, orphans } = result;
  const isRight = completed === items && duplicates === 0 && winners_differ === 0;
  if (!isRight || orphans > 0) process.exitCode = 1;
}

/** Once with confirmation by the hub, once without any. */
async function runPartition(): Promise<void> {
  const results: PartitionResult[] = [];
  for (const confirm of ["hub", "none"] as const) {
    const result = await partition({
      confirm,
      items: Math.min(60, Number(values.items)),
      leaseMs: Number(values.lease),
      graceMs: Number(values.grace),
      workMs: 200,
      quietMs: 4_000,
      say,
    });
    say(JSON.stringify(result));
    results.push(result);
  }
  const sum = (of: (result: PartitionResult) => number): number =>
    results.map(of).reduce((total, each) => total + each, 0);
  const total = {
    items: sum(({ items }) => items),
    completed: sum(({ completed }) => completed),
    duplicates: sum(({ duplicates }) => duplicates),
    duplicates_max: sum((result) => result.duplicates_max),
    winners_differ: sum((result) => result.winners_differ),
  };
  say(JSON.stringify(total));
  const isBounded = results.every((each) => each.duplicates <= each.duplicates_max);
  const isRight = total.completed === total.items && total.winners_differ === 0;
  if (!isBounded || !isRight) process.exitCode = 1;
}
