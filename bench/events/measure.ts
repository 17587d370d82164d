/** Many clients that follow the events of one node while it writes: does it keep going round? */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { percentile } from "../figures.ts";
import type { NodeFinished, NodeReady, ToNode } from "./messages.ts";

export interface Load {
  readonly clients: number;
  readonly changesPerSecond: number;
  readonly seconds: number;
  readonly items: number;
}

export interface Measured extends Omit<NodeFinished, "kind" | "startedAt"> {
  /** Events about items that one client got each second, the most of all clients. */
  readonly eventsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** From when a change was due to when a client had it. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
}

/** Clients that read what they get: all of them would take the machine from the node. */
const readersMax = 2;
const patienceMs = 30_000;
const marker = "the-last-change";

export async function measureEvents(load: Load): Promise<Measured> {
  const child = fork(join(import.meta.dirname, "node.ts"), [String(load.items)]);
  try {
    const ready = await message<NodeReady>(child);
    const cookie = await sessionAt(ready.url);
    const clients = Array.from({ length: load.clients }, (_, at) => new Client(at < readersMax));
    const base = ready.url.split("/#")[0] ?? "";
    const followedSince = performance.now();
    await Promise.all(clients.map((client) => client.open(`${base}/api/v1/events`, cookie)));
    tell(child, { kind: "churn", perSecond: load.changesPerSecond });
    await after(load.seconds * 1_000);
    tell(child, { kind: "finish", marker });
    const { kind: _, startedAt, ...finished } = await message<NodeFinished>(child);
    await Promise.all(clients.map((client) => client.isUpToDate()));
    // On a busy machine it all takes longer than was asked for.
    const seconds = (performance.now() - followedSince) / 1_000;
    const due = (change: number): number => startedAt + (change * 1_000) / load.changesPerSecond;
    const late = clients.flatMap(({ arrivals }) =>
      [...arrivals].map(([change, at]) => at - due(change)),
    );
    for (const client of clients) client.close();
    return {
      ...finished,
      eventsPerSecond: Math.max(...clients.map(({ events }) => events)) / seconds,
      megabytesPerSecond: clients.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6 / seconds,
      latencyP50Ms: percentile(late, 50),
      latencyP99Ms: percentile(late, 99),
    };
  } finally {
    child.disconnect();
    if (child.exitCode === null) await once(child, "exit");
  }
}

async function message<Message>(child: ChildProcess): Promise<Message> {
  const [told] = (await once(child, "message")) as [Message];
  return told;
}

function tell(child: ChildProcess, told: ToNode): void {
  child.send(told);
}

async function sessionAt(url: string): Promise<string> {
  const [base = "", code] = url.split("/#code=");
  const answer = await fetch(`${base}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

const eventMark = Buffer.from("event: items");
/** Longer than whatever is looked for: it may be cut in two. */
const tailBytes = 64;

class Client {
  /** Changes and when they came, in Unix milliseconds; of those that read. */
  readonly arrivals = new Map<number, number>();
  events = 0;
  bytes = 0;
  readonly #isReader: boolean;
  #tail: Buffer = Buffer.alloc(0);
  #hasMarker = false;
  #response: IncomingMessage | null = null;

  constructor(isReader: boolean) {
    this.#isReader = isReader;
  }

  async open(url: string, cookie: string): Promise<void> {
    const request = get(url, { headers: { cookie }, agent: false });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`events answer ${response.statusCode ?? 0}`);
    this.#response = response;
    response.on("data", (chunk: Buffer) => this.#take(chunk));
    response.on("error", () => undefined);
  }

  /** Resolves when the last change has come. */
  async isUpToDate(): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!this.#hasMarker) {
      if (Date.now() > deadline) throw new Error("a client never got the last change");
      await after(20);
    }
  }

  close(): void {
    this.#response?.destroy();
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, tailBytes)]);
    this.events += countIn(chunk, eventMark) + countIn(seam, eventMark);
    this.events -=
      countIn(this.#tail, eventMark) + countIn(chunk.subarray(0, tailBytes), eventMark);
    this.#hasMarker ||= chunk.includes(marker) || seam.includes(marker);
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    if (!this.#isReader) return;
    const at = Date.now();
    for (const [, change] of chunk.toString("latin1").matchAll(/"x_seen":(\d+)/gu)) {
      // An item that comes again for another reason brings a change that is known.
      if (!this.arrivals.has(Number(change))) this.arrivals.set(Number(change), at);
    }
  }
}

function countIn(bytes: Buffer, mark: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) count += 1;
  return count;
}
