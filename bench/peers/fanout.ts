/** One replica writes as fast as it can, and many others get it from the hub. */
import { rounded } from "../figures.ts";
import type { Measure } from "./measure.ts";
import type { PeerProcess, Stage } from "./stage.ts";

export function fanoutMeasure(stage: Stage): Measure {
  return {
    names: ["fanout_100", "fanout_100_hub_cpu"],
    measure: async () => {
      const { listeners, listenerProcesses, fanoutUpdates } = stage.scale;
      const { seconds, hubUs } = await fanOut(stage);
      const deliveries = listeners * (fanoutUpdates + 1);
      const how = `${fanoutUpdates} updates at once to ${listeners} whole replicas`;
      return {
        fanout_100: {
          value: Math.round(deliveries / seconds),
          unit: "op deliveries/s",
          how: `${how} in ${listenerProcesses} processes, until the last has the last`,
        },
        fanout_100_hub_cpu: {
          value: rounded(hubUs / deliveries),
          unit: "us",
          how: "CPU time of the hub for each delivery of that",
        },
      };
    },
  };
}

async function fanOut(stage: Stage): Promise<{ seconds: number; hubUs: number }> {
  const { listeners, listenerProcesses, fanoutUpdates, items, timeoutMs } = stage.scale;
  const store = await stage.store(items);
  const hub = await stage.hub(store);
  await using hubProcess = hub.process;
  const at = { url: hub.url, ticket: store.ticket };
  await using writer = await stage.replica("writer", at);
  await stage.join(writer, hub.url, store.target);
  await using group = new AsyncDisposableStack();
  const processes: PeerProcess[] = [];
  for (let n = 0; n < listenerProcesses; n += 1) {
    const count = Math.floor((listeners + n) / listenerProcesses);
    const process = group.use(await stage.replica("listeners", at, count));
    await stage.join(process, hub.url, store.target);
    processes.push(process);
  }
  await hubProcess.call("watch", null);
  const startedAt = performance.now();
  const update = { source: store.source, count: fanoutUpdates, sentinel: "fanned out" };
  const target = await writer.call("update", update, timeoutMs);
  const writtenAt = performance.now();
  const all = processes.map(async (process) => {
    return await process.call("reach", { target, timeoutMs }, timeoutMs + 30_000);
  });
  const reached = await Promise.all(all);
  const { cpuMs } = await hubProcess.call("vitals", null);
  const lastMs = Math.max(...reached.map(({ sentinelMs }) => sentinelMs));
  return { seconds: (writtenAt - startedAt + lastMs) / 1_000, hubUs: 1_000 * cpuMs };
}
