/**
 * Three real nodes that reach each other only through a network that breaks in every way it can.
 * Once it is healed, their digests agree within the time that the protocol's own waits add up to.
 */
import { join } from "node:path";
import { Prng } from "../../src/sim/prng.ts";
import { backoffCapMs, handshakeMs, pingMs, pongMs } from "../../src/base/limits.ts";
import type { Fault, Ways } from "./fault-proxy.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { agree, checkFolder, checkKept, removeFolder, temporaryFolder, Writer } from "./mesh.ts";
import type { Outcome, Settings } from "./part.ts";
import { messageOf, percentile, sleep, Tally, Violations } from "./part.ts";
import { NodeProcess } from "./process.ts";

const kinds = [
  "latency",
  "bandwidth",
  "slices",
  "tiny",
  "reset",
  "stall",
  "cut",
  "refuse",
] as const;
/** Twice the longest wait between attempts, and a handshake. */
const healedMs = 2 * backoffCapMs + handshakeMs;
/** A side that hears nothing more notices at its ping after the last pong. */
const silentMs = pongMs + pingMs + healedMs;
/** Of so many rounds one leaves connections that are silent for good; it takes a minute. */
const halfOpenEvery = 20;

export async function proxy(settings: Settings): Promise<Outcome> {
  const folder = temporaryFolder("proxy");
  const violations = new Violations(settings.log);
  const weather = new Weather(settings, folder, violations);
  try {
    await weather.run();
  } catch (error) {
    violations.add(messageOf(error));
  } finally {
    await weather.end();
    removeFolder(folder);
  }
  return { figures: weather.figures, violations: violations.found };
}

class Weather {
  readonly #settings: Settings;
  readonly #folder: string;
  readonly #violations: Violations;
  readonly #nodes: NodeProcess[] = [];
  readonly #proxies: FaultProxy[] = [];
  readonly #writers: Writer[] = [];
  readonly #refused = new Tally();
  readonly #faults = new Tally();
  readonly #healed: number[] = [];
  #ops = 0;

  constructor(settings: Settings, folder: string, violations: Violations) {
    this.#settings = settings;
    this.#folder = folder;
    this.#violations = violations;
  }

  get figures(): Outcome["figures"] {
    return {
      faults: this.#faults.json,
      acknowledged: this.#writers.reduce((sum, { acked }) => sum + acked.length, 0),
      ops: this.#ops,
      connections: this.#proxies.reduce((sum, { connections }) => sum + connections, 0),
      healedMsP50: percentile(this.#healed, 0.5),
      healedMsMax: percentile(this.#healed, 1),
    };
  }

  async run(): Promise<void> {
    await this.#raise();
    const { rounds, only, seed } = this.#settings;
    for (let round = 0; round < rounds && this.#violations.found.length === 0; round += 1) {
      if (only !== null && only !== round) continue;
      await this.#round(round, new Prng(`${seed}/weather/${round}`));
    }
    for (const node of this.#nodes) await checkFolder(node, this.#violations);
  }

  async #raise(): Promise<void> {
    const { seed } = this.#settings;
    const hub = new NodeProcess(join(this.#folder, "hub"), ["--open"]);
    await hub.start();
    this.#nodes.push(hub);
    for (const name of ["left", "right"]) {
      const between = new FaultProxy(hub.url, `${seed}/${name}`);
      await between.listen();
      this.#proxies.push(between);
      const node = new NodeProcess(join(this.#folder, name), ["--rendezvous", between.url]);
      await node.start();
      this.#nodes.push(node);
    }
    for (const [at, node] of this.#nodes.entries()) {
      const prng = new Prng(`${seed}/writer/${at}`);
      this.#writers.push(new Writer(node, { name: `w${at}`, prng, refused: this.#refused }));
    }
  }

  async #round(round: number, prng: Prng): Promise<void> {
    const isHalfOpen = round % halfOpenEvery === halfOpenEvery - 1;
    const faults = this.#proxies.map(() =>
      isHalfOpen ? halfOpen(prng) : drawFault(prng.pick(kinds), prng),
    );
    for (const [at, each] of this.#proxies.entries()) {
      const fault = faults[at] ?? { kind: "none" };
      this.#faults.add(fault.kind);
      each.set(fault);
    }
    await this.#writeAll(prng.between(10, 60), prng.chance(0.3) ? 20_000 : 300);
    await sleep(prng.below(1_500));
    // Some come anew while the network is bad: they fail in every phase of a connection.
    if (prng.chance(0.3)) for (const each of this.#proxies) each.dropAll();
    await this.#writeAll(prng.between(1, 20), 300);
    for (const each of this.#proxies) each.heal();
    const agreed = await agree(this.#nodes, isHalfOpen ? silentMs : healedMs, this.#violations);
    if (agreed === null) await this.#explain();
    const names = faults.map((fault) => JSON.stringify(fault)).join(" and ");
    const took = agreed === null ? "never" : `${Math.round(agreed.ms)} ms`;
    this.#settings.log(`round ${round}: ${names}; healed after ${took}`);
    if (agreed === null) return;
    this.#healed.push(agreed.ms);
    this.#ops = agreed.digest.count;
    const acked = this.#writers.flatMap((writer) => writer.acked);
    await checkKept(this.#nodes, acked, this.#violations);
  }

  async #writeAll(count: number, textBytes: number): Promise<void> {
    await Promise.all(
      this.#writers.map(async (writer) => {
        for (let at = 0; at < count; at += 1) {
          if (!(await writer.write(textBytes))) {
            this.#violations.add(`a write was refused: ${JSON.stringify(this.#refused.json)}`);
          }
        }
      }),
    );
  }

  async #explain(): Promise<void> {
    for (const [at, node] of this.#nodes.entries()) {
      const { peers } = await node.status();
      this.#settings.log(`node ${at}: ${JSON.stringify(peers)}; ${node.log.slice(-600)}`);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await Promise.all(this.#proxies.map((each) => each.close()));
  }
}

const ways: readonly Ways[] = ["up", "down", "both"];

function halfOpen(prng: Prng): Fault {
  return { kind: "half-open", ways: prng.pick(ways) };
}

function drawFault(kind: (typeof kinds)[number], prng: Prng): Fault {
  switch (kind) {
    case "latency":
      return { kind, ms: prng.between(5, 400), jitterMs: prng.below(300) };
    case "bandwidth":
      return { kind, bytesPerSecond: prng.between(1_000, 100_000) };
    case "slices":
      return { kind, bytes: prng.between(64, 1_460) };
    case "tiny":
      return { kind: "slices", bytes: prng.between(1, 8) };
    case "reset":
      return { kind, everyMs: prng.between(20, 1_500) };
    case "stall":
      return { kind, ways: prng.pick(ways) };
    case "cut":
      return { kind, afterBytes: prng.between(1, 30_000) };
    case "refuse":
      return { kind };
  }
}
