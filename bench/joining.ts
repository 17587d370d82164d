/** Cold join: a fresh node gets all from a hub that has just been opened. */
import { assert } from "../src/base/assert.ts";
import { NodeProcess } from "./node-process.ts";
import type { Synced } from "./calls.ts";
import type { Vitals } from "./own-measure.ts";
import type { Bench } from "./bench.ts";
import type { Case, Figure } from "./figures.ts";
import { median, rounded } from "./figures.ts";
import type { Work } from "./work.ts";

interface Join {
  readonly ops: number;
  /** How long the hub took to open, in milliseconds. */
  readonly openMs: number;
  readonly joiner: Synced;
  readonly hub: Vitals;
}

/** `joiners` fresh nodes, one after the other, of one hub. */
async function joinOnce(
  bench: Bench,
  work: Work,
  {
    joiners = 1,
    versions,
  }: { readonly joiners?: number; readonly versions?: readonly number[] } = {},
): Promise<readonly Join[]> {
  const { stores, profileDir } = bench;
  await using hub = new NodeProcess("join-hub", profileDir);
  const opened = await hub.call("open", { dir: await stores.copy(work), listens: true });
  const url = opened.url ?? "";
  const done: Join[] = [];
  while (done.length < joiners) {
    await using joiner = new NodeProcess("join-joiner", profileDir);
    const spoken = versions && { versions };
    await joiner.call("open", { dir: stores.fresh(), listens: false, join: url, ...spoken });
    await hub.call("watch", null);
    const synced = await joiner.call("sync", { url, totals: opened.totals });
    const vitals = await hub.call("vitals", null);
    done.push({ ops: opened.totals.count, openMs: opened.ms, joiner: synced, hub: vitals });
  }
  return done;
}

async function joins(
  bench: Bench,
  work: Work,
  versions?: readonly number[],
): Promise<readonly Join[]> {
  const runs: Join[] = [];
  for (let run = 0; run < bench.runs; run += 1) {
    runs.push(...(await joinOnce(bench, work, versions && { versions })));
  }
  return runs;
}

const perSecond = ({ ops, joiner }: Join): number => (1_000 * ops) / joiner.equalMs;
const cpuPerOp = ({ ops, joiner }: Join): number => (1_000 * joiner.cpuMs) / ops;
const bytesPerOp = ({ ops, joiner }: Join): number => (joiner.bytesIn + joiner.bytesOut) / ops;

function rateOf(runs: readonly Join[], how: string): Figure {
  const cpuUs = median(runs.map(cpuPerOp));
  const durable = median(runs.map(({ joiner }) => joiner.durableMs));
  const hubUs = median(runs.map(({ ops, hub }) => (1_000 * hub.cpuMs) / ops));
  const more = `${runs[0]?.ops ?? 0} ops; durable after ${Math.round(durable)} ms`;
  const cpu = `CPU us/op: joiner ${cpuUs.toFixed(1)}, hub ${hubUs.toFixed(1)}`;
  return {
    value: Math.round(median(runs.map(perSecond))),
    unit: "ops/s",
    how: `${how}; ${more}; ${cpu}; median of ${runs.length}`,
  };
}

const largeNames = [
  "cold_join_100k",
  "cold_join_cpu",
  "wire_bytes_per_op",
  "cold_join_max_pause",
  "rss_100k",
  "restart_and_join_100k",
] as const;

const interleavedNames = [
  "cold_join_100k_interleaved",
  "cold_join_100k_interleaved_again",
  "wire_bytes_per_op_interleaved",
] as const;

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
      names: [...largeNames],
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
      names: [...interleavedNames],
      measure: async () => {
        const runs = await joinOnce(bench, { ...large, burst: 1 }, { joiners: 2 });
        return interleavedFigures(runs);
      },
    },
    {
      names: ["cold_join_10k_version_2"],
      measure: async () => ({
        cold_join_10k_version_2: rateOf(await joins(bench, turns, [1, 2]), `${how}; in JSON`),
      }),
    },
    {
      names: ["cold_join_100k_version_2", "wire_bytes_per_op_version_2"],
      measure: async () => {
        const runs = await joins(bench, large, [1, 2]);
        return {
          cold_join_100k_version_2: rateOf(runs, `${how}; in JSON`),
          wire_bytes_per_op_version_2: wireOf(runs, "bursts of 50, in JSON"),
        };
      },
    },
  ];
}

function wireOf(runs: readonly Join[], work: string): Figure {
  const value = rounded(median(runs.map(bytesPerOp)));
  return { value, unit: "B", how: `TCP bytes both ways at the joiner's socket per op; ${work}` };
}

/** The first join makes the hub check what it took on the word of a later signature. */
function interleavedFigures([first, second]: readonly Join[]): Record<string, Figure> {
  assert(first !== undefined && second !== undefined, "two nodes joined");
  const how = "connect to equal digests; each op on another author's";
  return {
    cold_join_100k_interleaved: rateOf([first], `${how}; the hub's first join`),
    cold_join_100k_interleaved_again: rateOf([second], `${how}; the hub's second join`),
    wire_bytes_per_op_interleaved: wireOf([second], "each op on another's"),
  };
}

function largeFigures(runs: readonly Join[], how: string): Record<string, Figure> {
  const joiner = median(runs.map((run) => run.joiner.pauseMs));
  const hub = median(runs.map((run) => run.hub.pauseMs));
  return {
    cold_join_100k: rateOf(runs, how),
    cold_join_cpu: {
      value: rounded(median(runs.map(cpuPerOp))),
      unit: "us/op",
      how: "CPU time of the joiner in that join, all its threads; other work disturbs it less",
    },
    wire_bytes_per_op: wireOf(runs, "bursts of 50"),
    cold_join_max_pause: {
      value: rounded(Math.max(joiner, hub)),
      unit: "ms",
      how: `longest event-loop delay in that join: joiner ${rounded(joiner)}, hub ${rounded(hub)}`,
    },
    restart_and_join_100k: {
      value: Math.round(median(runs.map(({ openMs, joiner: { equalMs } }) => openMs + equalMs))),
      unit: "ms",
      how: "the hub opens the store, and then a first fresh node joins it until digests are equal",
    },
    rss_100k: {
      value: rounded(median(runs.map((run) => run.hub.rssBytes)) / 1e6),
      unit: "MB",
      how: "resident memory of the hub after it opened the store and served that join",
    },
  };
}
