/**
 * One run: agents on some nodes take items while lines are cut and processes die; then all heals,
 * and each item has to be done, with one winner everywhere. Safety is looked at all along. [I5]
 */
import { member } from "../../src/base/json.ts";
import { TowlineError } from "../../src/base/errors.ts";
import { referenceClaim } from "../../src/claims/reference.ts";
import { testCodec } from "../../src/log/testing/forge.ts";
import type { Op } from "../../src/op/op.ts";
import { parseConfirmation } from "../../src/work/confirm.ts";
import type { Claimed } from "../../src/work/desk.ts";
import { Prng } from "../../src/sim/prng.ts";
import type { SimNode } from "./world.ts";
import { ClaimWorld } from "./world.ts";

const settings = {
  labels: [],
  jobsMax: 0,
  stageLimits: new Map<string, number>(),
  leaseMs: 2_000,
  leaseGraceMs: 1_000,
  retryWaitMs: 200,
};

export interface ClaimRun {
  readonly seed: string;
  /** What went wrong; null when nothing did. */
  readonly failure: string | null;
  readonly items: number;
  /** Commands that ran to their end, and those beyond the first of an item. */
  readonly ended: number;
  readonly duplicates: number;
  readonly takeovers: number;
  readonly faults: number;
}

class Violation extends Error {}

/** A command that runs: nobody else's may run under a confirmed claim of the same item. */
interface Working {
  readonly claimed: Claimed;
  readonly node: SimNode;
}

class Run {
  readonly chance: Prng;
  readonly world: ClaimWorld;
  readonly items: readonly string[];
  readonly confirm: "hub" | "none" | "quorum:3";
  /** What a command takes, more or less. */
  readonly workMs: number;
  readonly working = new Set<Working>();
  readonly ended = new Map<string, number>();
  /** By item and epoch: the claims that were ever confirmed. */
  readonly confirmed = new Map<string, Set<string>>();
  takeovers = 0;
  faults = 0;
  isHealed = false;

  constructor(seed: string) {
    this.chance = new Prng(`claims ${seed}`);
    const draw = this.chance.sub("options");
    this.confirm = draw.pick(["hub", "hub", "quorum:3", "none"]);
    const nodes = this.confirm === "quorum:3" ? 4 : draw.between(3, 5);
    this.world = new ClaimWorld(this.chance.sub("world"), nodes, settings);
    this.items = Array.from({ length: draw.pick([1, 1, 3, 8]) }, (_, at) => `item-${at}`);
    this.workMs = draw.pick([300, 1_000, 4_000]);
  }

  async play(): Promise<void> {
    const { schedule, hub, nodes } = this.world;
    this.world.tick();
    const look = (): void => this.#look();
    const filled = hub.write(
      this.items.map((item) => ["new", item, { stage: "coding" }]),
      "",
    );
    await schedule.run(2_000, look);
    await filled;
    let started = 0;
    for (const node of nodes.slice(1)) {
      const agents = this.chance.between(0, 2);
      for (let number = 0; number < agents; number += 1) this.#startAgent(node, node.life);
      started += agents;
    }
    // One on the hub wins whenever it wants to: nobody is nearer. And a quorum counts those to whom
    // one is connected, which here are enough for the hub alone.
    const isNeeded = started === 0 || this.confirm === "quorum:3";
    if (isNeeded || this.chance.chance(0.3)) this.#startAgent(hub, hub.life);
    this.#plan();
    await schedule.run(20_000, look);
    this.isHealed = true;
    this.world.heal(nodes);
    for (const node of nodes) {
      if (node.isUp) continue;
      node.start();
      this.#startAgent(node, node.life);
    }
    // Lease, grace and reconnect, and then one agent may have to do all of them, one by one.
    await schedule.run(40_000 + 9_000 * this.items.length, look);
    this.#conclude();
  }

  /** Draws faults for the first 20 s. */
  #plan(): void {
    const { schedule, nodes } = this.world;
    const draw = this.chance.sub("faults");
    const count = draw.between(0, 8);
    for (let number = 0; number < count; number += 1) {
      const node = draw.pick(nodes);
      const isCrash = draw.chance(0.4);
      const ms = draw.around(draw.pick([1_000, 8_000]));
      schedule.after(draw.float() * 17_000, () => {
        this.faults += 1;
        if (isCrash) this.#crash(node, ms);
        else if (node !== this.world.hub) {
          this.world.cut(node);
          schedule.after(ms, () => this.world.heal([node]));
        } else this.world.hangUp(node);
      });
    }
  }

  #crash(node: SimNode, ms: number): void {
    if (!node.isUp) return;
    node.crash();
    for (const each of this.working) if (each.node === node) this.working.delete(each);
    this.world.schedule.after(ms, () => {
      if (node.isUp) return;
      node.start();
      this.#startAgent(node, node.life);
    });
  }

  #startAgent(node: SimNode, life: number): void {
    this.#agent(node, life).catch((error: unknown) => {
      throw error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Takes items and works on them for as long as its process lives. */
  async #agent(node: SimNode, life: number): Promise<void> {
    const isAlive = (): boolean => node.isUp && node.life === life;
    const { schedule } = this.world;
    const how = {
      actor: `agent on ${node.index}`,
      confirm: parseConfirmation(this.confirm),
      waitMs: 600,
      ttlMs: null,
      isManual: false,
      reason: "",
    };
    while (isAlive()) {
      try {
        const claimed = await node.work.desk.take({ stages: ["coding"], labels: [] }, how);
        if (isAlive() && claimed !== null) await this.#workOn(node, claimed, isAlive);
      } catch (error) {
        if (!(error instanceof TowlineError)) throw error;
      }
      await schedule.sleep(50 + 100 * this.chance.float());
    }
  }

  async #workOn(node: SimNode, claimed: Claimed, isAlive: () => boolean): Promise<void> {
    const { item, claim, epoch } = claimed;
    if (epoch > 1) this.takeovers += 1;
    const working = { claimed, node };
    this.#begin(working);
    const until = this.world.schedule.now + 100 + Math.min(8_000, this.chance.around(this.workMs));
    const kept = [{ item, claim, stage: "coding" }];
    while (this.world.schedule.now < until) {
      await this.world.schedule.sleep(60);
      if (!isAlive()) return;
      const [verdict] = node.work.keeper.keep(kept);
      if (verdict?.stop === null) continue;
      this.working.delete(working);
      if (verdict?.why !== "lost") await node.work.endings.release(item, end(claim));
      return;
    }
    this.working.delete(working);
    if (!this.isHealed && this.chance.chance(0.2)) {
      await node.work.endings.fail(item, { ...end(claim), retries: 1_000 });
      return;
    }
    this.ended.set(item, (this.ended.get(item) ?? 0) + 1);
    await node.work.endings.complete(item, { ...end(claim), to: "qa", force: null });
  }

  /** [I5] Never two that the hub, or most nodes, have confirmed, at one time or for one epoch. */
  #begin(working: Working): void {
    const { item, epoch, claim, guarantee } = working.claimed;
    if (this.confirm !== "none" && guarantee === "none") {
      throw new Violation(`the claim of ${item} is not confirmed, and work begins`);
    }
    if (this.confirm === "none") {
      this.working.add(working);
      return;
    }
    const key = `${item} ${epoch}`;
    const known = this.confirmed.get(key) ?? new Set();
    this.confirmed.set(key, known.add(claim));
    if (known.size > 1) throw new Violation(`two confirmed claims of ${item}, epoch ${epoch}`);
    for (const other of this.working) {
      if (this.confirm === "hub" && other.claimed.item === item) {
        throw new Violation(
          `${item} is worked on twice at a time, epochs ${other.claimed.epoch}, ${epoch}`,
        );
      }
    }
    this.working.add(working);
  }

  /** What each node says of each item is what the reference says of its ops. */
  #look(): void {
    if (!this.chance.chance(0.002)) return;
    for (const node of this.world.nodes) if (node.isUp) this.#compare(node);
  }

  #compare(node: SimNode): void {
    const { claims, sha256 } = node.state;
    const ops = this.#opsOf(node);
    for (const item of this.items) {
      const standing = claims.standing(item);
      const expected = referenceClaim(ops, item, sha256);
      const effects = claims.effects(item).map(({ change, stamp }) => `${change.kind} ${stamp.id}`);
      const wanted = expected?.effects.map(([kind, op]) => `${kind} ${op}`) ?? [];
      if (standing?.claim === expected?.claim && String(effects) === String(wanted)) continue;
      throw new Violation(`node ${node.index} does not say of ${item} what its ops say`);
    }
  }

  /** What the core has applied, once all of it is kept. */
  #opsOf(node: SimNode): readonly Op[] {
    if (node.core.batch !== null) node.step(() => node.core.commit());
    return node.core.ops.map(({ bytes }) => {
      const decoded = testCodec.decode(bytes);
      if (!decoded.ok) throw new Violation("a stored op does not decode");
      return decoded.value;
    });
  }

  #conclude(): void {
    const [hub] = this.world.nodes;
    for (const item of this.items) {
      const boards = this.world.nodes.map(({ state, work }) => {
        const claim = state.claims.standing(item);
        const stage = member(work.desk.view(item).fields, "stage");
        return JSON.stringify([claim?.claim, claim?.epoch, claim?.end?.kind, stage]);
      });
      if (new Set(boards).size > 1)
        throw new Violation(`the nodes differ on ${item}: ${boards.join(" ")}`);
      const stage = member(hub?.work.desk.view(item).fields ?? {}, "stage");
      if (stage !== "qa") throw new Violation(`${item} is stuck: ${boards[0] ?? ""}`);
      if ((this.ended.get(item) ?? 0) === 0) throw new Violation(`${item} was never done`);
    }
    for (const node of this.world.nodes) this.#compare(node);
  }
}

function end(claim: string): {
  readonly claim: string;
  readonly actor: string;
  readonly reason: string;
} {
  return { claim, actor: "agent", reason: "stopped" };
}

/** Runs one seed; what breaks a promise is in `failure`, a bug of the simulator is thrown. */
export async function runClaims(seed: string): Promise<ClaimRun> {
  const run = new Run(seed);
  let failure: string | null = null;
  try {
    await run.play();
  } catch (error) {
    failure =
      error instanceof Error
        ? `${error.message}${error instanceof Violation ? "" : `\n${error.stack ?? ""}`}`
        : String(error);
  }
  // Whatever still waits in this run belongs to no later one.
  for (const node of run.world.nodes) if (node.isUp) node.crash();
  let [ended, duplicates] = [0, 0];
  for (const count of run.ended.values())
    [ended, duplicates] = [ended + count, duplicates + count - 1];
  const { takeovers, faults, items } = run;
  return { seed, failure, items: items.length, ended, duplicates, takeovers, faults };
}
