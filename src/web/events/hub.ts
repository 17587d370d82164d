/**
 * Tells followers what changed: at most ten times a second, the state as it is then, made once for
 * all of them. Whoever is slow is left out until its socket has drained, and is then told of
 * everything that it missed at once; whoever stays slow is cut off.
 */
import type { TowlineNode } from "../../api/types.ts";
import type { ServerResponse } from "node:http";
import { TowlineError } from "../../base/errors.ts";
import {
  eventBacklogMax,
  eventBeatMs,
  eventClientsMax,
  eventClientsOfOneMax,
  eventEveryMs,
  eventItemsMax,
  eventStallMs,
  eventStatusMinMs,
  eventStatusMs,
  turnMs,
} from "../../base/limits.ts";
import type { Logger } from "../../node/logger.ts";
import type { Principal } from "../auth/sessions.ts";
import { statusDto } from "../dto/status.ts";
import { EventClient } from "./client.ts";
import { indexOf, positionAt } from "./position.ts";
import { eventBytes, ItemTexts } from "./texts.ts";
import type { Mark } from "./touches.ts";
import { Touches } from "./touches.ts";
import { Watch } from "./watch.ts";

/** Between two looks at who is still let in: access.json may be changed by hand. */
const revokedEveryMs = 1_000;
const beat = Buffer.from(": alive\n\n");

export interface EventHubOptions {
  readonly isStillIn: (principal: Principal) => boolean;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export class EventHub {
  readonly #node: TowlineNode;
  readonly #isStillIn: (principal: Principal) => boolean;
  readonly #logger: Logger;
  readonly #clock: () => number;
  readonly #clients = new Set<EventClient>();
  readonly #texts: ItemTexts;
  readonly #touches = new Touches();
  #watch: Watch | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** What has been written to every client that keeps up. */
  #told: Mark = { index: 0, touch: 0 };
  #isTelling = false;
  #revokedAt = 0;
  #statusAt = -Infinity;
  #isStatusDue = false;
  #beatAt = 0;

  constructor(node: TowlineNode, { isStillIn, logger, now }: EventHubOptions) {
    this.#node = node;
    this.#isStillIn = isStillIn;
    this.#logger = logger;
    this.#clock = now ?? (() => performance.now());
    this.#texts = new ItemTexts(node);
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** The state of now, as the id of an event. */
  position(): string {
    return positionAt(this.#node, this.#node.arrivals.durable);
  }

  /** Throws `http/busy`. */
  refuseMore({ key }: Principal): void {
    const busy = (count: number, who: string): TowlineError =>
      new TowlineError("http/busy", `${count} ${who} follow the events already. Try again later.`);
    if (this.#clients.size >= eventClientsMax) throw busy(eventClientsMax, "clients");
    const own = [...this.#clients].filter(({ principal }) => principal.key === key).length;
    if (own >= eventClientsOfOneMax) {
      throw busy(eventClientsOfOneMax, "clients with this session or token");
    }
  }

  /** Writes events to `response` from now on, or from `lastId` when that is given. */
  follow(principal: Principal, response: ServerResponse, lastId: string | null): void {
    if (response.destroyed) return;
    this.#start();
    const client = new EventClient(principal, response, this.#told);
    this.#clients.add(client);
    client.onGone(() => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#stop();
    });
    if (lastId !== null) this.#resume(client, lastId);
    // Whoever breaks off before what it lacks has come resumes from where it was.
    client.write(this.#status(client.backlog?.index ?? this.#told.index));
    this.#advance(client);
  }

  /** Ends the streams of those whose session or token is gone. */
  dropRevoked(): void {
    const known = new Map<string, boolean>();
    for (const client of this.#clients) {
      const { principal } = client;
      const isIn = known.get(principal.key) ?? this.#isStillIn(principal);
      known.set(principal.key, isIn);
      if (!isIn) client.end();
    }
  }

  close(): void {
    for (const client of this.#clients) client.end();
    this.#stop();
  }

  #start(): void {
    if (this.#watch !== null) return;
    this.#watch = new Watch(this.#node, {
      touched: (item) => {
        this.#texts.forget(item);
        this.#touches.add({ item, index: this.#node.arrivals.durable });
      },
      statusChanged: () => (this.#isStatusDue = true),
    });
    this.#told = this.#now();
    this.#beatAt = this.#clock();
    // Whoever comes is told at once.
    this.#statusAt = this.#clock();
    this.#timer = setInterval(() => {
      if (!this.#isTelling) void this.#tick();
    }, eventEveryMs);
  }

  #stop(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#texts.clear();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #now(): Mark {
    return { index: this.#node.arrivals.durable, touch: this.#touches.count };
  }

  #resume(client: EventClient, lastId: string): void {
    const index = indexOf(this.#node, lastId);
    // What ran out while nobody looked is not in the log.
    const held = this.#node.work.board.index.held();
    if (index === null) client.write(this.#reset());
    else this.#lack(client, index, held);
  }

  /** The client lacks whatever ops from `index` on touch, up to its mark. */
  #lack(client: EventClient, index: number, also: Iterable<string> = []): void {
    const since = index < client.mark.index ? this.#node.arrivals.itemsSince(index) : [];
    const items = [...new Set([...since, ...also])];
    if (items.length > eventBacklogMax) client.write(this.#reset());
    else client.backlog = { items, index };
  }

  #reset(): Uint8Array {
    const id = positionAt(this.#node, this.#told.index);
    return eventBytes("reset", id, JSON.stringify({ asOf: id }));
  }

  #status(index: number): Uint8Array {
    const id = positionAt(this.#node, index);
    return eventBytes("status", id, JSON.stringify(statusDto(this.#node.status())));
  }

  async #tick(): Promise<void> {
    this.#isTelling = true;
    try {
      const now = this.#clock();
      this.#watch?.look(now);
      await this.#tellItems();
      await this.#tellStatus(now);
      if (now - this.#revokedAt > revokedEveryMs) {
        this.#revokedAt = now;
        this.dropRevoked();
      }
      if (now - this.#beatAt < eventBeatMs) return;
      this.#beatAt = now;
      await this.#toEach((client) => client.write(beat));
    } catch (error) {
      this.#logger.error({ error: String(error) }, "events could not be told");
    } finally {
      this.#isTelling = false;
    }
  }

  async #tellItems(): Promise<void> {
    const before = this.#told;
    const piece = this.#touches.take(before, eventItemsMax, this.#node.arrivals.durable);
    if (piece === null) {
      // More was touched than is remembered, and faster than it could be told.
      await this.#resetAll();
      return;
    }
    this.#told = piece.mark;
    const bytes =
      piece.items.length === 0 ? null : this.#texts.event(piece.items, piece.mark.index);
    await this.#toEach((client) => {
      if (client.mark !== before || client.backlog !== null) this.#advance(client);
      else {
        if (bytes !== null) client.write(bytes);
        client.mark = piece.mark;
      }
    });
  }

  async #resetAll(): Promise<void> {
    this.#told = this.#now();
    const bytes = this.#reset();
    await this.#toEach((client) => {
      client.mark = this.#told;
      client.backlog = null;
      client.write(bytes);
    });
  }

  /**
   * Calls `act` with each client that may be written to, and lets others have a turn meanwhile.
   * Clients that took nothing for too long are cut off.
   */
  async #toEach(act: (client: EventClient) => void): Promise<void> {
    let since = this.#clock();
    for (const client of [...this.#clients]) {
      const now = this.#clock();
      if (now - since > turnMs) {
        await new Promise((resolve) => setImmediate(resolve));
        since = this.#clock();
      }
      if (client.isGone) continue;
      if (client.isReady(now)) act(client);
      else if (client.stalledMs(now) > eventStallMs) client.cut();
    }
  }

  /** Writes the next piece of what this client lacks, at most what others have been told. */
  #advance(client: EventClient): void {
    if (client.backlog === null) {
      if (client.mark.touch >= this.#told.touch) {
        client.mark = this.#told;
        return;
      }
      const piece = this.#touches.take(client.mark, eventItemsMax, this.#told.index);
      if (piece !== null) {
        client.mark = piece.mark.touch >= this.#told.touch ? this.#told : piece.mark;
        client.write(this.#texts.event(piece.items, client.mark.index));
        return;
      }
      const { index } = client.mark;
      client.mark = this.#told;
      this.#lack(client, index);
    }
    const { backlog } = client;
    if (backlog === null) return;
    const piece = backlog.items.splice(0, eventItemsMax);
    const isLast = backlog.items.length === 0;
    if (isLast) client.backlog = null;
    const index = isLast ? client.mark.index : backlog.index;
    if (piece.length > 0) client.write(this.#texts.event(piece, index));
  }

  async #tellStatus(now: number): Promise<void> {
    const elapsed = now - this.#statusAt;
    if (elapsed < (this.#isStatusDue ? eventStatusMinMs : eventStatusMs)) return;
    this.#statusAt = now;
    this.#isStatusDue = false;
    const bytes = this.#status(this.#told.index);
    await this.#toEach((client) => {
      if (client.mark === this.#told && client.backlog === null) client.write(bytes);
    });
  }
}
