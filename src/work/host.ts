/** What handing out work needs of a node, as a port: the API brings it, tests bring their own. */
import type { Json } from "../base/json.ts";
import type { Claims } from "../claims/claims.ts";
import type { WorkSettings } from "../claims/settings.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Sha256 } from "../pipeline/digest.ts";
import type { Document } from "../pipeline/document.ts";

/** One change of an op's body. */
export type WorkChange = readonly [kind: string, ...rest: Json[]];

/** A peer whose acknowledged clock may be asked. */
export interface Witness {
  /** Null for a rendezvous that was never reached. */
  readonly node: NodeId | null;
  /** For people: its URL, or the beginning of its key. */
  readonly name: string;
  /** It is connected, and of a version that says what it has on disk. */
  readonly isTelling: boolean;
  /**
   * The clock that it last acknowledged holds `op`, durably, and everything else that it holds is
   * here. So at that moment it knew nothing that this node does not know now. [CLM-11]
   */
  has(op: OpId): boolean;
}

/** A claim and its item, as a beat names them. */
export interface Working {
  readonly item: string;
  readonly claim: OpId;
}

/**
 * Lets `work` on an item, which begins at once, be seen in traces. It is given what names its place
 * in them, for others that go on with it; null when nothing is traced.
 */
export type Trace = <Result>(
  what: readonly [name: string, item: string],
  work: (traceparent: string | null) => Promise<Result>,
) => Promise<Result>;

export interface WorkHost {
  readonly node: NodeId;
  readonly settings: WorkSettings;
  /** Asked anew each time: a full disk replaces them. */
  readonly state: {
    readonly document: Document;
    readonly claims: Claims;
    readonly sha256: Sha256;
  };
  /** Monotonic milliseconds. */
  now(): number;
  /** Resolves when the op is durable here. */
  write(changes: readonly WorkChange[], actor: string): Promise<OpId>;
  /** Absent where nothing is traced. */
  readonly trace?: Trace;
  /** Every rendezvous that this node is told to dial, reached or not. */
  hubs(): readonly Witness[];
  /** True while a connection to each of them stands. */
  areHubsReached(): boolean;
  /** Every node that is connected. */
  peers(): readonly Witness[];
  /** Monotonic milliseconds when a beat of `node` last named `claim`; null for never. */
  heardAt(claim: OpId, node: NodeId): number | null;
  /** Hands the beats what this node works on; `everyMs` is how often they must come. */
  tellWorking(working: readonly Working[], everyMs: number): void;
  /** True when a peer is connected that no beat reaches. */
  hasDeafPeers(): boolean;
  /** Calls `listener` with the items that ops touched, or null when peers or clocks changed. */
  onChange(listener: (items: ReadonlySet<string> | null) => void): () => void;
  /** Runs `fire` once after `ms`; returns what cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
  /** What goes wrong while nobody waits for it. */
  reportProblem(message: string, error: unknown): void;
}
