/** Replicas that have met: coming back after an absence, and latency through a hub. */
import type { Figure } from "../figures.ts";
import { median, percentile, rounded } from "../figures.ts";
import type { Target } from "./edits.ts";
import type { Measure } from "./measure.ts";
import type { PeerProcess, RunningHub, Stage } from "./stage.ts";

const missedUpdates = 100;
const livePerSecond = 200;
/** Late arrivals after the last write. */
const liveTailMs = 1_000;

export function linkedMeasures(stage: Stage): readonly Measure[] {
  return [
    {
      names: ["reconnect_100", "reconnect_100_bytes", "reconnect_idle", "reconnect_idle_bytes"],
      measure: async () => await reconnects(stage),
    },
    { names: ["live_p50", "live_p99", "live_seen"], measure: async () => await live(stage) },
  ];
}

async function hubOf(stage: Stage): Promise<RunningHub> {
  return await stage.hub(await stage.store(stage.scale.small.source));
}

/** A replica that holds what the hub holds. */
async function joined(stage: Stage, hub: RunningHub, role: string): Promise<PeerProcess> {
  const { url, store } = hub;
  const replica = await stage.replica(role, { url, ticket: store.ticket });
  await stage.join(replica, url, store.target);
  return replica;
}

async function reconnects(stage: Stage): Promise<Record<string, Figure>> {
  const hub = await hubOf(stage);
  await using _ = hub.process;
  await using writer = await joined(stage, hub, "writer");
  // By this one it is known that the hub has what the writer wrote.
  await using witness = await joined(stage, hub, "witness");
  await using absent = await joined(stage, hub, "absent replica");
  const { url, store } = hub;
  const { timeoutMs, absences } = stage.scale;
  const [times, bytes, idleTimes, idleBytes]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  for (let run = 1; run <= absences; run += 1) {
    await absent.call("disconnect", null, timeoutMs);
    const sentinel = `after absence ${run}`;
    const asked = { source: store.source, count: missedUpdates, sentinel };
    const target: Target = await writer.call("update", asked, timeoutMs);
    await witness.call("reach", { target, timeoutMs });
    const reached = await stage.join(absent, url, target);
    times.push(reached.equalMs);
    bytes.push(reached.bytesIn + reached.bytesOut);
  }
  for (let run = 0; run < absences; run += 1) {
    await absent.call("disconnect", null, timeoutMs);
    const idle = await absent.call("idle", { url }, timeoutMs);
    idleTimes.push(idle.ms);
    idleBytes.push(idle.bytesIn + idle.bytesOut);
  }
  const often = `median of ${absences}`;
  const missed = `back after ${missedUpdates} missed updates`;
  const figure = (values: readonly number[], unit: string, how: string): Figure => {
    return { value: rounded(median(values)), unit, how: `${how}; ${often}` };
  };
  return {
    reconnect_100: figure(times, "ms", `${missed}: connect to equal hashes`),
    reconnect_100_bytes: figure(bytes, "B", `${missed}: TCP bytes both ways until then`),
    reconnect_idle: figure(idleTimes, "ms", "back with nothing missed: connect to the last byte"),
    reconnect_idle_bytes: figure(idleBytes, "B", "back with nothing missed: TCP bytes both ways"),
  };
}

async function live(stage: Stage): Promise<Record<string, Figure>> {
  const hub = await hubOf(stage);
  await using _ = hub.process;
  await using writer = await joined(stage, hub, "writer");
  await using reader = await joined(stage, hub, "reader");
  await reader.call("listen", null);
  const { clockMs } = stage.scale;
  const pace = { source: hub.store.source, perSecond: livePerSecond, ms: clockMs };
  const { written } = await writer.call("pace", pace, 10 * clockMs);
  await new Promise((resolve) => setTimeout(resolve, liveTailMs));
  const { latenciesMs } = await reader.call("heard", null, stage.scale.timeoutMs);
  if (latenciesMs.length === 0) throw new Error("no update came through the hub");
  const how = `write on one replica to known on another, hub between, ${livePerSecond}/s`;
  const seen = `${latenciesMs.length} of ${written} values seen`;
  const at = (percent: number): Figure => {
    const value = rounded(percentile(latenciesMs, percent));
    return { value, unit: "ms", how: `${how}; ${seen}` };
  };
  const share = rounded((100 * latenciesMs.length) / written);
  const why = "values that were seen one by one; the others were passed over by a later state";
  return {
    live_p50: at(50),
    live_p99: at(99),
    live_seen: { value: share, unit: "%", how: why },
  };
}
