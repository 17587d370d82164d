/** Callers that wait until something holds which peers say, each for a bounded time. */
import type { TowlineError } from "../base/errors.ts";
import { waitMs } from "../base/limits.ts";
import type { NodeId } from "../op/op.ts";
import type { WaitOptions } from "./types.ts";

/** Timers of the platform count no further; 25 days are as good as forever. */
const timerMsMax = 2_147_483_647;

export interface Wait extends WaitOptions {
  /** Whose word matters; null for that of all. */
  readonly peer: NodeId | null;
  isMet(): boolean;
  /** The error when the time is over. */
  tooLate(timeoutMs: number): TowlineError;
}

interface Waiting extends Wait {
  resolve(): void;
  reject(error: unknown): void;
}

export class Waits {
  readonly #waiting = new Map<NodeId | null, Set<Waiting>>();

  /** Resolves once `isMet`; rejects with `tooLate`, or with the reason of the signal. */
  async until(wait: Wait): Promise<void> {
    const { signal, timeoutMs = waitMs } = wait;
    signal?.throwIfAborted();
    if (wait.isMet()) return;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting: Waiting = { ...wait, resolve: () => resolve(undefined), reject };
    const abort = (): void => reject(signal?.reason);
    const late = (): void => reject(wait.tooLate(timeoutMs));
    const timer = timeoutMs > timerMsMax ? null : setTimeout(late, Math.max(0, timeoutMs));
    signal?.addEventListener("abort", abort, { once: true });
    const group = this.#waiting.get(wait.peer) ?? new Set();
    this.#waiting.set(wait.peer, group.add(waiting));
    try {
      await promise;
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      group.delete(waiting);
      if (group.size === 0 && this.#waiting.get(wait.peer) === group) {
        this.#waiting.delete(wait.peer);
      }
    }
  }

  /** `peer` said something new; null when anything may have changed. */
  look(peer: NodeId | null): void {
    const groups = peer === null ? this.#waiting.values() : [this.#waiting.get(peer)];
    for (const group of groups) for (const each of group ?? []) if (each.isMet()) each.resolve();
    if (peer === null) return;
    for (const each of this.#waiting.get(null) ?? []) if (each.isMet()) each.resolve();
  }

  /** Nothing that anybody waits for will come any more. */
  failAll(error: TowlineError): void {
    for (const group of this.#waiting.values()) for (const each of group) each.reject(error);
  }
}
