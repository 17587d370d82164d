/**
 * Delivers what is queued: for each webhook one message at a time, the one that has been due for
 * longest. A receiver that fails is left alone for a while, longer each time, and keeps nobody else
 * waiting.
 */
import {
  webhookAgeMs,
  webhookLookMs,
  webhookPauseMsMax,
  webhookRetryMs,
  webhookTimeoutMs,
} from "../base/edge-limits.ts";
import type { SystemClock } from "../node/clock.ts";
import type { Logger } from "../node/logger.ts";
import type { QueuedMessage, WebhookQueue } from "./queue.ts";
import type { Attempt, Outcome } from "./post.ts";

/** A webhook that is ready to be sent to. */
export interface Hook {
  readonly name: string;
  readonly url: string;
  readonly secret: Buffer;
  readonly on: ReadonlySet<string>;
}

export interface DeliveryOptions {
  readonly queue: WebhookQueue;
  readonly hooks: readonly Hook[];
  readonly clock: SystemClock;
  readonly logger: Logger;
  readonly post: (attempt: Attempt) => Promise<Outcome>;
}

interface Line {
  readonly hook: Hook;
  isBusy: boolean;
  /** Attempts in a row that failed. */
  failures: number;
  /** Wall time before which nothing is sent. */
  pausedUntil: number;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #lines: readonly Line[];
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #cancelTimer: (() => void) | null = null;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#lines = options.hooks.map((hook) => ({
      ...{ hook, isBusy: false, failures: 0, pausedUntil: 0 },
    }));
  }

  /** Looks what is due. To be called when messages were added; it calls itself otherwise. */
  wake(): void {
    if (this.#ending.signal.aborted) return;
    const { clock, logger } = this.#options;
    try {
      for (const line of this.#lines) this.#begin(line);
    } catch (error) {
      // Another process has the file, or the disk is full: looked at again in a moment.
      logger.warn({ error: String(error) }, "the queue of the webhooks cannot be read");
    }
    this.#cancelTimer?.();
    this.#cancelTimer = clock.setTimer(this.#restMs(), () => this.wake());
  }

  /** Until the next message is due, but not for long: `towline webhooks retry` makes some due. */
  #restMs(): number {
    const now = this.#options.clock.now().wall;
    const waits = this.#lines.map(({ hook, isBusy, pausedUntil }) => {
      const at = isBusy ? null : this.#nextAt(hook);
      return at === null ? webhookLookMs : Math.max(at, pausedUntil) - now;
    });
    return Math.max(1, Math.min(webhookLookMs, ...waits));
  }

  #nextAt({ name }: Hook): number | null {
    try {
      return this.#options.queue.nextAt(name);
    } catch {
      return null;
    }
  }

  #begin(line: Line): void {
    const now = this.#options.clock.now().wall;
    if (line.isBusy || now < line.pausedUntil) return;
    const message = this.#options.queue.due(line.hook.name, now);
    if (message === null) return;
    line.isBusy = true;
    const running = this.#send(line, message).finally(() => {
      line.isBusy = false;
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  async #send(line: Line, message: QueuedMessage): Promise<void> {
    const { clock, logger, post } = this.#options;
    const { url, secret, name } = line.hook;
    const late = new AbortController();
    const cancel = clock.setTimer(webhookTimeoutMs, () => late.abort());
    const signal = AbortSignal.any([late.signal, this.#ending.signal]);
    const now = clock.now().wall;
    const outcome = await post({ url, secret, message, now, signal }).finally(cancel);
    // What was under way when the node stopped is sent again when it starts.
    if (this.#ending.signal.aborted && outcome.kind === "failed") return;
    try {
      this.#settle(line, message, outcome);
    } catch (error) {
      // It is sent once more: better than not at all.
      this.#pause(line, null);
      logger.warn({ webhook: name, error: String(error) }, "a delivery could not be noted");
    }
  }

  #settle(line: Line, message: QueuedMessage, outcome: Outcome): void {
    const { clock, queue, logger } = this.#options;
    const { id, attempts, created } = message;
    const { name } = line.hook;
    const now = clock.now().wall;
    if (outcome.kind === "taken") {
      line.failures = 0;
      queue.delivered(message, now);
      logger.debug({ webhook: name, id }, "a webhook was delivered");
      return;
    }
    const waitMs = this.#pause(line, outcome.waitMs);
    const retryMs = webhookRetryMs[attempts];
    const isLast = outcome.isFinal || retryMs === undefined || now - created > webhookAgeMs;
    const jitter = 0.8 + 0.4 * clock.random();
    const at = isLast ? null : now + Math.max(waitMs, Math.round(retryMs * jitter));
    queue.failed(message, { error: outcome.why, at, now });
    const fields = { webhook: name, id, why: outcome.why, attempts: attempts + 1 };
    if (isLast) logger.error(fields, "a webhook was given up; `towline webhooks dead` lists it");
    else logger.warn({ ...fields, inMs: (at ?? now) - now }, "a webhook was not delivered yet");
  }

  /** Leaves the receiver alone; returns for how long. */
  #pause(line: Line, askedMs: number | null): number {
    const { clock } = this.#options;
    line.failures += 1;
    const doubled = (webhookRetryMs[0] ?? 0) * 2 ** Math.min(line.failures - 1, 20);
    const ms = Math.min(webhookPauseMsMax, Math.max(doubled, askedMs ?? 0));
    line.pausedUntil = clock.now().wall + ms;
    return ms;
  }

  /** Ends what is under way; it is sent again after the next start. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#cancelTimer?.();
    await Promise.allSettled(this.#running);
  }
}
