/**
 * One follower of events: what was written to it, and what it still lacks. A client that does not
 * take what it is sent gets nothing more until it does; then it gets the state of that moment.
 */
import type { ServerResponse } from "node:http";
import type { Principal } from "../auth/sessions.ts";
import type { Mark } from "./touches.ts";

export class EventClient {
  readonly principal: Principal;
  readonly #response: ServerResponse;
  /** Everything up to here was written. */
  mark: Mark;
  /** Items to write before `mark` is reached, and what its events are called until then. */
  backlog: { readonly items: string[]; readonly index: number } | null = null;
  #stalledSince: number | null = null;

  constructor(principal: Principal, response: ServerResponse, mark: Mark) {
    this.principal = principal;
    this.#response = response;
    this.mark = mark;
  }

  get isGone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Whether what was written before has left for the socket. */
  isReady(now: number): boolean {
    if (!this.#response.writableNeedDrain) {
      this.#stalledSince = null;
      return true;
    }
    this.#stalledSince ??= now;
    return false;
  }

  stalledMs(now: number): number {
    return this.#stalledSince === null ? 0 : now - this.#stalledSince;
  }

  write(bytes: Uint8Array): void {
    this.#response.write(bytes);
  }

  /** What was written still goes out, unless the client has stopped to take it. */
  end(): void {
    if (this.#response.writableNeedDrain) this.cut();
    else this.#response.end();
  }

  /** Frees what waits for its socket. */
  cut(): void {
    this.#response.destroy();
  }

  onGone(listener: () => void): void {
    this.#response.once("close", listener);
    this.#response.on("error", () => undefined);
  }
}
