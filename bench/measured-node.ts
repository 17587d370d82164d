/** What a node process does for the benchmark. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeTuple, TowlineNode } from "../src/api/index.ts";
import { joinMesh, openNode } from "../src/api/index.ts";
import { present } from "../src/base/assert.ts";
import type { MeshId } from "../src/op/op.ts";
import type { Handlers } from "./call-process.ts";
import type { Calls, Input, Output, Synced, Totals } from "./calls.ts";
import { Crowd } from "./crowd.ts";
import { bytesDialled, forgetDialled, stopWatching, vitals, watch } from "./own-measure.ts";
import { itemCount, itemName, updateOf } from "./work.ts";

/** A connection is quiet when no byte came for so long. */
const quietMs = 400;
/** Items that `pace` writes to, so that no two values of one item are on their way at once. */
const pacedItems = 500;

let opened: TowlineNode | null = null;
let crowd: Crowd | null = null;
const latenciesMs: number[] = [];

const node = (): TowlineNode => present(opened, "the node is opened first");

export const handlers: Handlers<Calls> = {
  open: async ({ dir, listens, join, versions }) => {
    if (join !== undefined) {
      await joinMesh({ dir, name: "joiner", url: join, token: null, key: null });
    }
    const startedAt = performance.now();
    const listen = listens ? { host: "127.0.0.1", port: 0 } : null;
    const settings = { open: true };
    opened = await openNode({ dir, listen, settings, ...(versions && { versions }) });
    const ms = performance.now() - startedAt;
    watch();
    return { url: opened.url, mesh: opened.mesh, ms, totals: totals() };
  },
  sync,
  idle,
  hangUp: async ({ url }) => {
    node().removeRendezvous(url);
    while (
      node().peers().length > 0 &&
      node()
        .peers()
        .some(({ state }) => state !== "offline")
    ) {
      await sleep(5);
    }
    return null;
  },
  watch: () => {
    watch();
    return Promise.resolve(null);
  },
  vitals: () => Promise.resolve(vitals()),
  totals: () => Promise.resolve(totals()),
  update: async ({ from, count }) => {
    const updates = Array.from({ length: count }, (_, n) => updateOf(from + n));
    await Promise.all(updates.map((body) => node().write([body as readonly ChangeTuple[]])));
    return totals();
  },
  hammer,
  pace,
  listen: () => {
    node().on("applied", ({ items }) => hear(items));
    return Promise.resolve(null);
  },
  heard: () => Promise.resolve({ latenciesMs }),
  crowd: async ({ url, mesh, peers }) => {
    crowd = new Crowd(url, mesh as MeshId);
    await crowd.grow(peers);
    return null;
  },
  deliveries: () => Promise.resolve({ count: crowd?.deliveries ?? 0 }),
  close: async () => {
    await crowd?.leave();
    await opened?.close();
    stopWatching();
    return null;
  },
};

function totals(): Totals {
  const { ops, state, count } = node().digest();
  return { ops, state, count };
}

async function sync({ url, totals: wanted }: Input<"sync">): Promise<Synced> {
  forgetDialled();
  watch();
  const startedAt = performance.now();
  let count = node().status().ops;
  await new Promise<void>((resolve) => {
    const stop = node().on("applied", (event) => {
      count += event.count;
      if (count < wanted.count) return;
      stop();
      resolve();
    });
    node().addRendezvous(url);
  });
  const durableMs = performance.now() - startedAt;
  const { bytesIn, bytesOut } = bytesDialled();
  // Its own digest is part of what a node does to know that it agrees, but no pause of the sync.
  const own = vitals();
  const reached = totals();
  const equalMs = performance.now() - startedAt;
  if (reached.ops !== wanted.ops || reached.state !== wanted.state) {
    throw new Error(`the digests differ after ${reached.count} ops`);
  }
  return { durableMs, equalMs, bytesIn, bytesOut, ...own };
}

async function idle({ url }: Input<"idle">): Promise<Output<"idle">> {
  forgetDialled();
  const startedAt = performance.now();
  const live = new Promise<void>((resolve) => {
    const stop = node().on("peers", (peers) => {
      if (!peers.some(({ state }) => state === "live")) return;
      stop();
      resolve();
    });
  });
  node().addRendezvous(url);
  await live;
  const ms = performance.now() - startedAt;
  await sleep(quietMs);
  return { ms, ...bytesDialled() };
}

async function hammer({ callers, ms }: Input<"hammer">): Promise<Output<"hammer">> {
  const startedAt = performance.now();
  const endsAt = startedAt + ms;
  let written = 0;
  const caller = async (from: number): Promise<void> => {
    for (let n = from; performance.now() < endsAt; n += callers) {
      await node().write([updateOf(n) as readonly ChangeTuple[]]);
      written += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, at) => caller(at)));
  return { written, ms: performance.now() - startedAt };
}

async function pace({ perSecond, ms }: Input<"pace">): Promise<Output<"pace">> {
  const startedAt = performance.now();
  const count = Math.floor((perSecond * ms) / 1_000);
  const writes: Promise<unknown>[] = [];
  for (let n = 0; n < count; n += 1) {
    const wait = startedAt + (n * 1_000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const item = itemName((n % pacedItems) % itemCount);
    const at = String(process.hrtime.bigint());
    writes.push(node().write([[["set", item, "x_at", at]]]));
  }
  await Promise.all(writes);
  return { written: count };
}

/** Linux gives all processes one monotonic clock, so a time written there can be compared here. */
function hear(items: ReadonlySet<string>): void {
  const now = process.hrtime.bigint();
  for (const item of items) {
    const at = node().item(item)?.fields["x_at"];
    if (typeof at === "string") latenciesMs.push(Number(now - BigInt(at)) / 1e6);
  }
}
