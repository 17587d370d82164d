/** The node of the measurement: writes, and watches its own event loop meanwhile. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { churn, serveMade } from "../board/served.ts";
import type { NodeFinished, NodeReady, ToNode } from "./messages.ts";

const sampleMs = 1;
const served = await serveMade(Number(process.argv[2] ?? "5000"));
const delay = monitorEventLoopDelay({ resolution: sampleMs });
let stop: (() => Promise<number>) | null = null;
let [startedAt, cpu] = [0, process.cpuUsage()];

process.on("message", (message: ToNode) => {
  if (message.kind === "churn") {
    startedAt = Date.now();
    cpu = process.cpuUsage();
    delay.enable();
    stop = churn(served, message.perSecond);
    return;
  }
  void finish(message.marker);
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready", url: served.sessionUrl(), items: served.ids.length });

async function finish(marker: string): Promise<void> {
  const written = (await stop?.()) ?? 0;
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const cpuPercent = (user + system) / 10 / (Date.now() - startedAt);
  await served.node.write([[["set", served.ids[0] ?? "", "x_marker", marker]]]);
  const late = (ns: number): number => Math.max(0, ns / 1e6 - sampleMs);
  tell({
    kind: "finished",
    written,
    startedAt,
    longestPauseMs: late(delay.max),
    pauseP99Ms: late(delay.percentile(99)),
    cpuPercent,
  });
}

function tell(message: NodeReady | NodeFinished): void {
  process.send?.(message);
}
