/** SIGINT, SIGTERM and SIGHUP as one event: the process is asked to end, and will in time. */
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
    await this.sleep(null);
  }

  /** Resolves after `ms`, or when the process is asked to end. */
  async sleep(ms: number | null): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      // A listener for signals does not keep a process alive, and nothing else need.
      const timer = setTimeout(resolve, ms ?? 2 ** 31 - 1);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
