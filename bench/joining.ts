/** Cold join: a fresh node gets all from a hub that has just been opened. */
import { NodeProcess } from "./node-process.ts";
import type { Synced, Vitals } from "./calls.ts";
import type { Bench } from "./bench.ts";
import type { Case, Figure } from "./figures.ts";
import { median, rounded } from "./figures.ts";
import type { Work } from "./work.ts";

interface Join {
  readonly ops: number;
  readonly joiner: Synced;
  readonly hub: Vitals;
}

async function joinOnce({ stores, profileDir }: Bench, work: Work): Promise<Join> {
  await using hub = new NodeProcess("join-hub", profileDir);
  await using joiner = new NodeProcess("join-joiner", profileDir);
  const opened = await hub.call("open", { dir: await stores.copy(work), listens: true });
  const url = opened.url ?? "";
  await joiner.call("open", { dir: stores.fresh(), listens: false, join: url });
  await hub.call("watch", null);
  const synced = await joiner.call("sync", { url, totals: opened.totals });
  return { ops: opened.totals.count, joiner: synced, hub: await hub.call("vitals", null) };
}

async function joins(bench: Bench, work: Work): Promise<readonly Join[]> {
  const runs: Join[] = [];
  for (let run = 0; run < bench.runs; run += 1) runs.push(await joinOnce(bench, work));
  return runs;
}

const perSecond = ({ ops, joiner }: Join): number => (1_000 * ops) / joiner.equalMs;
const bytesPerOp = ({ ops, joiner }: Join): number => (joiner.bytesIn + joiner.bytesOut) / ops;

function rateOf(runs: readonly Join[], how: string): Figure {
  const cpuUs = median(runs.map(({ ops, joiner }) => (1_000 * joiner.cpuMs) / ops));
  const durable = median(runs.map(({ joiner }) => joiner.durableMs));
  const more = `${runs[0]?.ops ?? 0} ops; durable after ${Math.round(durable)} ms`;
  return {
    value: Math.round(median(runs.map(perSecond))),
    unit: "ops/s",
    how: `${how}; ${more}, joiner CPU ${cpuUs.toFixed(1)} us/op; median of ${runs.length}`,
  };
}

export function joinCases(bench: Bench): readonly Case[] {
  const turns = { updates: bench.updates(10_000), burst: 50 };
  const large = { updates: bench.updates(100_000), burst: 50 };
  const how = "connect to equal digests, verified and durable; 5 authors";
  return [
    {
      names: ["cold_join_10k"],
      measure: async () => ({
        cold_join_10k: rateOf(await joins(bench, turns), `${how} in bursts of 50`),
      }),
    },
    {
      names: ["cold_join_100k", "wire_bytes_per_op", "cold_join_max_pause", "rss_100k"],
      measure: async () => largeFigures(await joins(bench, large), `${how} in bursts of 50`),
    },
    {
      names: ["cold_join_10k_interleaved"],
      measure: async () => {
        const runs = await joins(bench, { ...turns, burst: 1 });
        return { cold_join_10k_interleaved: rateOf(runs, `${how}, each op on another's`) };
      },
    },
    {
      names: ["cold_join_100k_interleaved", "wire_bytes_per_op_interleaved"],
      measure: async () => {
        const runs = [await joinOnce(bench, { ...large, burst: 1 })];
        return {
          cold_join_100k_interleaved: rateOf(runs, `${how}, each op on another's`),
          wire_bytes_per_op_interleaved: wireOf(runs, "each op on another's"),
        };
      },
    },
  ];
}

function wireOf(runs: readonly Join[], work: string): Figure {
  const value = rounded(median(runs.map(bytesPerOp)));
  return { value, unit: "B", how: `TCP bytes both ways at the joiner's socket per op; ${work}` };
}

function largeFigures(runs: readonly Join[], how: string): Record<string, Figure> {
  const joiner = median(runs.map((run) => run.joiner.pauseMs));
  const hub = median(runs.map((run) => run.hub.pauseMs));
  return {
    cold_join_100k: rateOf(runs, how),
    wire_bytes_per_op: wireOf(runs, "bursts of 50"),
    cold_join_max_pause: {
      value: rounded(Math.max(joiner, hub)),
      unit: "ms",
      how: `longest event-loop delay in that join: joiner ${rounded(joiner)}, hub ${rounded(hub)}`,
    },
    rss_100k: {
      value: rounded(median(runs.map((run) => run.hub.rssBytes)) / 1e6),
      unit: "MB",
      how: "resident memory of the hub after it opened the store and served that join",
    },
  };
}
