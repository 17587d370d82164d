/** Carries out one action of the scenario. */
import { tokenFact } from "../replica/trust.ts";
import type { SimNode } from "./node.ts";
import type { Action } from "./scenario.ts";
import { changesOf, exportPart } from "./workload.ts";
import type { World } from "./world.ts";

/** What came of the faults, by kind: a fault that meets nobody does not count. */
export type Tally = Map<string, number>;

/** How long strangers with a token try to get in. */
const raceMs = 20_000;

export class Faults {
  readonly tally: Tally = new Map();
  readonly #world: World;
  readonly #backups = new Map<number, ReturnType<SimNode["disk"]["copy"]>>();

  constructor(world: World) {
    this.#world = world;
  }

  carryOut(action: Action): void {
    const isDone = this.#doTo(action);
    if (isDone) this.tally.set(action.kind, (this.tally.get(action.kind) ?? 0) + 1);
  }

  /** True when there was something to do. */
  #doTo(action: Action): boolean {
    const { network } = this.#world;
    if (action.kind === "partition") {
      const pairs = action.from.flatMap((from) =>
        action.to.flatMap((to): (readonly [number, number])[] =>
          action.isOneWay
            ? [[from, to]]
            : [
                [from, to],
                [to, from],
              ],
        ),
      );
      network.block(pairs, action.ms);
      return pairs.length > 0;
    }
    const node = this.#world.node(action.node);
    switch (action.kind) {
      case "slow":
        network.slow(node.index, action.bytesPerMs, action.ms);
        return true;
      case "cut":
      case "half-open":
        return this.#breakLines(action);
      case "lose-page":
        return this.#losePage(action);
      case "backup":
        this.#backups.set(node.index, node.disk.copy());
        return true;
      case "clock-jump":
        node.skewMs += action.ms;
        return true;
      case "disk-full":
      case "read-error":
        return this.#failDisk(node, action);
      case "restore":
        return this.#restore(node, action.ms);
      case "clone":
        return this.#clone(node, action);
      default:
        return node.process !== null && this.#doToProcess(action, node);
    }
  }

  #doToProcess(action: Action, node: SimNode): boolean {
    const { process } = node;
    if (process === null) return false;
    switch (action.kind) {
      case "write": {
        const { actor } = action;
        const ops = action.ops.map((edits) => changesOf(edits, process.replica));
        process.request((request) => ({ kind: "write", request, actor, ops }));
        return true;
      }
      case "import": {
        const { rows } = this.#world.node(action.from).disk.image;
        const lines = exportPart(rows, action.part);
        process.request((request) => ({ kind: "import", request, lines }));
        return true;
      }
      case "look":
        this.#world.checks.look(process);
        return true;
      case "crash":
        node.crash(action);
        return true;
      case "crash-at-commit":
        node.crashAtCommit = action;
        return true;
      case "pause":
        process.pause(action.ms);
        return true;
      case "storm":
        for (let count = 0; count < action.count; count += 1) process.dial(action.to, false);
        return true;
      case "corrupt":
        node.disk.isCorrupt = true;
        node.crash({ ms: action.ms, isSilent: false });
        return true;
      case "token-race":
        this.#raceForToken(node, action);
        return true;
      case "trick":
        return node.play(action);
      default:
        return false;
    }
  }

  #breakLines(action: Extract<Action, { kind: "cut" | "half-open" }>): boolean {
    const ends = this.#world.network.between(action.node, action.to);
    for (const end of ends) {
      if (action.kind === "cut") this.#world.network.cut(end);
      else for (const each of [end, end.peer]) if (each !== null) each.isDead = true;
    }
    return ends.length > 0;
  }

  #losePage({ node, to }: Extract<Action, { kind: "lose-page" }>): boolean {
    const ends = this.#world.network.between(node, to);
    for (const end of ends) end.isLosingPage = true;
    return ends.length > 0;
  }

  #failDisk(node: SimNode, { kind, ms }: { readonly kind: string; readonly ms: number }): boolean {
    const { disk } = node;
    const set = (isBroken: boolean): void => {
      if (kind === "disk-full") disk.isFull = isBroken;
      else disk.isUnreadable = isBroken;
    };
    set(true);
    this.#world.queue.after(1_000 * ms, () => set(false));
    return true;
  }

  #restore(node: SimNode, ms: number): boolean {
    const backup = this.#backups.get(node.index);
    if (backup === undefined || !node.isHonest) return false;
    node.crash({ ms, isSilent: false });
    this.excuse(node);
    node.disk.replace(backup);
    node.mayFork = true;
    if (node.isRefusing) node.bootAfter(ms);
    return true;
  }

  /** The disk of `node` is about to be lost: what only it has is lost with it. */
  excuse(node: SimNode): void {
    const { ledger } = this.#world;
    const others = this.#world.honest().filter((other) => other !== node);
    const kept = new Set(others.flatMap((other) => [...other.disk.image.ids]));
    for (const id of node.disk.image.ids) if (!kept.has(id)) ledger.excused.add(id);
  }

  #clone(node: SimNode, action: Extract<Action, { kind: "clone" }>): boolean {
    const { dials, apartMs = 0 } = action;
    if (!node.isHonest || node.token !== null) return false;
    const clone = this.#world.add(node.signer, { ...node.options, dials });
    clone.disk.replace(node.disk.copy());
    clone.mayFork = true;
    node.mayFork = true;
    clone.boot();
    if (apartMs > 0) this.#keepApart([node, clone], apartMs);
    return true;
  }

  /** Nobody reaches these nodes while each of them writes: their branches are equally long. */
  #keepApart(apart: readonly SimNode[], ms: number): void {
    const { nodes, network, queue } = this.#world;
    const pairs = apart.flatMap(({ index }) =>
      nodes.flatMap((other): (readonly [number, number])[] =>
        other.index === index
          ? []
          : [
              [index, other.index],
              [other.index, index],
            ],
      ),
    );
    network.block(pairs, ms);
    for (const node of apart) {
      const changes = [["note", "item-0", `written apart by node ${node.index}`]];
      queue.after(4_000_000, () => {
        node.request((request) => ({ kind: "write", request, actor: "apart", ops: [changes] }));
      });
    }
  }

  /** Several strangers come with one token that is good for one of them. */
  #raceForToken(node: SimNode, action: Extract<Action, { kind: "token-race" }>): void {
    const { keys, queue } = this.#world;
    const token = keys.signer(`token ${action.key}`);
    const value = JSON.stringify({ expires: null, uses: 1, label: "race" });
    const facts = [[tokenFact(token.node), value]] as const;
    node.request((request) => ({ kind: "learn", request, facts }));
    for (let count = 0; count < action.count; count += 1) {
      const signer = keys.signer(`stranger ${action.key} ${count}`);
      const options = { ...node.options, isByzantine: false, dials: [node.index] };
      const stranger = this.#world.add(signer, options);
      stranger.token = token;
      queue.after(1_000 * 50, () => stranger.boot());
      queue.after(1_000 * raceMs, () => stranger.leave());
    }
  }
}
