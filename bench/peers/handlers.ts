/** What a process of a peer does when it is asked; it knows the peer by its driver only. */
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { present } from "../../src/base/assert.ts";
import type { Handlers } from "../call-process.ts";
import { bytesDialled, forgetDialled, stopWatching, vitals, watch } from "../own-measure.ts";
import type { Goal, PeerCalls, Reached } from "./calls.ts";
import type { Driver, Hub, Place, Replica } from "./driver.ts";
import type { Source, Target } from "./edits.ts";
import {
  editsOf,
  hashOf,
  itemsToPace,
  laterEdits,
  sentinelEdit,
  sentinelOf,
  timedEdit,
  timeField,
} from "./edits.ts";

const pollMs = 2;
/** Reading everything takes a while, so it is not done at every poll when it was in vain. */
const missMs = 15;
/** A connection is quiet when no byte came or went for so long. */
const quietMs = 400;
const quietTimeoutMs = 20_000;
/** Edits that are made before the event loop has a turn. */
const makeSlice = 1_000;

export function handlersOf(driver: Driver): Handlers<PeerCalls> {
  const peer = new PeerProcess(driver);
  return {
    openHub: async ({ dir }) => await peer.openHub(dir),
    fill: async ({ dir, source }) => await peer.fill(dir, source),
    openReplicas: async ({ place, count }) => await peer.openReplicas(place, count),
    make: async ({ source }) => await peer.make(source),
    connect: async ({ url }) => await peer.connect(url),
    join: async ({ url, ...goal }) => await peer.reach(goal, url),
    reach: async (goal) => await peer.reach(goal, null),
    idle: async ({ url }) => await peer.idle(url),
    disconnect: async () => await peer.disconnect(),
    update: async ({ source, count, sentinel }) => await peer.update({ source, count, sentinel }),
    pace: async ({ source, perSecond, ms }) => await peer.pace({ source, perSecond, ms }),
    listen: async () => await Promise.resolve(peer.listen()),
    heard: async () => await Promise.resolve({ latenciesMs: peer.latenciesMs }),
    watch: async () => await Promise.resolve((watch(), null)),
    vitals: async () => await Promise.resolve(vitals()),
    close: async () => await peer.close(),
  };
}

class PeerProcess {
  readonly latenciesMs: number[] = [];
  readonly #driver: Driver;
  #hub: Hub | null = null;
  #replicas: Replica[] = [];
  #makesDocument = false;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async openHub(dir: string): Promise<{ url: string; ms: number }> {
    const startedAt = performance.now();
    this.#hub = await this.#driver.openHub(dir);
    const ms = performance.now() - startedAt;
    watch();
    return { url: this.#hub.url, ms };
  }

  async fill(dir: string, source: Source): Promise<boolean> {
    if (this.#driver.fill === undefined) return false;
    await this.#driver.fill(dir, editsOf(source));
    return true;
  }

  async openReplicas(place: Place, count: number): Promise<null> {
    this.#makesDocument = place.ticket === null;
    for (let n = 0; n < count; n += 1) {
      this.#replicas.push(await this.#driver.openReplica({ ...place, dir: `${place.dir}-${n}` }));
    }
    return null;
  }

  get #replica(): Replica {
    return present(this.#replicas[0], "a replica is opened first");
  }

  async make(source: Source): Promise<null> {
    const edits = editsOf(source);
    for (let from = 0; from < edits.length; from += makeSlice) {
      await this.#replica.write(edits.slice(from, from + makeSlice));
      await turn();
    }
    return null;
  }

  async connect(url: string): Promise<{ ticket: string | null }> {
    for (const replica of this.#replicas) await replica.connect(url);
    return { ticket: this.#makesDocument ? this.#replica.ticket() : null };
  }

  async disconnect(): Promise<null> {
    for (const replica of this.#replicas) await replica.disconnect();
    return null;
  }

  async reach(goal: Goal, url: string | null): Promise<Reached> {
    forgetDialled();
    watch();
    const startedAt = performance.now();
    if (url !== null) await this.connect(url);
    for (const replica of this.#replicas) await hasSentinel(replica, startedAt, goal);
    const sentinelMs = performance.now() - startedAt;
    for (const replica of this.#replicas) await isEqual(replica, startedAt, goal);
    const equalMs = performance.now() - startedAt;
    return { sentinelMs, equalMs, ...bytesDialled(), ...vitals() };
  }

  async idle(url: string): Promise<{ ms: number; bytesIn: number; bytesOut: number }> {
    forgetDialled();
    const startedAt = performance.now();
    await this.connect(url);
    let [bytes, movedAt] = [0, startedAt];
    for (;;) {
      const { bytesIn, bytesOut } = bytesDialled();
      const now = performance.now();
      if (bytesIn + bytesOut !== bytes) [bytes, movedAt] = [bytesIn + bytesOut, now];
      const isQuiet = bytes > 0 && now - movedAt >= quietMs;
      if (isQuiet) return { ms: movedAt - startedAt, bytesIn, bytesOut };
      if (now - startedAt > quietTimeoutMs) throw new Error("the connection never went quiet");
      await sleep(1);
    }
  }

  async update(given: { source: Source; count: number; sentinel: string }): Promise<Target> {
    const edits = [
      ...laterEdits(given.source, given.count, given.sentinel),
      sentinelEdit(given.sentinel),
    ];
    await this.#replica.write(edits);
    return { sentinel: given.sentinel, hash: hashOf(this.#replica.entries()) };
  }

  async pace(given: {
    source: Source;
    perSecond: number;
    ms: number;
  }): Promise<{ written: number }> {
    const items = itemsToPace(given.source);
    const count = Math.floor((given.perSecond * given.ms) / 1_000);
    const writes: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < count; n += 1) {
      const wait = startedAt + (n * 1_000) / given.perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      writes.push(Promise.resolve(this.#replica.write([timedEdit(items, n)])));
    }
    await Promise.all(writes);
    return { written: count };
  }

  /** Linux gives all processes one monotonic clock, so a time written there can be compared. */
  listen(): null {
    const replica = this.#replica;
    replica.onChange((item, field) => {
      if (field !== timeField) return;
      const at = replica.read(item, field);
      if (at !== undefined)
        this.latenciesMs.push(Number(process.hrtime.bigint() - BigInt(at)) / 1e6);
    });
    return null;
  }

  async close(): Promise<null> {
    for (const replica of this.#replicas) await replica.close();
    this.#replicas = [];
    await this.#hub?.close();
    this.#hub = null;
    stopWatching();
    return null;
  }
}

async function hasSentinel(replica: Replica, startedAt: number, goal: Goal): Promise<void> {
  while (sentinelOf(replica) !== goal.target.sentinel) {
    failAfter(startedAt, goal, "updates are missing");
    await sleep(pollMs);
  }
}

async function isEqual(replica: Replica, startedAt: number, goal: Goal): Promise<void> {
  while (hashOf(replica.entries()) !== goal.target.hash) {
    failAfter(startedAt, goal, "the last update came, but the fields differ");
    await sleep(missMs);
  }
}

function failAfter(startedAt: number, { timeoutMs }: Goal, why: string): void {
  if (performance.now() - startedAt <= timeoutMs) return;
  throw new Error(`did not converge in ${timeoutMs / 1_000} s: ${why}`);
}
