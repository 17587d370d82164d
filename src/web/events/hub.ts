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
  eventEveryMs,
  eventItemsMax,
  eventStallMs,
  eventStatusMinMs,
  eventStatusMs,
} from "../../base/limits.ts";
import type { Principal } from "../auth/sessions.ts";
import { statusDto } from "../dto/status.ts";
import { EventClient } from "./client.ts";
import { indexOf, positionAt } from "./position.ts";
import { eventBytes, ItemTexts } from "./texts.ts";
import type { Mark } from "./touches.ts";
import { Touches } from "./touches.ts";
import { Watch } from "./watch.ts";

const beat = Buffer.from(": alive\n\n");

export class EventHub {
  readonly #node: TowlineNode;
  readonly #isStillIn: (principal: Principal) => boolean;
  readonly #clients = new Set<EventClient>();
  readonly #texts: ItemTexts;
  readonly #touches = new Touches();
  #watch: Watch | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** What has been written to every client that keeps up. */
  #told: Mark = { index: 0, touch: 0 };
  #statusAt = -Infinity;
  #isStatusDue = false;
  #beatAt = 0;

  constructor(node: TowlineNode, isStillIn: (principal: Principal) => boolean) {
    this.#node = node;
    this.#isStillIn = isStillIn;
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
  refuseMore(): void {
    if (this.#clients.size < eventClientsMax) return;
    const message = `${eventClientsMax} clients follow the events already. Try again later.`;
    throw new TowlineError("http/busy", message);
  }

  /** Writes events to `response` from now on, or from `lastId` when that is given. */
  follow(principal: Principal, response: ServerResponse, lastId: string | null): void {
    this.#start();
    const client = new EventClient(principal, response, this.#told);
    this.#clients.add(client);
    client.onGone(() => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#stop();
    });
    if (lastId !== null) this.#resume(client, lastId);
    client.write(this.#status());
    this.#advance(client);
  }

  /** Ends the streams of those whose session or token is gone. */
  dropRevoked(): void {
    for (const client of this.#clients) {
      if (!this.#isStillIn(client.principal)) client.end();
    }
  }

  close(): void {
    const now = performance.now();
    for (const client of this.#clients) {
      if (client.isReady(now)) client.end();
      else client.cut();
    }
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
    this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), eventEveryMs);
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

  #status(): Uint8Array {
    const id = positionAt(this.#node, this.#told.index);
    return eventBytes("status", id, JSON.stringify(statusDto(this.#node.status())));
  }

  #tick(): void {
    const now = performance.now();
    this.#watch?.look(now);
    this.#tellItems(now);
    this.#tellStatus(now);
    if (now - this.#beatAt < eventBeatMs) return;
    this.#beatAt = now;
    this.dropRevoked();
    for (const client of this.#ready(now)) client.write(beat);
  }

  #tellItems(now: number): void {
    const before = this.#told;
    const piece = this.#touches.take(before, eventItemsMax, this.#node.arrivals.durable);
    // Nobody may be left behind by more than is remembered: what is taken here was just added.
    if (piece === null) throw new Error("bug in towline: touches are told before they go");
    this.#told = piece.mark;
    const bytes =
      piece.items.length === 0 ? null : this.#texts.event(piece.items, piece.mark.index);
    for (const client of this.#ready(now)) {
      if (client.mark !== before || client.backlog !== null) this.#advance(client);
      else {
        if (bytes !== null) client.write(bytes);
        client.mark = piece.mark;
      }
    }
  }

  /** Clients that may be written to; those that took nothing for too long are cut off. */
  #ready(now: number): readonly EventClient[] {
    const ready: EventClient[] = [];
    for (const client of this.#clients) {
      if (client.isGone) continue;
      if (client.isReady(now)) ready.push(client);
      else if (client.stalledMs(now) > eventStallMs) client.cut();
    }
    return ready;
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

  #tellStatus(now: number): void {
    const elapsed = now - this.#statusAt;
    if (elapsed < (this.#isStatusDue ? eventStatusMinMs : eventStatusMs)) return;
    this.#statusAt = now;
    this.#isStatusDue = false;
    const bytes = this.#status();
    for (const client of this.#ready(now)) {
      if (client.mark === this.#told && client.backlog === null) client.write(bytes);
    }
  }
}
