/** What it takes to get everything: from a hub that was just started, and from one that runs. */
import type { Figure } from "../figures.ts";
import { median, rounded } from "../figures.ts";
import type { Vitals } from "../own-measure.ts";
import type { Reached } from "./calls.ts";
import type { Measure } from "./measure.ts";
import type { Size } from "./scale.ts";
import type { Stage, Store } from "./stage.ts";

interface JoinRun {
  /** Opening the hub and the first join together. */
  readonly restartMs: number;
  readonly second: Reached;
  readonly hub: Vitals;
}

export function joinMeasures(stage: Stage): readonly Measure[] {
  const { small, large } = stage.scale;
  const largeMeasure: Measure = {
    names: [...ratesOf(large), "cold_join_cpu", ...storeNames(large)],
    measure: async () => {
      const { store, runs } = await joins(stage, large);
      return { ...rates(large, store, runs), ...storeFigures(large, store, runs) };
    },
  };
  if (small === large) return [largeMeasure];
  const smallMeasure: Measure = {
    names: ratesOf(small),
    measure: async () => {
      const { store, runs } = await joins(stage, small);
      return rates(small, store, runs);
    },
  };
  return [smallMeasure, largeMeasure];
}

const ratesOf = ({ suffix }: Size): string[] => [`cold_join_${suffix}`, `cold_join_${suffix}_ms`];
const storeNames = ({ suffix }: Size): string[] => [
  "wire_bytes_per_op",
  "restart_and_join",
  `rss_${suffix}`,
  "disk_per_op",
];

async function joins(stage: Stage, size: Size): Promise<{ store: Store; runs: JoinRun[] }> {
  const store = await stage.store(size.source);
  const runs: JoinRun[] = [];
  while (runs.length < stage.scale.runs) runs.push(await joinTwice(stage, store));
  return { store, runs };
}

/**
 * The first join makes a hub load what it loads when somebody asks; the second finds it there. The
 * first replica stays, for some hubs forget a document when nobody is there.
 */
async function joinTwice(stage: Stage, store: Store): Promise<JoinRun> {
  const hub = await stage.hub(store);
  await using process = hub.process;
  const at = { url: hub.url, ticket: store.ticket };
  await using one = await stage.replica("first joiner", at);
  const first = await stage.join(one, hub.url, store.target);
  await using other = await stage.replica("second joiner", at);
  await process.call("watch", null);
  const second = await stage.join(other, hub.url, store.target);
  return { restartMs: hub.ms + first.equalMs, second, hub: await process.call("vitals", null) };
}

function rates(size: Size, { ops }: Store, runs: readonly JoinRun[]): Record<string, Figure> {
  const ms = median(runs.map(({ second }) => second.equalMs));
  const hubUs = median(runs.map(({ hub }) => (1_000 * hub.cpuMs) / ops));
  const how = `connect to equal hashes, running hub; ${ops} ops; median of ${runs.length}`;
  const [rate, time] = ratesOf(size) as [string, string];
  return {
    [rate]: {
      value: Math.round((1_000 * ops) / ms),
      unit: "ops/s",
      how: `${how}; hub ${hubUs.toFixed(2)} us of CPU an op`,
    },
    [time]: { value: rounded(ms), unit: "ms", how },
  };
}

function storeFigures(
  size: Size,
  { ops, bytesPerOp }: Store,
  runs: readonly JoinRun[],
): Record<string, Figure> {
  const of = (value: (run: JoinRun) => number): number => rounded(median(runs.map(value)));
  return {
    cold_join_cpu: {
      value: of(({ second }) => (1_000 * second.cpuMs) / ops),
      unit: "us/op",
      how: "CPU time of the joiner in that join, all its threads",
    },
    wire_bytes_per_op: {
      value: of(({ second }) => (second.bytesIn + second.bytesOut) / ops),
      unit: "B",
      how: "TCP bytes both ways at the joiner's socket in that join",
    },
    restart_and_join: {
      value: of(({ restartMs }) => restartMs),
      unit: "ms",
      how: "opening the hub on its files, then the first join; processes running, modules loaded",
    },
    [`rss_${size.suffix}`]: {
      value: of(({ hub }) => hub.rssBytes / 1e6),
      unit: "MB",
      how: "resident memory of the hub after both joins",
    },
    disk_per_op: {
      value: rounded(bytesPerOp),
      unit: "B",
      how: "all files of the hub after it got the work and was closed",
    },
  };
}
