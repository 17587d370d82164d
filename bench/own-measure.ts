/** How a process under measurement takes its own measure: pauses, CPU, memory, bytes on sockets. */
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** What a process noticed about itself since the last `watch`. */
export interface Vitals {
  /** The longest time for which its event loop stood still, in milliseconds. */
  readonly pauseMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** The event loop's delay is sampled so often; a pause is known to be no longer than one more. */
const sampleMs = 1;

let delay = monitorEventLoopDelay({ resolution: sampleMs });
let cpuBefore = process.cpuUsage();
/** The sockets that this process dialled, for the bytes on them. */
const dialled = new Set<Socket>();

subscribe("net.client.socket", (message) => {
  dialled.add((message as { readonly socket: Socket }).socket);
});

export function watch(): void {
  delay.disable();
  delay = monitorEventLoopDelay({ resolution: sampleMs });
  delay.enable();
  cpuBefore = process.cpuUsage();
}

export function stopWatching(): void {
  delay.disable();
}

export function vitals(): Vitals {
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    pauseMs: Math.max(0, delay.max / 1e6 - sampleMs),
    cpuMs: (user + system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
  };
}

export function forgetDialled(): void {
  dialled.clear();
}

/** Bytes on the sockets that were dialled since `forgetDialled`. */
export function bytesDialled(): { readonly bytesIn: number; readonly bytesOut: number } {
  let [bytesIn, bytesOut] = [0, 0];
  for (const socket of dialled) {
    bytesIn += socket.bytesRead;
    bytesOut += socket.bytesWritten;
  }
  return { bytesIn, bytesOut };
}
