/** Everything of one run: time, network, nodes, and what the checks know. */
import { present } from "../base/assert.ts";
import { meshIdOf } from "../op/codec.ts";
import type { MeshId, NodeId } from "../op/op.ts";
import { Byzantine } from "./byzantine.ts";
import type { Life, Stage } from "./cast.ts";
import { Checks } from "./checks.ts";
import type { Keys } from "./crypto.ts";
import { makeKeys } from "./crypto.ts";
import type { Dialer } from "./dialer.ts";
import { CheckFailure } from "./failure.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { SimNode } from "./node.ts";
import { Prng } from "./prng.ts";
import { Queue } from "./queue.ts";
import type { NodeOptions, Scenario } from "./scenario.ts";
import { Trace } from "./trace.ts";

/** A dial that nobody answers is given up after so long. */
const dialUs = 10_000_000;
/** Things that happen in one microsecond; more is a loop that never ends. */
const burstMax = 200_000;

export class World implements Stage {
  readonly scenario: Scenario;
  readonly chance: Prng;
  readonly queue = new Queue();
  readonly keys: Keys;
  readonly mesh: MeshId;
  readonly ledger = new Ledger();
  readonly trace: Trace;
  readonly checks: Checks;
  readonly network: Network;
  readonly nodes: SimNode[] = [];
  readonly trustedKeys: readonly NodeId[];
  /** Nothing fails from here on. */
  isHealed = false;
  /** Things that happened: each is an event of the network, of a disk or of a clock. */
  happenings = 0;
  readonly #syncChance: Prng;

  constructor(scenario: Scenario, print: ((line: string) => void) | null) {
    const { seed, options } = scenario;
    this.scenario = scenario;
    this.chance = new Prng(seed).sub("run");
    this.#syncChance = this.chance.sub("sync");
    this.keys = makeKeys(options.crypto, seed);
    this.trace = new Trace(print);
    this.network = new Network(this.queue, options.network, this.chance.sub("network"));
    const signers = options.nodes.map((_, index) => this.keys.signer(`node ${index}`));
    this.trustedKeys = signers.map(({ node }) => node);
    const founder = present(this.trustedKeys[0], "there is a node");
    const nonce = this.chance.sub("mesh").hex(32);
    this.mesh = meshIdOf(this.keys.crypto, { founder, nonce });
    this.checks = new Checks(this);
    options.nodes.forEach((each, index) => {
      const signer = present(signers[index], "each node has a signer");
      const identity = { index, signer, options: each };
      this.nodes.push(
        each.isByzantine ? new Byzantine(this, identity) : new SimNode(this, identity),
      );
    });
  }

  node(index: number): SimNode {
    return present(this.nodes[index], `there is no node ${index}`);
  }

  /** A node that joins later: a clone, or a stranger with a token. */
  add(signer: SimNode["signer"], options: NodeOptions): SimNode {
    const node = new SimNode(this, { index: this.nodes.length, signer, options });
    this.nodes.push(node);
    return node;
  }

  get syncing(): Prng {
    return this.#syncChance;
  }

  /** Microseconds that a commit takes. */
  syncUs(chance: Prng): number {
    const { syncMs, tailChance, tailMs } = this.scenario.options.disk;
    const isLate = !this.isHealed && chance.chance(tailChance);
    return 1_000 * (syncMs * (0.5 + chance.float()) + (isLate ? chance.around(tailMs) : 0));
  }

  dial(input: {
    readonly from: Life;
    readonly to: number;
    readonly dialer: Dialer;
    readonly opened: (isOpen: boolean) => void;
  }): void {
    const { from, to, dialer, opened } = input;
    const { network } = this;
    const isCutOff = (): boolean =>
      network.isBlocked(from.index, to) || network.isBlocked(to, from.index);
    if (isCutOff() || network.isDialLost()) {
      from.after(dialUs, () => opened(false));
      return;
    }
    from.after(network.delay() + network.delay(), () => {
      const target = this.node(to).process;
      if (target === null || isCutOff()) {
        opened(false);
        return;
      }
      const [near, far] = network.connect(from, target);
      from.attach(near, { dialer, audience: `sim://${to}` });
      target.attach(far, null);
      opened(true);
    });
  }

  /** Lets time pass until `untilUs`. */
  run(untilUs: number): void {
    let burst = 0;
    let last = -1;
    for (let entry = this.queue.next(untilUs); entry !== null; entry = this.queue.next(untilUs)) {
      this.happenings += 1;
      burst = entry.at === last ? burst + 1 : 0;
      last = entry.at;
      if (burst > burstMax) throw new CheckFailure("progress", "time stands still");
      entry.run();
    }
  }

  /** The nodes that keep the rules, strangers with a token aside. */
  honest(): SimNode[] {
    return this.nodes.filter((node) => node.isHonest && node.token === null);
  }
}
