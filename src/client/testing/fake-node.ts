/** A node as a `fetch`: answers what a test says, and streams events as the test sends them. */
import { TowlineClient } from "../client.ts";
import type { EventsDto, ItemDto, JsonValue, StatusDto } from "../contract.ts";
import type { Schedule } from "../item-table.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Reply = Response | Error | Promise<Response>;

export class FakeNode {
  readonly asked: Asked[] = [];
  readonly items = new Map<string, ItemDto>();
  readonly client: TowlineClient;
  pageItems = 2;
  /** What a write is answered with; an Error stands for no answer at all. */
  onWrite: (asked: Asked) => Reply = () => json({ item: "", op: null, now: null });
  /** Called for each request that is no write; null for what the node answers by itself. */
  onRead: (asked: Asked) => Reply | null = () => null;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #events = 0;

  constructor(token?: string) {
    const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> =>
      await this.#answer(String(url), init);
    const options = { url: "http://node.test/", fetch };
    this.client = new TowlineClient(token === undefined ? options : { ...options, token });
  }

  /** Requests for the stream of events, with the id behind which each was to go on. */
  get streams(): readonly (string | null)[] {
    return this.asked
      .filter(({ path }) => path === "/events")
      .map(({ headers }) => headers.get("last-event-id"));
  }

  get isFollowed(): boolean {
    return this.#stream !== null;
  }

  send<Name extends keyof EventsDto>(name: Name, data: EventsDto[Name]): void {
    this.#events += 1;
    this.raw(`id: e${this.#events}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  sendItems(items: readonly ItemDto[], removed: readonly string[] = []): void {
    this.send("items", { asOf: "", items, removed });
  }

  raw(text: string): void {
    if (this.#stream === null) throw new Error("nobody follows");
    this.#stream.enqueue(new TextEncoder().encode(text));
  }

  /** Cuts the stream of events. */
  cut(): void {
    const stream = this.#stream;
    this.#stream = null;
    stream?.error(new TypeError("cut"));
  }

  async #answer(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace("/api/v1", "");
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : undefined;
    const asked = {
      method: init.method ?? "GET",
      path,
      headers: new Headers(init.headers),
      body,
    };
    this.asked.push(asked);
    const reply = asked.method === "GET" ? this.onRead(asked) : this.onWrite(asked);
    if (reply instanceof Error) throw reply;
    if (reply !== null) return await reply;
    if (path === "/events") return this.#follow(init.signal ?? null);
    return json(this.#page(searchParams.get("cursor")));
  }

  #page(cursor: string | null): unknown {
    const all = [...this.items.values()].sort((one, other) => (one.item < other.item ? -1 : 1));
    const start = cursor === null ? 0 : Number(cursor);
    const end = start + this.pageItems;
    const next = end < all.length ? String(end) : null;
    return { items: all.slice(start, end), next, asOf: `page${start}` };
  }

  #follow(signal: AbortSignal | null): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#stream = stream;
        signal?.addEventListener("abort", () => {
          if (this.#stream === stream) this.#stream = null;
          stream.error(signal.reason);
        });
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), init);
}

export function problem(status: number, code: string, detail = code): Response {
  const value = { type: "", title: code, status, detail, code };
  return json(value, { status, headers: { "content-type": "application/problem+json" } });
}

export function item(id: string, fields: { readonly [field: string]: JsonValue } = {}): ItemDto {
  const authorship = { author: "a".repeat(64), actor: "ann", time: 1_000 };
  return {
    item: id,
    fields: { title: id, stage: "backlog", ...fields },
    created: authorship,
    updated: authorship,
    notes: 0,
    claim: null,
    waitsFor: [],
    hasConflict: false,
  };
}

export function status(change: Partial<StatusDto> = {}): StatusDto {
  return {
    node: "a".repeat(64),
    mesh: "b".repeat(64),
    name: "desk",
    version: "0.1.0",
    upMs: 1,
    ops: 1,
    items: 1,
    dbBytes: null,
    pending: { ops: 0, bytes: 0, oldestMs: null },
    rejected: 0,
    rejections: [],
    forks: [],
    sync: { peers: 0, inSync: 0, behind: 0, unknown: 0, text: "alone" },
    peers: [],
    present: [],
    claims: {},
    attention: [],
    problem: null,
    ...change,
  };
}

/** Frames that come when the test says so. */
export class Frames {
  readonly #waiting: (() => void)[] = [];
  count = 0;

  readonly schedule: Schedule = (show) => {
    this.#waiting.push(show);
  };

  next(): void {
    this.count += 1;
    for (const show of this.#waiting.splice(0)) show();
  }
}
