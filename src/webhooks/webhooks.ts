/** Webhooks of a node that runs: watches the log, queues what receivers want to hear, sends it. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { webhookLookMs, webhookRetryMs, webhookScanOps } from "../base/edge-limits.ts";
import { TowlineError } from "../base/errors.ts";
import { inSlices, sourceOf } from "../commands/past.ts";
import type { TowlineNode } from "../api/types.ts";
import type { SystemClock } from "../node/clock.ts";
import { systemClock } from "../node/clock.ts";
import type { WebhookSettings } from "../node/config-webhooks.ts";
import { secretBytesOf, secretForm } from "../node/config-webhooks.ts";
import { dataFiles } from "../node/data-folder.ts";
import type { Logger } from "../node/logger.ts";
import type { Hook } from "./delivery.ts";
import { Delivery } from "./delivery.ts";
import type { Message } from "./message.ts";
import { messageOf } from "./message.ts";
import type { Attempt, Outcome } from "./post.ts";
import { post } from "./post.ts";
import type { Place } from "./queue.ts";
import { WebhookQueue } from "./queue.ts";
import type { FoundTransition } from "./scan.ts";
import { Scan } from "./scan.ts";

export interface WebhooksOptions {
  readonly node: TowlineNode;
  readonly settings: readonly WebhookSettings[];
  readonly logger: Logger;
  readonly clock?: SystemClock;
  readonly post?: (attempt: Attempt) => Promise<Outcome>;
}

export interface Webhooks {
  /** Resolves when nothing is under way any more; what is queued is sent after the next start. */
  close(): Promise<void>;
}

/** Null without webhooks. Throws `config/invalid`, `webhooks/unreadable`. */
export function startWebhooks(options: WebhooksOptions): Webhooks | null {
  const { node, settings } = options;
  if (node.dir === null) return null;
  const path = queuePath(node.dir);
  if (settings.length === 0) {
    if (existsSync(path)) forgetAll(path);
    return null;
  }
  const { dir } = node;
  const hooks = settings.map((one) => hookOf(one, dir));
  return new Running({ ...options, hooks, queue: WebhookQueue.open(path) });
}

export function queuePath(dir: string): string {
  return join(dir, dataFiles.webhooks);
}

/** One that is configured again later begins anew. */
function forgetAll(path: string): void {
  const queue = WebhookQueue.open(path);
  queue.setHooks([], 0);
  queue.close();
}

/** Reads its secret. Throws `config/invalid`. */
export function hookOf({ name, url, on, secret, secretFile }: WebhookSettings, dir: string): Hook {
  const bytes = secretBytesOf(secret ?? textOf(resolve(dir, secretFile ?? ""), name));
  if (bytes !== null) return { name, url, on, secret: bytes };
  const message = `The secret of the webhook ${name} is not ${secretForm}.`;
  throw new TowlineError("config/invalid", message);
}

function textOf(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    const message = `The secret of the webhook ${name} cannot be read from ${path}. Put it there.`;
    throw new TowlineError("config/invalid", message, { cause });
  }
}

/** No attempt is due later than so: the longest wait, with its jitter. */
const latestMs = 1.2 * Math.max(...webhookRetryMs);

interface RunningOptions extends WebhooksOptions {
  readonly hooks: readonly Hook[];
  readonly queue: WebhookQueue;
}

class Running implements Webhooks {
  readonly #options: RunningOptions;
  readonly #clock: SystemClock;
  readonly #scan: Scan;
  readonly #delivery: Delivery;
  readonly #stopListening: () => void;
  readonly #ending = new AbortController();
  /** By webhook: from which arrival on it is told of transitions. */
  readonly #since: ReadonlyMap<string, number>;
  #place: Place;
  #scanning: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;

  constructor(options: RunningOptions) {
    this.#options = options;
    const { node, queue, hooks, logger } = options;
    this.#clock = options.clock ?? systemClock;
    this.#scan = new Scan(sourceOf(node));
    this.#place = this.#findPlace();
    this.#since = new Map(hooks.map(({ name }) => [name, queue.since(name)]));
    this.#delivery = new Delivery({
      ...{ queue, hooks, logger, clock: this.#clock },
      post: options.post ?? post,
    });
    queue.refuseLaterThan(this.#clock.now().wall + latestMs);
    this.#stopListening = node.on("applied", () => this.#read());
    this.#read();
    this.#delivery.wake();
  }

  /** Where the log was left; a webhook that is new is told of what comes from now on. */
  #findPlace(): Place {
    const { node, queue, hooks, logger } = this.#options;
    const end = this.#placeAt(node.arrivals.durable);
    queue.setHooks(
      hooks.map(({ name }) => name),
      end.index,
    );
    const known = queue.place;
    const isSame = known !== null && this.#placeAt(known.index).op === known.op;
    if (!isSame || known.index > end.index) {
      if (known !== null) {
        logger.warn({}, "the log is another one than before: webhooks tell of what comes from now");
      }
      queue.startAt(end);
      return end;
    }
    const first = Math.min(...hooks.map(({ name }) => queue.since(name)));
    return first > known.index ? this.#placeAt(first) : known;
  }

  #placeAt(index: number): Place {
    return { index, op: index === 0 ? null : this.#options.node.arrivals.idAt(index - 1) };
  }

  /** Reads what has arrived since, unless that is under way. */
  #read(): void {
    if (this.#scanning !== null || this.#ending.signal.aborted) return;
    this.#cancelRetry?.();
    this.#scanning = this.#readAll()
      .catch((error: unknown) => {
        if (this.#ending.signal.aborted) return;
        // The disk is full, say, or another process has the file.
        this.#options.logger.warn({ error: String(error) }, "webhooks could not be queued yet");
        this.#cancelRetry = this.#clock.setTimer(webhookLookMs, () => this.#read());
      })
      .finally(() => (this.#scanning = null));
  }

  async #readAll(): Promise<void> {
    const { node, queue } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      const from = this.#place.index;
      const to = Math.min(node.arrivals.durable, from + webhookScanOps);
      if (to <= from) return;
      const found = await inSlices(this.#scan.between(from, to), signal);
      const messages = found.flatMap((each) => this.#messagesOf(each));
      const place = this.#placeAt(to);
      queue.add(messages, place, this.#clock.now().wall);
      this.#place = place;
      if (messages.length > 0) this.#delivery.wake();
    }
  }

  #messagesOf(found: FoundTransition): readonly (Message & { readonly hook: string })[] {
    const { hooks, node } = this.#options;
    const { kind, after, index } = found;
    const reached = kind === "moved" || kind === "created" ? after : null;
    const wanting = hooks
      .filter(({ on }) => on.has(kind) || (reached !== null && on.has(reached)))
      .filter(({ name }) => (this.#since.get(name) ?? 0) <= index);
    if (wanting.length === 0) return [];
    const { mesh } = node;
    const message = messageOf(found, { mesh, nameOf: (author) => node.nameOf(author) });
    return wanting.map(({ name }) => ({ ...message, hook: name }));
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#stopListening();
    this.#cancelRetry?.();
    await this.#scanning;
    await this.#delivery.close();
    this.#options.queue.close();
  }
}
