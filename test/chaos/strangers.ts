/**
 * Thousands of idle, slow and noisy connections against a real node: its memory stays bounded, an
 * honest node comes in meanwhile, one that was there stays, and all strangers are gone in time.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closeMs, handshakeMs } from "../../src/base/limits.ts";
import { connect, greet } from "../support/wire-client.ts";
import { removeFolder, temporaryFolder } from "./mesh.ts";
import type { Outcome, Settings } from "./part.ts";
import { messageOf, percentile, sleep, Violations } from "./part.ts";
import { NodeProcess, withDeadline } from "./process.ts";
import type { Crowd, Seen } from "./stranger-crowd.ts";

/** Thousands at once that say nothing, and then all kinds, as many a second as in THREATS 6.4. */
const usual: Scale = { idle: 5_000, mixed: 10_000, ms: 60_000 };
/** What a node may grow by over one that has worked: THREATS 2.1, A1. */
const quietBytesMax = 64 * 1_048_576;
/** Pieces of 64 KiB that wait for the collector come on top: 71 MiB were measured. */
const noisyBytesMax = 128 * 1_048_576;
/**
 * V8 lets its young generation grow to 100 MiB and more under any load that lasts, though what is
 * alive stays at 16 MiB. That reserve is held fixed, so that what is measured is what we keep.
 */
const fixedHeap = ["--max-semi-space-size=16"];
const joinMsMax = 1_000;
/** The deadline, the wait for a polite end, and what a timer may be late. */
const stayMsMax = handshakeMs + closeMs + 250;
const attackMsMax = 150_000;

export interface Scale {
  readonly idle: number;
  readonly mixed: number;
  readonly ms: number;
}

export async function strangers(settings: Settings, scale: Scale = usual): Promise<Outcome> {
  const folder = temporaryFolder("strangers");
  const violations = new Violations(settings.log);
  const figures: Outcome["figures"][] = [];
  try {
    for (let round = 0; round < settings.rounds; round += 1) {
      const node = new NodeProcess(join(folder, `node-${round}`), ["--open", "--quiet"], fixedHeap);
      const siege = new Siege(node, scale, settings.log, violations);
      try {
        figures.push(await siege.hold());
      } finally {
        await node.kill();
      }
    }
  } catch (error) {
    violations.add(messageOf(error));
  } finally {
    removeFolder(folder);
  }
  return { figures: { sieges: figures }, violations: violations.found };
}

class Siege {
  readonly #node: NodeProcess;
  readonly #scale: Scale;
  readonly #log: (line: string) => void;
  readonly #violations: Violations;
  readonly #joins: number[] = [];
  #isOver = false;
  #freshRss = 0;
  #idleRss = 0;
  #peakRss = 0;

  constructor(
    node: NodeProcess,
    scale: Scale,
    log: (line: string) => void,
    violations: Violations,
  ) {
    this.#node = node;
    this.#scale = scale;
    this.#log = log;
    this.#violations = violations;
  }

  async hold(): Promise<Outcome["figures"]> {
    const { url } = await this.#node.start();
    const friend = await greet({ url });
    this.#freshRss = this.#node.rss ?? 0;
    await this.#warmUp(url);
    this.#idleRss = this.#node.rss ?? 0;
    const port = Number(new URL(url).port);
    const { idle, mixed, ms } = this.#scale;
    const quiet = await this.#wave({ port, idle, mixed: 0, ms: 0 }, quietBytesMax);
    const noisy = await this.#wave({ port, idle: 0, mixed, ms }, noisyBytesMax);
    await this.#join(url);
    await this.#node.call("add", { item: "after", fields: [], actor: "chaos" });
    await sleep(500);
    if (friend.ops.size === 0) this.#violations.add("the peer that was there got no op");
    await friend.hangUp();
    const code = await this.#node.stop();
    if (code !== 0) this.#violations.add(`the node ended with ${code ?? "a signal"}`);
    const fresh = mib(this.#freshRss);
    const joins = { joins: this.#joins.length, joinMsP50: percentile(this.#joins, 0.5) };
    const joinMsMax = percentile(this.#joins, 1);
    return {
      freshRssMiB: fresh,
      idleRssMiB: mib(this.#idleRss),
      ...joins,
      joinMsMax,
      quiet,
      noisy,
    };
  }

  /** One attack, from the first stranger until the last is gone. */
  async #wave(crowd: Crowd, bytesMax: number): Promise<Outcome["figures"]> {
    [this.#isOver, this.#peakRss] = [false, 0];
    const [seen] = await Promise.all([
      this.#attack(crowd).finally(() => (this.#isOver = true)),
      this.#watchMemory(),
      this.#keepJoining(this.#node.url),
    ]);
    this.#judge(seen, bytesMax);
    const { connections, stayedMs, lagMs } = seen;
    const grownMiB = mib(this.#peakRss - this.#idleRss);
    return { strangers: connections, grownMiB, stayedMs, crowdLagMs: lagMs };
  }

  /**
   * Honest work first: a heap that has never been used grows to its working size under any load,
   * and that is not what strangers cost.
   */
  async #warmUp(url: string): Promise<void> {
    const { mixed } = this.#scale;
    for (let at = 0; at < mixed / 20; at += 1) {
      await Promise.all([this.#join(url), this.#join(url)]);
      const fields = [{ field: "title", value: "x".repeat(2_000) }];
      await this.#node.call("add", { item: `warm-${at}`, fields, actor: "chaos" });
    }
    this.#joins.length = 0;
    await sleep(500);
  }

  async #attack(crowd: Crowd): Promise<Seen> {
    const child = fork(join(import.meta.dirname, "stranger-crowd.ts"), { stdio: "inherit" });
    try {
      const answer = once(child, "message");
      child.send(crowd);
      const [seen] = (await withDeadline(answer, attackMsMax, "the attack")) as [Seen];
      return seen;
    } finally {
      child.kill("SIGKILL");
    }
  }

  async #watchMemory(): Promise<void> {
    while (!this.#isOver) {
      this.#peakRss = Math.max(this.#peakRss, this.#node.rss ?? 0);
      await sleep(50);
    }
  }

  async #keepJoining(url: string): Promise<void> {
    while (!this.#isOver) {
      await this.#join(url);
      await sleep(200);
    }
  }

  /** From dial to the node's clock: from then on an honest peer is in. */
  async #join(url: string): Promise<void> {
    const since = performance.now();
    try {
      const peer = await withDeadline(connect({ url }), 10 * joinMsMax, "an honest join");
      await peer.take("clock");
      this.#joins.push(performance.now() - since);
      peer.cut();
    } catch (error) {
      this.#violations.add(`an honest node does not come in: ${messageOf(error)}`);
    }
  }

  #judge(seen: Seen, bytesMax: number): void {
    const { fault } = this.#node;
    if (fault !== null) this.#violations.add(`the node said ${fault}`);
    if (!this.#node.isUp) this.#violations.add("the node is gone");
    const grown = this.#peakRss - this.#idleRss;
    if (grown > bytesMax) this.#violations.add(`it grew by ${mib(grown)} MiB`);
    // A machine that is busy with other things delays one or the other.
    const joins = percentile(this.#joins, 0.9) ?? Infinity;
    if (joins > joinMsMax) this.#violations.add(`a tenth of the joins took over ${joins} ms`);
    const left = this.#strangersLeft();
    if (left > 0) this.#violations.add(`${left} strangers are still there`);
    // The crowd was late itself at times, and so was the node: an honest join waits as long, and
    // the node may be no later than one may take.
    const lateMs = seen.lagMs + Math.min(joinMsMax, percentile(this.#joins, 1) ?? 0);
    for (const [kind, ms] of Object.entries(seen.stayedMs)) {
      if (ms > stayMsMax + lateMs) this.#violations.add(`a stranger (${kind}) stayed for ${ms} ms`);
    }
    this.#log(`${seen.connections} strangers, ${this.#joins.length} honest joins`);
  }

  /**
   * Connections that the node holds, as its kernel counts them, less the one of our friend. What
   * the stranger sees may be more: a connection that overflowed the queue never came to the node.
   */
  #strangersLeft(): number {
    const port = Number(new URL(this.#node.url).port);
    return Math.max(0, establishedOn(port) - 1);
  }
}

/** Connections to a port of loopback; 0 where the kernel does not tell. */
function establishedOn(port: number): number {
  try {
    const lines = readFileSync("/proc/net/tcp", "latin1").split("\n");
    const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const isOurs = (line: string): boolean => {
      const [, from, , state] = line.trim().split(/\s+/u);
      return from === local && state === "01";
    };
    return lines.filter(isOurs).length;
  } catch {
    return 0;
  }
}

function mib(bytes: number): number {
  return Math.round((bytes / 1_048_576) * 10) / 10;
}
