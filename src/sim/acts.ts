/**
 * The two acts of a run. In the first everything fails and safety is checked with every event; in
 * the second all heals, and the honest nodes must agree within a bounded time and then fall silent.
 */
import { referenceStateText } from "../pipeline/reference-fold.ts";
import { stateText } from "../pipeline/digest.ts";
import { noises } from "./byzantine.ts";
import { check } from "./failure.ts";
import { Faults } from "./faults.ts";
import type { SimNode } from "./node.ts";
import type { Prng } from "./prng.ts";
import type { World } from "./world.ts";

/**
 * From the end of the faults to agreement: a dead line is noticed after 60 s without a pong, the
 * longest backoff is 30 s, and what waits is asked for twice, 10 s apart.
 */
const agreementMs = 240_000;
/** From the end of the faults until every dead line was noticed and dialled again. */
const settledMs = 130_000;
/** Ops of up to so many are folded by the reference, which takes the square of it. */
const referenceOpsMax = 400;

export interface Outcome {
  /** Virtual milliseconds of the whole run. */
  readonly ms: number;
  /** From the end of the faults to agreement. */
  readonly agreedAfterMs: number;
  readonly ops: number;
  readonly forks: number;
  readonly faults: ReadonlyMap<string, number>;
}

export function play(world: World): Outcome {
  const faults = new Faults(world);
  const { options, actions } = world.scenario;
  for (const node of world.nodes) node.boot();
  for (const action of actions) {
    world.queue.after(1_000 * action.at - world.queue.now, () => faults.carryOut(action));
  }
  world.run(1_000 * options.chaosMs);
  heal(world, faults);
  const agreedAfterMs = untilAgreement(world);
  silence(world);
  const nodes = world.honest();
  for (const node of nodes) checkEnd(world, node);
  return {
    ms: world.queue.now / 1_000,
    agreedAfterMs,
    ops: nodes[0]?.process?.replica.log.length ?? 0,
    forks: nodes[0]?.process?.replica.log.forks().length ?? 0,
    faults: faults.tally,
  };
}

/** Whatever was broken is repaired; a damaged disk is replaced by an empty one. */
function heal(world: World, faults: Faults): void {
  world.isHealed = true;
  world.network.heal();
  for (const node of world.nodes) {
    const { disk } = node;
    [disk.isFull, disk.isUnreadable, node.crashAtCommit] = [false, false, null];
    if (node.token !== null) {
      node.leave();
      continue;
    }
    if (disk.isCorrupt) {
      node.leave();
      faults.excuse(node);
      disk.clear();
      node.mayFork = true;
    }
    if (node.process === null) node.boot();
    node.process?.resume();
  }
  // The heads of version 3 tell branches apart that are equally long.
  if (world.honest().every(({ options }) => options.versions.includes(3))) return;
  for (const [at, node] of world.honest().entries()) {
    lastWrite(world, node, 5_000 + 500 * at);
    lastWrite(world, node, settledMs + 500 * at);
  }
}

/**
 * In a mesh with old nodes each honest node writes in act two, the last time when all connections
 * stand. An op names the
 * heads that its node knows, so that branches of a fork that are equally long, which a clock of
 * counts cannot tell apart, are asked for.
 */
function lastWrite(world: World, node: SimNode, ms: number): void {
  const changes = [["note", "item-0", `the end of node ${node.index}`]];
  world.queue.after(1_000 * ms, () => {
    node.request((request) => ({ kind: "write", request, actor: "end", ops: [changes] }));
  });
}

function untilAgreement(world: World): number {
  const start = world.queue.now;
  const chance = world.chance.sub("noise");
  const { isNoisyToTheEnd } = world.scenario.options;
  let agreedAt: number | null = null;
  for (let ms = 1_000; ms <= agreementMs; ms += 1_000) {
    world.run(start + 1_000 * ms);
    if (isNoisyToTheEnd) noise(world, chance);
    if (ms < settledMs + 10_000 && (ms < 10_000 || agreedAt !== null)) continue;
    if (difference(world) !== null) continue;
    agreedAt ??= ms;
    if (ms > settledMs) return agreedAt;
  }
  const why = difference(world) ?? "";
  check(false, "agreement", () => `no agreement ${agreementMs} ms after the faults: ${why}`);
}

function noise(world: World, chance: Prng): void {
  for (const node of world.nodes) {
    if (!node.options.isByzantine || !chance.chance(0.2)) continue;
    node.play({ trick: chance.pick(noises), size: chance.between(1, 10) });
  }
}

/** Why the honest nodes do not agree; null when they do. */
function difference(world: World): string | null {
  const nodes = world.honest();
  const first = nodes[0]?.process?.view;
  if (first === undefined) return "node 0 is down";
  for (const { index, process } of nodes) {
    if (process === null) return `node ${index} is down`;
    const { view, replica } = process;
    if (replica.durable !== replica.log.length) return `node ${index} has not committed`;
    if (view.key === first.key) continue;
    const missing = [...first.ids].filter((id) => !view.ids.has(id));
    const extra = [...view.ids].filter((id) => !first.ids.has(id));
    const sample = [...missing, ...extra].slice(0, 3).map((id) => {
      const op = world.ledger.made.get(id)?.op;
      const writer = world.nodes.find(({ signer }) => signer.node === op?.author)?.index ?? "?";
      return `${id.slice(0, 8)} (node ${writer}, seq ${op?.seq ?? 0})`;
    });
    return (
      `node ${index} lacks ${missing.length} ops of node 0 and has ${extra.length} more: ` +
      sample.join(", ")
    );
  }
  return null;
}

/** With the liars gone and nothing to say, traffic falls to pings. */
function silence(world: World): void {
  for (const node of world.nodes) if (!node.isHonest) node.leave();
  world.run(world.queue.now + 20_000_000);
  const { framesSent, beatsSent } = world.checks;
  world.run(world.queue.now + 60_000_000);
  const beats = world.checks.beatsSent - beatsSent;
  const sent = world.checks.framesSent - framesSent - beats;
  check(sent === 0, "quiet", () => `${sent} frames in a minute in which nothing happened`);
  check(beats <= beatsMax(world), "quiet", () => `${beats} signs of life in a minute`);
  const why = difference(world);
  check(why === null, "agreement", () => `agreement did not last: ${why ?? ""}`);
}

/** A node gives a sign of life twice a minute, which crosses each line once each way at most. */
function beatsMax(world: World): number {
  const nodes = world.honest();
  const ends = nodes.reduce((sum, { process }) => sum + (process?.links.size ?? 0), 0);
  return 3 * nodes.length * ends;
}

function checkEnd(world: World, node: SimNode): void {
  const { process, index } = node;
  if (process === null) return;
  const { ledger, checks } = world;
  checks.look(process);
  checks.checkEnd(process);
  for (const id of ledger.acknowledged.keys()) {
    check(process.view.ids.has(id) || ledger.excused.has(id), "durability", () => {
      return `op ${id.slice(0, 8)} was acknowledged, and node ${index} does not have it`;
    });
  }
  const { log, document } = process.replica;
  for (const author of ledger.forkedIn(process.view.ids)) {
    check(log.isForked(author), "forks are reported", () => `node ${index} does not know a fork`);
  }
  if (index !== 0 || log.length > referenceOpsMax) return;
  const ops = [...process.view.ids].flatMap((id) => ledger.made.get(id)?.op ?? []);
  const expected = referenceStateText(ops);
  check(stateText(document) === expected, "same as the reference", () => {
    return `${stateText(document)}\nis not\n${expected}`;
  });
}
