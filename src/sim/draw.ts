/** Draws a scenario from a seed: first which options and faults there are at all, then each one. */
import { Prng } from "./prng.ts";
import { drawWrite, drawWorkload } from "./draw-writes.ts";
import type { Workload } from "./draw-writes.ts";
import type { Deed, NetworkOptions, NodeOptions, Options, Scenario } from "./scenario.ts";
import { tricks } from "./scenario.ts";

/** Kinds of faults, each with its usual weight; a seed leaves most of them out. */
const faultWeights = {
  crash: 3,
  "crash-at-commit": 3,
  pause: 1,
  partition: 3,
  cut: 3,
  "half-open": 2,
  slow: 1,
  storm: 1,
  "disk-full": 1,
  "read-error": 0.5,
  corrupt: 0.3,
  restore: 1,
  clone: 0.5,
  "clock-jump": 1,
  "token-race": 1,
} as const;
type FaultKind = keyof typeof faultWeights;

export interface DrawLimits {
  /** Multiplies length and amount of work; 1 for an ordinary seed. */
  readonly scale: number;
}

export function drawScenario(seed: string, { scale }: DrawLimits = { scale: 1 }): Scenario {
  const chance = new Prng(seed);
  const options = drawOptions(chance.sub("options"), scale);
  const deeds = [
    ...drawWrites(chance.sub("writes"), options, scale),
    ...drawFaults(chance.sub("faults"), options, scale),
    ...drawTricks(chance.sub("tricks"), options, scale),
    ...drawLosses(chance.sub("losses"), options),
  ];
  const ordered = deeds.sort((left, right) => left.at - right.at);
  return { seed, options, actions: ordered.map((deed, key) => ({ ...deed, key })) };
}

function drawOptions(chance: Prng, scale: number): Options {
  const honest = chance.chance(0.05) ? chance.between(8, 12) : chance.between(2, 6);
  const byzantine = chance.chance(0.4) ? chance.between(1, 2) : 0;
  const nodes = drawNodes(chance.sub("nodes"), honest, byzantine);
  return {
    crypto: chance.chance(0.01) ? "real" : "fake",
    nodes,
    network: drawNetwork(chance.sub("network")),
    disk: {
      syncMs: chance.pick([0.1, 1, 5, 20]),
      tailChance: chance.pick([0, 0.02]),
      tailMs: chance.pick([50, 1_000]),
      sealChance: chance.sub("seal").pick([0, 0.02, 0.1, 0.5]),
    },
    chaosMs: Math.round(chance.between(60, 600) * 1_000 * scale),
    isNoisyToTheEnd: chance.chance(0.5),
  };
}

function drawNetwork(chance: Prng): NetworkOptions {
  return {
    latencyMs: chance.pick([0.2, 2, 20, 80]),
    tailChance: chance.pick([0, 0, 0.01, 0.1]),
    tailMs: chance.pick([100, 1_000, 5_000]),
    bytesPerMs: chance.pick([100, 1_000, 100_000]),
    dialFailure: chance.pick([0, 0, 0.05, 0.2]),
  };
}

/** How often a node speaks version 3, and if not, how often version 2. */
const mixes = [
  { three: 1, two: 1 },
  { three: 1, two: 1 },
  { three: 1, two: 1 },
  { three: 1, two: 1 },
  { three: 0.7, two: 1 },
  { three: 0.5, two: 0.7 },
  { three: 0.8, two: 0 },
  { three: 0, two: 1 },
  { three: 0, two: 0.7 },
  { three: 0, two: 0 },
] as const;

function drawVersions(chance: Prng, mix: (typeof mixes)[number]): readonly number[] {
  if (chance.chance(mix.three)) return [1, 2, 3];
  return chance.chance(mix.two) ? [1, 2] : [1];
}

/** Honest nodes are connected without the others: a bad peer must not matter to them. */
function drawNodes(chance: Prng, honest: number, byzantine: number): NodeOptions[] {
  const dials: Set<number>[] = Array.from({ length: honest + byzantine }, () => new Set());
  const link = (left: number, right: number): void => {
    const [from, to] = chance.chance(0.5) ? [left, right] : [right, left];
    dials[from]?.add(to);
  };
  const shape = chance.pick(["hub", "ring", "line", "mesh", "tree"] as const);
  for (let node = 1; node < honest; node += 1) {
    if (shape === "hub") dials[node]?.add(0);
    else if (shape === "line" || shape === "ring") link(node, node - 1);
    else if (shape === "tree") link(node, chance.below(node));
    else for (let other = 0; other < node; other += 1) link(node, other);
  }
  if (shape === "ring" && honest > 2) link(honest - 1, 0);
  // Two nodes that both dial each other have two connections.
  if (chance.chance(0.2)) dials[0]?.add(honest - 1);
  if (chance.chance(0.2)) dials[honest - 1]?.add(0);
  for (let node = honest; node < honest + byzantine; node += 1) {
    for (let other = 0; other < node; other += 1) if (chance.chance(0.6)) link(node, other);
    if (dials.every((set, at) => at === node || !set.has(node))) dials[node]?.add(0);
  }
  dials[0]?.delete(0);
  const mix = chance.pick(mixes);
  const skew = chance.pick([0, 1_000, 86_400_000, 3.15e11]);
  return dials.map((set, node) => ({
    versions: drawVersions(chance, mix),
    dials: [...set].filter((other) => other !== node),
    isByzantine: node >= honest,
    skewMs: Math.round((2 * chance.float() - 1) * skew),
    rate: 1 + (2 * chance.float() - 1) * chance.pick([0, 0, 0.0001, 0.01]),
  }));
}

type Timed = Deed & { readonly at: number };

function drawWrites(chance: Prng, options: Options, scale: number): Timed[] {
  const { nodes, chaosMs } = options;
  const workload: Workload = drawWorkload(chance.sub("workload"));
  const count = Math.round(chance.between(20, 220) * scale);
  const writers = nodes.map(() => (chance.chance(0.2) ? 0 : chance.float()));
  const deeds: Timed[] = [];
  let at = 100;
  const isBursty = chance.chance(0.5);
  for (let done = 0; done < count; done += 1) {
    at += isBursty && chance.chance(0.8) ? chance.around(20) : chance.around(chaosMs / count);
    const node = chance.weighted(writers);
    if (chance.chance(workload.imports)) {
      const from = chance.below(nodes.length);
      deeds.push({ at: at % chaosMs, kind: "import", node, from, part: chance.float() });
    } else if (chance.chance(0.1)) deeds.push({ at: at % chaosMs, kind: "look", node });
    else deeds.push({ at: at % chaosMs, ...drawWrite(chance, node, workload) });
  }
  return deeds;
}

function drawFaults(chance: Prng, options: Options, scale: number): Timed[] {
  const kinds = Object.keys(faultWeights) as FaultKind[];
  const share = chance.pick([0.15, 0.4, 1]);
  const swarm = kinds.map((kind) =>
    chance.chance(share) ? faultWeights[kind] * chance.float() : 0,
  );
  if (chance.chance(0.05) || swarm.every((weight) => weight === 0)) return [];
  const count = Math.round(chance.between(1, 40) * scale);
  const deeds: Timed[] = [];
  for (let done = 0; done < count; done += 1) {
    const at = Math.floor(chance.float() * options.chaosMs);
    const kind = kinds[chance.weighted(swarm)] ?? "cut";
    deeds.push(...drawFault(chance, options, kind).map((deed) => ({ at, ...deed })));
  }
  if (swarm[kinds.indexOf("restore")] !== 0) deeds.push(...drawBackups(chance, options));
  return deeds;
}

function drawBackups(chance: Prng, options: Options): Timed[] {
  return Array.from({ length: chance.between(1, 2 * options.nodes.length) }, () => ({
    at: Math.floor(chance.float() * options.chaosMs),
    kind: "backup",
    node: chance.below(options.nodes.length),
  }));
}

function drawFault(chance: Prng, options: Options, kind: FaultKind): Deed[] {
  const count = options.nodes.length;
  const node = chance.below(count);
  const to = (node + chance.between(1, count - 1)) % count;
  const ms = Math.round(chance.around(chance.pick([50, 2_000, 20_000, 120_000])));
  switch (kind) {
    case "crash":
      return [{ kind, node, ms, isSilent: chance.chance(0.3) }];
    case "crash-at-commit":
      return [{ kind, node, ms, isDurable: chance.chance(0.5) }];
    case "partition": {
      const from = options.nodes.map((_, at) => at).filter(() => chance.chance(0.5));
      const rest = options.nodes.map((_, at) => at).filter((at) => !from.includes(at));
      return [{ kind, from, to: rest, ms, isOneWay: chance.chance(0.4) }];
    }
    case "cut":
    case "half-open":
      return [{ kind, node, to }];
    case "storm":
      return [{ kind, node, to, count: chance.between(2, 20) }];
    case "slow":
      return [{ kind, node, bytesPerMs: chance.pick([1, 4, 20]), ms }];
    case "clone": {
      // A clone that knows only a liar would not be connected.
      const others = options.nodes.flatMap((each, at) =>
        each.isByzantine || at === node ? [] : [at],
      );
      const apartMs = chance.chance(0.5) ? 5_000 + Math.min(ms, 60_000) : 0;
      return others.length === 0 ? [] : [{ kind, node, dials: [chance.pick(others)], apartMs }];
    }
    case "clock-jump":
      return [{ kind, node, ms: Math.round((2 * chance.float() - 1) * 3.15e11) }];
    case "token-race":
      return [{ kind, node, count: chance.between(2, 4) }];
    default:
      return [{ kind, node, ms }];
  }
}

/** What no network does, but a faulty peer: version 3 notices that a page is missing. */
function drawLosses(chance: Prng, { nodes, chaosMs }: Options): Timed[] {
  if (chance.chance(0.85)) return [];
  // What is lost early comes again with later ops, or a new connection.
  const from = chance.pick([0, 0.9, 0.98]);
  return Array.from({ length: chance.between(1, 20) }, () => {
    const node = chance.below(nodes.length);
    const to = (node + chance.between(1, nodes.length - 1)) % nodes.length;
    const at = Math.floor((from + (1 - from) * chance.float()) * chaosMs);
    return { at, kind: "lose-page", node, to };
  });
}

function drawTricks(chance: Prng, options: Options, scale: number): Timed[] {
  const liars = options.nodes.flatMap((node, at) => (node.isByzantine ? [at] : []));
  if (liars.length === 0) return [];
  const known = tricks.filter(() => chance.chance(0.5));
  if (known.length === 0) return [];
  return Array.from({ length: Math.round(chance.between(5, 60) * scale) }, () => ({
    at: Math.floor(chance.float() * options.chaosMs),
    kind: "trick",
    node: chance.pick(liars),
    trick: chance.pick(known),
    size: chance.between(1, 20),
  }));
}
