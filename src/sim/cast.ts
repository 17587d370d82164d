/** The parts of a run as they see each other: a world of nodes, each with its process. */
import type { Signer } from "../op/crypto.ts";
import type { MeshId, NodeId, VerifiedOp } from "../op/op.ts";
import type { ConnId, Effect, Notice, Now, ReplicaEvent } from "../replica/events.ts";
import type { Replica } from "../replica/replica.ts";
import type { Keys } from "./crypto.ts";
import type { Dialer } from "./dialer.ts";
import type { SimDisk } from "./disk.ts";
import type { Ledger, View } from "./ledger.ts";
import type { End, Host, Network } from "./network.ts";
import type { Prng } from "./prng.ts";
import type { Entry, Queue } from "./queue.ts";
import type { NodeOptions, Scenario, Trick } from "./scenario.ts";
import type { Trace } from "./trace.ts";

export interface Link {
  readonly end: End;
  readonly conn: ConnId;
  readonly dialer: Dialer | null;
  /** What the checks remember of it. */
  readonly seen: Set<string>;
  /** The disk of the other side when the connection was made, by its epoch. */
  readonly peerEpoch: number;
  /** The other side has said again what it has, so that it may get ops again. */
  isRepairing: boolean;
  /** Ops announced for the delta and not sent yet. */
  deltaOps: number;
  /** Bytes of pages that may go out. */
  credit: number;
}

/** One life of a node: from its start to its end or its crash. */
export interface Life extends Host {
  readonly node: Machine;
  readonly replica: Replica;
  readonly view: View;
  readonly links: ReadonlyMap<ConnId, Link>;
  readonly isAlive: boolean;
  /** Reads that the core waits for. */
  readonly reads: { readonly pending: number };
  after(us: number, work: () => void): Entry;
  attach(end: End, origin: { readonly dialer: Dialer; readonly audience: string } | null): void;
  /** Runs `work` now, or once the process is not stopped and its disk is not busy. */
  gate(work: () => void): void;
  feed(event: ReplicaEvent): void;
  /** Puts a message on the wire. */
  put(conn: ConnId, frame: string | Uint8Array): void;
}

export interface Machine {
  readonly index: number;
  readonly world: Stage;
  readonly options: NodeOptions;
  readonly signer: Signer;
  readonly disk: SimDisk;
  readonly chance: Prng;
  /** When the disk packs its rows, and which. */
  readonly sealing: Prng;
  /** How long reads take. */
  readonly reading: Prng;
  /** Set by a restore or a clone: only then may it use a seq twice. */
  readonly mayFork: boolean;
  /** Not trusted by the others: it gets in by this token or not at all. */
  readonly token: Signer | null;
  readonly process: Life | null;
  readonly crashAtCommit: { readonly isDurable: boolean; readonly ms: number } | null;
  readonly isHonest: boolean;
  readonly isUp: boolean;
  now(): Now;
  /** Microseconds of virtual time at which the monotonic clock shows `mono`. */
  at(mono: number): number;
  /** What a process has in memory when it starts: the core on what is durable. */
  open(): [Replica, View];
  crash(how: { readonly ms: number; readonly isSilent: boolean }): void;
  send(life: Life, conn: ConnId, frame: string | Uint8Array): void;
  opened(life: Life, conn: ConnId): void;
  play(trick: { readonly trick: Trick; readonly size: number }): boolean;
}

/** What looks at everything and throws. */
export interface Watch {
  before(life: Life, event: ReplicaEvent): void;
  effect(life: Life, event: ReplicaEvent, effect: Effect): void;
  after(life: Life, event: ReplicaEvent): void;
  sent(life: Life, conn: ConnId, frame: string | Uint8Array): void;
  notice(life: Life, notice: Notice): void;
  synced(life: Life, ops: readonly VerifiedOp[]): void;
  reopened(life: Life): void;
}

export interface Stage {
  readonly scenario: Scenario;
  readonly chance: Prng;
  readonly queue: Queue;
  readonly keys: Keys;
  readonly mesh: MeshId;
  readonly trustedKeys: readonly NodeId[];
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly network: Network;
  readonly checks: Watch;
  readonly nodes: readonly Machine[];
  node(index: number): Machine;
  syncUs(chance: Prng): number;
  dial(input: {
    readonly from: Life;
    readonly to: number;
    readonly dialer: Dialer;
    readonly opened: (isOpen: boolean) => void;
  }): void;
}
