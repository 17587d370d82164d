/** What a Towline node offers to a program that embeds it; the CLI is built on this and no more. */
import type { Json, JsonObject } from "../base/json.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { OpJson } from "../op/op-json.ts";
import type { Blame, ItemView } from "../pipeline/document.ts";
import type { ClaimState } from "../work/board.ts";
import type { WorkService } from "../work/service.ts";

export type { Json, JsonObject } from "../base/json.ts";
export type { MeshId, NodeId, OpId } from "../op/op.ts";
export type { OpJson } from "../op/op-json.ts";
export type { Authorship, Blame, ItemView, NoteView } from "../pipeline/document.ts";

/** One change of an op's body, as docs/PROTOCOL.md lists them: `["set", item, field, value]`, … */
export type ChangeTuple = readonly [kind: string, ...rest: Json[]];

export interface WriteOptions {
  /** Who acts: a person or an agent, at most 128 bytes. Default: the node's configured name. */
  readonly actor?: string;
  /** Lets stages change against their rules, as the history of another tool may. Default: false. */
  readonly isFree?: boolean;
}

export interface Digest {
  readonly state: string;
  readonly ops: string;
  /** Applied ops. */
  readonly count: number;
  /** Live items. */
  readonly items: number;
}

/** An op as an export has it, with its id. */
export interface LoggedOp extends OpJson {
  readonly id: OpId;
}

export interface Invite {
  /** The token's text; it is not kept and cannot be shown again. */
  readonly token: string;
  readonly url: string;
  /** What to type on the other machine. */
  readonly command: string;
  /** Unix milliseconds, or null for one that does not expire. */
  readonly expires: number | null;
}

export interface InviteOptions {
  /** Milliseconds from now; null for never. Default: 24 hours. */
  readonly ttlMs?: number | null;
  /** How many keys may redeem it; null for any number. Default: 1. */
  readonly uses?: number | null;
  readonly label?: string;
  /** The URL to put into the command. Default: one under which this node listens. */
  readonly url?: string;
}

export type PeerState = "connecting" | "waiting" | "handshake" | "syncing" | "live" | "offline";

export interface PeerStatus {
  /** Null while a rendezvous that was never reached is still nameless. */
  readonly node: NodeId | null;
  /** What the node calls itself; null when it never told. */
  readonly name: string | null;
  /** The rendezvous URL, or the remote address of a peer that dialled us. */
  readonly url: string | null;
  readonly direction: "in" | "out" | null;
  readonly state: PeerState;
  readonly version: number | null;
  readonly trusted: boolean;
  /**
   * Whether the peer has exactly what is durable here, and nothing else, by its own word. Null when
   * that is not known: not connected, nothing said yet, or a version before 3, which cannot tell.
   */
  readonly inSync: boolean | null;
  /** By the last statement of the peer, which may be from before it went away; null without one. */
  readonly lag: {
    /** Ops that are durable here and that the peer lacks. */
    readonly missingThere: number;
    /** Ops that the peer has and that are not durable here. */
    readonly missingHere: number;
    /** False when it may be more, because a chain is forked. */
    readonly isExact: boolean;
  } | null;
  /** How long ago the peer last said what it has on disk; null when it has not. */
  readonly lastStatementMs: number | null;
  /** How long the peer, connected, has had something else than this node; null while it has not. */
  readonly behindMs: number | null;
  /** Ops of the first delta that came; null when none is under way, or its length is not known. */
  readonly progress: { readonly received: number; readonly total: number } | null;
  /** Ops of a delta that were handed to the socket; null when none is under way. */
  readonly sending: { readonly sent: number; readonly total: number } | null;
  /** Ops that wait for the peer's socket. */
  readonly queued: number;
  /** Bytes on their way into the socket. */
  readonly queuedBytes: number;
  /** Payload that came and went over the connection that stands; null without one. */
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly failures: number;
  /** Why the last attempt or connection failed, or why this node dropped the peer. */
  readonly lastError: string | null;
  /** Milliseconds until the next attempt. */
  readonly retryInMs: number | null;
}

/** Of the peers that are connected or dialled. */
export interface SyncSummary {
  readonly peers: number;
  readonly inSync: number;
  /** Connected, and known to have something else than this node. */
  readonly behind: number;
  /** Not connected, or not able to tell. */
  readonly unknown: number;
  /** For people: `in sync with 2 of 3 peers; hub:4747 lacks 12 ops`. */
  readonly text: string;
}

/** How long to wait for a peer's word. */
export interface WaitOptions {
  /** Default: 10 seconds. `Infinity` waits until the signal says otherwise. */
  readonly timeoutMs?: number;
  /** Ends the wait; the promise then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

export interface SyncedOptions extends WaitOptions {
  /** Who has to be in sync. Default: every connected peer that speaks version 3, at least one. */
  readonly peers?: readonly NodeId[];
}

/** A node that was heard of lately. */
export interface PresentNode {
  readonly node: NodeId;
  readonly name: string | null;
  readonly lastSignMs: number;
  /** Items. */
  readonly worksOn: readonly string[];
}

/** `code` is stable: docs/CLI.md lists them. */
export interface Attention {
  readonly code: string;
  readonly text: string;
}

export interface NodeStatus {
  readonly node: NodeId;
  readonly mesh: string;
  readonly name: string;
  readonly dir: string;
  /** Of this package. */
  readonly version: string;
  /** How long the node has been open. */
  readonly upMs: number;
  readonly ops: number;
  readonly items: number;
  /** Size of the database with its write-ahead log; null when it cannot be told. */
  readonly dbBytes: number | null;
  /** What is left of the disk for this user; null when it cannot be told. */
  readonly diskFreeBytes: number | null;
  /** Ops that wait for an ancestor. */
  readonly pending: number;
  readonly pendingBytes: number;
  readonly pendingDropped: number;
  /** How long the oldest of them has waited; null when none does. */
  readonly pendingOldestMs: number | null;
  readonly rejected: number;
  readonly rejections: readonly {
    readonly id: string | null;
    readonly author: string | null;
    readonly code: string;
    readonly from: string | null;
    readonly at: number;
  }[];
  readonly forks: readonly {
    readonly author: NodeId;
    readonly seq: number;
    readonly ops: readonly OpId[];
    readonly isOwn: boolean;
    /** Learned since the node was opened; a fork stays for good. */
    readonly isNew: boolean;
  }[];
  /** Own ops that peers gave back: the disk had been restored from a backup, or cloned. */
  readonly recovered: number;
  /** How often a peer and this node did not come together, or the peer contradicted itself. */
  readonly divergences: number;
  /** Somebody else was heard with the key of this node. */
  readonly hasTwin: boolean;
  readonly sync: SyncSummary;
  readonly peers: readonly PeerStatus[];
  /** Other nodes that gave signs of life in the last 100 s, connected to this one or not. */
  readonly present: readonly PresentNode[];
  /** How many live items have a claim that has not ended, by its state. */
  readonly claims: { readonly [state in ClaimState]?: number };
  /** Own claims that nobody has confirmed for a minute. */
  readonly stuckClaims: number;
  /** What a person should look at, the gravest first; empty when all is well. */
  readonly attention: readonly Attention[];
  /** Pauses of the event loop of a second or more, and the longest one; null without a network. */
  readonly loop: { readonly stalls: number; readonly longestMs: number } | null;
  /** Null when all is well, else why nothing can be written, and what to do. */
  readonly problem: { readonly code: string; readonly message: string } | null;
}

export interface ImportedOps {
  readonly applied: number;
  readonly known: number;
  readonly waiting: number;
  readonly refused: readonly {
    readonly line: number | null;
    readonly id: string | null;
    readonly code: string;
  }[];
}

export interface NodeEvents {
  /** Ops were applied and are durable. */
  applied: { readonly count: number; readonly items: ReadonlySet<string> };
  /** A connection came, changed its state, or went. */
  peers: readonly PeerStatus[];
  /** A peer told what it has on disk: ask `reached` again. */
  stated: { readonly peer: NodeId };
  /** A peer came to have exactly what this node has, or has not any more. */
  synced: { readonly peer: NodeId; readonly inSync: boolean };
  /** A peer and this node do not come together, or the peer contradicts itself. */
  diverged: { readonly peer: NodeId | null };
  rejected: { readonly count: number };
  fork: { readonly author: NodeId; readonly seq: number; readonly ops: readonly OpId[] };
  problem: { readonly code: string; readonly message: string };
}

export interface Verification {
  readonly ops: number;
  readonly signatures: number;
  readonly problems: readonly {
    readonly index: number;
    readonly code: string;
    readonly message: string;
  }[];
}

/** The log in the order in which its ops came here; an arrival index means nothing elsewhere. */
export interface Arrivals {
  /** Ops that are durable: the arrival index of the next one. */
  readonly durable: number;
  /** The op at an arrival index; null when there is none. */
  idAt(index: number): OpId | null;
  /** Items that ops from this arrival index on touch, deleted ones as well. */
  itemsSince(index: number): readonly string[];
  /** Arrival indices of the durable ops that touch the item. */
  ofItem(item: string): readonly number[];
  /** The last op that touches the item, also one that is not durable yet; null when none does. */
  latestOf(item: string): OpId | null;
  /** The ops at these arrival indices, in this order. */
  read(indices: readonly number[]): readonly Op[];
  /** Arrival indices of ops whose id begins so; two when there are several. */
  find(prefix: string): readonly number[];
}

export interface TowlineNode extends AsyncDisposable {
  readonly id: NodeId;
  readonly mesh: string;
  readonly name: string;
  readonly dir: string | null;
  /** The `/crdt-sync` URL under which this node listens; null when it does not. */
  readonly url: string | null;
  readonly http: string | null;

  /** What a node calls itself, this one or another; null for one that never told. */
  nameOf(node: NodeId): string | null;

  /**
   * Writes one op for each list of changes, in order, all or none. Resolves when they are durable.
   * Throws `TowlineError`: write/invalid, write/too-large, stage/refused, item/…, store/….
   */
  write(ops: readonly (readonly ChangeTuple[])[], options?: WriteOptions): Promise<readonly OpId[]>;

  item(id: string): ItemView | null;
  /** Live items, sorted by id; those behind `after` when it is given. */
  items(after?: string): IterableIterator<ItemView>;
  itemState(id: string): "live" | "deleted" | "absent";
  blame(id: string): readonly Blame[];
  /** The adds that keep `value` in a set: a `rem` names them. */
  adds(item: string, field: string, value: string): readonly OpId[];
  /** What is ready, who holds what, and how to claim it. */
  readonly work: WorkService;
  /** Ops in the order in which they arrived here; those that touch `item` when it is given. */
  ops(item?: string): IterableIterator<LoggedOp>;
  readonly arrivals: Arrivals;

  importOps(lines: readonly JsonObject[]): Promise<ImportedOps>;

  /** The newest op of each chain: whoever has these has all that is durable here. */
  heads(): readonly OpId[];
  /**
   * Whether `peer` has said that it has `op` on disk. False when it is not known. The last word of
   * a peer counts until the peer connects anew, also after it has gone.
   */
  reached(peer: NodeId, op: OpId): boolean;
  /** Resolves once `reached`. Throws `wait/not-reached` when the time is over, `node/stopped`. */
  whenReached(op: OpId, peer: NodeId, options?: WaitOptions): Promise<void>;
  /**
   * Resolves once these peers have exactly what is durable here, and nothing else. Throws
   * `wait/not-synced` when the time is over, also when nobody is connected; `node/stopped`.
   */
  whenSynced(options?: SyncedOptions): Promise<void>;

  digest(): Digest;
  status(): NodeStatus;
  peers(): readonly PeerStatus[];
  /** Checks every hash, signature and chain on disk again. */
  verify(onProgress?: (done: number, all: number) => void): Promise<Verification>;

  invite(options?: InviteOptions): Promise<Invite>;
  /** Dials `url` and keeps dialling. */
  addRendezvous(url: string, options?: { readonly key?: NodeId; readonly token?: string }): void;
  removeRendezvous(url: string): void;

  /** Returns a function that unsubscribes. A listener that throws is reported, never swallowed. */
  on<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => void,
  ): () => void;

  /** Flushes, closes the connections with 1001, closes the store. */
  close(): Promise<void>;
}
