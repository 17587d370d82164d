/** Nodes that know each other: coming back after an absence, and latency through a hub. */
import { foundMesh } from "../src/api/index.ts";
import { assert } from "../src/base/assert.ts";
import type { Bench } from "./bench.ts";
import type { Case, Figure } from "./figures.ts";
import { median, percentile, rounded } from "./figures.ts";
import { NodeProcess } from "./node-process.ts";

const missedUpdates = 100;
const absences = 5;
const livePerSecond = 200;
const fanOutPeers = 100;
const concurrentCallers = 100;
/** By then the last op must have come to every peer. */
const fanOutTailMs = 10_000;
/** Late arrivals after the last write. */
const liveTailMs = 1_000;

export function linkedCases(bench: Bench): readonly Case[] {
  return [
    {
      names: ["reconnect_100", "reconnect_100_bytes", "reconnect_idle", "reconnect_idle_bytes"],
      measure: async () => await reconnects(bench),
    },
    { names: ["fanout_100"], measure: async () => await fanOut(bench) },
    {
      names: ["live_p50", "live_p99", "live_max"],
      measure: async () => await live(bench),
    },
  ];
}

/** What a hub writes goes to a hundred peers: ops that arrive per second, over all of them. */
async function fanOut(bench: Bench): Promise<Record<string, Figure>> {
  const { stores, profileDir, runs } = bench;
  const ms = bench.clockMs / 4;
  const [rates, written]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    await using hub = new NodeProcess("hub", profileDir);
    await using crowd = new NodeProcess("crowd", profileDir);
    const dir = stores.fresh();
    foundMesh({ dir, name: "bench" });
    const { url, mesh } = await hub.call("open", { dir, listens: true });
    await crowd.call("crowd", { url: url ?? "", mesh, peers: fanOutPeers });
    const done = await hub.call("hammer", { callers: concurrentCallers, ms });
    const wanted = done.written * fanOutPeers;
    const startedAt = performance.now();
    let { count } = await crowd.call("deliveries", null);
    while (count < wanted && performance.now() - startedAt < fanOutTailMs) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      ({ count } = await crowd.call("deliveries", null));
    }
    assert(count >= wanted, `of ${wanted} ops ${count} came`);
    rates.push((1_000 * count) / (done.ms + performance.now() - startedAt));
    written.push((1_000 * done.written) / done.ms);
  }
  const how =
    `${concurrentCallers} callers write on the hub for ${ms} ms, ${Math.round(median(written))} ` +
    `ops/s; until all came to ${fanOutPeers} peers, which count them; median of ${runs}`;
  return { fanout_100: { value: Math.round(median(rates)), unit: "deliveries/s", how } };
}

async function reconnects(bench: Bench): Promise<Record<string, Figure>> {
  const { stores, profileDir } = bench;
  await using hub = new NodeProcess("hub", profileDir);
  await using spoke = new NodeProcess("spoke", profileDir);
  const work = { updates: bench.updates(10_000), burst: 50 };
  const opened = await hub.call("open", { dir: await stores.copy(work), listens: true });
  const url = opened.url ?? "";
  await spoke.call("open", { dir: stores.fresh(), listens: false, join: url });
  await spoke.call("sync", { url, totals: opened.totals });
  const [times, bytes]: [number[], number[]] = [[], []];
  for (let run = 0; run < absences; run += 1) {
    await spoke.call("hangUp", { url });
    const from = run * missedUpdates;
    const totals = await hub.call("update", { from, count: missedUpdates });
    const synced = await spoke.call("sync", { url, totals });
    times.push(synced.equalMs);
    bytes.push(synced.bytesIn + synced.bytesOut);
  }
  const [idleTimes, idleBytes]: [number[], number[]] = [[], []];
  for (let run = 0; run < absences; run += 1) {
    await spoke.call("hangUp", { url });
    const idle = await spoke.call("idle", { url });
    idleTimes.push(idle.ms);
    idleBytes.push(idle.bytesIn + idle.bytesOut);
  }
  const times5 = `median of ${absences}`;
  const missed = `back after ${missedUpdates} updates of the hub`;
  const ms = (value: number, how: string): Figure => ({ value: rounded(value), unit: "ms", how });
  const size = (value: number, how: string): Figure => ({ value, unit: "B", how });
  return {
    reconnect_100: ms(median(times), `${missed}: dial to equal digests; ${times5}`),
    reconnect_100_bytes: size(median(bytes), `TCP bytes both ways until then; ${times5}`),
    reconnect_idle: ms(median(idleTimes), `back with nothing missed: dial to live; ${times5}`),
    reconnect_idle_bytes: size(median(idleBytes), `TCP bytes both ways for that; ${times5}`),
  };
}

async function live(bench: Bench): Promise<Record<string, Figure>> {
  const { stores, profileDir, clockMs } = bench;
  await using hub = new NodeProcess("hub", profileDir);
  await using writer = new NodeProcess("writer", profileDir);
  await using reader = new NodeProcess("reader", profileDir);
  const work = { updates: bench.updates(10_000), burst: 50 };
  const opened = await hub.call("open", { dir: await stores.copy(work), listens: true });
  const url = opened.url ?? "";
  for (const node of [writer, reader]) {
    await node.call("open", { dir: stores.fresh(), listens: false, join: url });
    await node.call("sync", { url, totals: opened.totals });
  }
  await reader.call("listen", null);
  const { written } = await writer.call("pace", { perSecond: livePerSecond, ms: clockMs });
  await new Promise((resolve) => setTimeout(resolve, liveTailMs));
  const { latenciesMs } = await reader.call("heard", null);
  const seen = `${latenciesMs.length} of ${written} values seen`;
  const how = `write on one node to durable on another, hub between, ${livePerSecond}/s`;
  const ms = (value: number, more: string): Figure => {
    return { value: rounded(value), unit: "ms", how: `${how}; ${more}` };
  };
  return {
    live_p50: ms(percentile(latenciesMs, 50), seen),
    live_p99: ms(percentile(latenciesMs, 99), `${clockMs} ms`),
    live_max: ms(percentile(latenciesMs, 100), "the slowest"),
  };
}
