/** SIGINT, SIGTERM and SIGHUP as one event: the process is asked to end, and will in time. */
import { once } from "node:events";
import { setTimeout as setTimer } from "node:timers/promises";
import { shutdownMs } from "../../base/limits.ts";

/** What is durable stays so: after this time, the process may go with sockets half closed. */
const patienceMs = shutdownMs - 500;

export class StopSignal {
  readonly #abort = new AbortController();

  constructor() {
    const stop = (): void => {
      if (this.#abort.signal.aborted) return;
      // The exit code says that the node ended as it was asked to.
      setTimeout(() => process.exit(0), patienceMs).unref();
      this.#abort.abort();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.on("SIGHUP", stop);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Resolves when the process is asked to end. */
  async wait(): Promise<void> {
    const { signal } = this.#abort;
    if (!signal.aborted) await once(signal, "abort");
  }

  /** Resolves after `ms`, or when the process is asked to end. */
  async sleep(ms: number): Promise<void> {
    const { signal } = this.#abort;
    // An aborted timer rejects, and here that is only its end.
    await setTimer(ms, null, { signal }).catch(() => null);
  }
}
