/** One node: its key, its clocks, its disk, and the process that runs on them while it is up. */
import { zstd } from "../adapters/zstd.ts";
import { TowlineError } from "../base/errors.ts";
import type { Signer } from "../op/crypto.ts";
import type { ConnId, Now, ReplicaEvent, RequestId } from "../replica/events.ts";
import { Replica } from "../replica/replica.ts";
import { SimDisk } from "./disk.ts";
import { View } from "./ledger.ts";
import type { Prng } from "./prng.ts";
import type { Life, Machine, Stage } from "./cast.ts";
import { Process } from "./process.ts";
import type { NodeOptions, Trick } from "./scenario.ts";

const epochMs = 1_700_000_000_000;

export interface Identity {
  readonly index: number;
  readonly signer: Signer;
  readonly options: NodeOptions;
}

export class SimNode implements Machine {
  readonly world: Stage;
  readonly index: number;
  readonly options: NodeOptions;
  readonly signer: Signer;
  readonly disk = new SimDisk();
  readonly chance: Prng;
  readonly sealing: Prng;
  readonly reading: Prng;
  /** Set by a restore or a clone: only then may it use a seq twice. */
  mayFork = false;
  /** Not trusted by the others: it gets in by this token or not at all. */
  token: Signer | null = null;
  skewMs: number;
  process: Process | null = null;
  /** The store was damaged, so that the process refuses to start. */
  isRefusing = false;
  crashAtCommit: { readonly isDurable: boolean; readonly ms: number } | null = null;
  #bootAt = 0;
  #boots = 0;

  constructor(world: Stage, { index, signer, options }: Identity) {
    this.world = world;
    this.index = index;
    this.signer = signer;
    this.options = options;
    this.skewMs = options.skewMs;
    this.chance = world.chance.sub(`node ${index}`);
    this.sealing = this.chance.sub("sealing");
    this.reading = this.chance.sub("reading");
  }

  get isUp(): boolean {
    return this.process !== null;
  }

  get isHonest(): boolean {
    return !this.options.isByzantine;
  }

  get url(): string {
    return `sim://${this.index}`;
  }

  now(): Now {
    const ms = this.world.queue.now / 1_000;
    const { rate } = this.options;
    return {
      mono: (ms - this.#bootAt) * rate,
      wall: Math.floor(epochMs + ms * rate + this.skewMs),
    };
  }

  /** Microseconds of virtual time at which the monotonic clock shows `mono`. */
  at(mono: number): number {
    return 1_000 * (mono / this.options.rate + this.#bootAt);
  }

  /** Starts the process on what the disk holds; a damaged store refuses. */
  boot(): void {
    if (this.process !== null) return;
    this.#boots += 1;
    this.#bootAt = this.world.queue.now / 1_000;
    try {
      this.process = new Process(this);
    } catch (error) {
      if (!(error instanceof TowlineError)) throw error;
      this.isRefusing = true;
      return;
    }
    this.isRefusing = false;
    this.process.start();
  }

  /** What a process has in memory when it starts: the core on what is durable. */
  open(): [Replica, View] {
    const { world, signer, disk, options, url, index } = this;
    const replica = new Replica(
      {
        mesh: world.mesh,
        signer,
        crypto: world.keys.crypto,
        compression: zstd,
        trust: { trustedKeys: world.trustedKeys, tokens: [], isOpen: false },
        publicUrls: index % 2 === 0 ? [url] : [],
        versions: options.versions,
        learnOwnHeadMs: options.dials.length > 0 && index % 3 === 0 ? 2_000 : 0,
      },
      disk.open(),
    );
    const view = new View();
    for (const id of disk.image.ids) {
      const made = world.ledger.made.get(id);
      if (made !== undefined) view.add(made.op);
    }
    return [replica, view];
  }

  /** The process dies; after `ms` it starts again. `isSilent`: the machine is gone, not just it. */
  crash({ ms, isSilent }: { readonly ms: number; readonly isSilent: boolean }): void {
    const { process } = this;
    if (process === null) return;
    this.disk.crash(this.chance.chance(0.5));
    for (const id of this.disk.image.ids) this.world.ledger.kept(id, this);
    this.process = null;
    this.crashAtCommit = null;
    process.die(isSilent);
    this.bootAfter(ms);
  }

  /** It goes and does not come back. */
  leave(): void {
    this.#boots += 1;
    this.process?.die(false);
    this.process = null;
  }

  bootAfter(ms: number): void {
    const boots = this.#boots;
    this.world.queue.after(1_000 * ms, () => {
      if (this.#boots === boots) this.boot();
    });
  }

  request(make: (request: RequestId) => ReplicaEvent): void {
    this.process?.request(make);
  }

  /** What the core sends; byzantine nodes send something else. */
  send(process: Life, conn: ConnId, frame: string | Uint8Array): void {
    this.world.checks.sent(process, conn, frame);
    process.put(conn, frame);
  }

  /** What a liar does besides; true when there was something to do. */
  play(_trick: { readonly trick: Trick; readonly size: number }): boolean {
    return false;
  }

  /** A connection has opened; nothing was sent on it yet. */
  opened(_process: Life, _conn: ConnId): void {
    // An honest node leaves that to its core.
  }
}
