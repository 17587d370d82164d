/** What one node does by itself: writing, opening what it has, and what that takes. */
import { foundMesh } from "../src/api/index.ts";
import type { Bench } from "./bench.ts";
import type { Output } from "./calls.ts";
import type { Case, Figure } from "./figures.ts";
import { median, rounded } from "./figures.ts";
import { NodeProcess } from "./node-process.ts";
import { bytesIn } from "./stores.ts";

const concurrentCallers = 100;

export function localCases(bench: Bench): readonly Case[] {
  return [
    {
      names: ["write_durable", "write_durable_max_pause"],
      measure: async () => await concurrentWrites(bench),
    },
    {
      names: ["write_durable_sequential"],
      measure: async () => {
        const { rates, how } = await writes(bench, 1);
        return { write_durable_sequential: { value: median(rates), unit: "ops/s", how } };
      },
    },
    {
      names: ["reopen_100k", "rss_100k_opened", "disk_per_op"],
      measure: async () => await openings(bench),
    },
  ];
}

async function concurrentWrites(bench: Bench): Promise<Record<string, Figure>> {
  const { rates, pauses, how } = await writes(bench, concurrentCallers);
  return {
    write_durable: { value: median(rates), unit: "ops/s", how },
    write_durable_max_pause: {
      value: rounded(median(pauses)),
      unit: "ms",
      how: "longest event-loop delay meanwhile",
    },
  };
}

async function writes(
  { stores, runs, clockMs, profileDir }: Bench,
  callers: number,
): Promise<{ rates: readonly number[]; pauses: readonly number[]; how: string }> {
  const rates: number[] = [];
  const pauses: number[] = [];
  const ms = clockMs / 4;
  for (let run = 0; run < runs; run += 1) {
    const dir = stores.fresh();
    foundMesh({ dir, name: "bench" });
    await using node = new NodeProcess("writer", profileDir);
    await node.call("open", { dir, listens: false });
    const done = await node.call("hammer", { callers, ms });
    rates.push(Math.round((1_000 * done.written) / done.ms));
    pauses.push((await node.call("vitals", null)).pauseMs);
  }
  const who = callers === 1 ? "one caller" : `${callers} callers at once`;
  return { rates, pauses, how: `${who}, each awaits its op, for ${ms} ms; median of ${runs}` };
}

async function openings(bench: Bench): Promise<Record<string, Figure>> {
  const { stores, profileDir } = bench;
  const dir = await stores.copy({ updates: bench.updates(100_000), burst: 50 });
  const runs: Output<"open">[] = [];
  const rss: number[] = [];
  for (let run = 0; run < bench.runs; run += 1) {
    await using node = new NodeProcess("opener", profileDir);
    runs.push(await node.call("open", { dir, listens: true }));
    rss.push((await node.call("vitals", null)).rssBytes);
  }
  const ops = runs[0]?.totals.count ?? 1;
  const times = `median of ${runs.length}`;
  return {
    reopen_100k: {
      value: Math.round(median(runs.map(({ ms }) => ms))),
      unit: "ms",
      how: `openNode on ${ops} ops, modules loaded, file cached; ${times}`,
    },
    rss_100k_opened: {
      value: rounded(median(rss) / 1e6),
      unit: "MB",
      how: `resident memory of a node right after opening ${ops} ops; ${times}`,
    },
    disk_per_op: {
      value: rounded(bytesIn(dir) / ops),
      unit: "B",
      how: "all files of the folder after it was closed, per op; bursts of 50",
    },
  };
}
