/** Waiting for something to change, but not for long. */
import type { WorkHost } from "./host.ts";

/**
 * What a peer acknowledged may change without an event: looked at again after so long. It bounds
 * the delay, and costs one comparison.
 */
export const lookEveryMs = 20;

/** Resolves at the next change of the node, or after `ms`, or when `signal` is aborted. */
export async function nextChange(host: WorkHost, ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stop();
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const stop = host.onChange(done);
    const cancel = host.setTimer(ms, done);
    signal?.addEventListener("abort", done);
    if (signal?.aborted === true) done();
  });
}
