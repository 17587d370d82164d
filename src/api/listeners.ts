/**
 * The subscribers of a node's events. One that throws is reported, and the others are still told.
 */
import type { Logger } from "../node/logger.ts";
import type { NodeEvents } from "./types.ts";

type Listener = (event: never) => void;

export class Listeners {
  readonly #logger: Logger;
  readonly #byName = new Map<keyof NodeEvents, Set<Listener>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what unsubscribes. */
  add<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => void,
  ): () => void {
    const listeners = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Whether anybody listens: some events take work to make. */
  has(name: keyof NodeEvents): boolean {
    return (this.#byName.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof NodeEvents>(name: Name, event: NodeEvents[Name]): void {
    for (const listener of this.#byName.get(name) ?? []) {
      try {
        listener(event as never);
      } catch (error) {
        this.#logger.error({ event: name, error: String(error) }, "a subscriber threw");
      }
    }
  }
}
