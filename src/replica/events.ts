/**
 * What goes into the core and what comes out of it. The driver feeds one event to `Replica.step`,
 * carries out all effects in order, then feeds the next. Time and chance come in with events.
 */
import type { Brand } from "../base/brand.ts";
import type { JsonObject } from "../base/json.ts";
import type { Fork } from "../log/log.ts";
import type { Signer } from "../op/crypto.ts";
import type { NodeId, OpId, VerifiedOp } from "../op/op.ts";
import type { PageContent } from "../page/page.ts";
import type { Work } from "../presence/beat.ts";
import type { LoadedOp } from "../sync/session-effects.ts";
import type { Fact, Sealed } from "./store.ts";

/** One connection, from accept or dial to its end. 1 or more, never used again. */
export type ConnId = Brand<number, "ConnId">;
/** One request of a local caller. */
export type RequestId = Brand<number, "RequestId">;

/** Read by the driver when the event happened. */
export interface Now {
  /** Monotonic milliseconds: every deadline is in these. */
  readonly mono: number;
  /** Unix milliseconds: for people and for token expiry only. */
  readonly wall: number;
}

export type ReplicaEvent =
  /** A WebSocket that we accepted. `nonce`: 32 fresh random bytes, as hex. */
  | {
      readonly kind: "accepted";
      readonly conn: ConnId;
      readonly nonce: string;
      /** Public key of the token that came as Bearer, over loopback or TLS. */
      readonly bearer: NodeId | null;
    }
  /** A WebSocket that we dialled and that opened. */
  | {
      readonly kind: "dialled";
      readonly conn: ConnId;
      readonly nonce: string;
      /** The URL that we dialled, as it was given. */
      readonly audience: string;
      /**
       * The listener's key when an invite told it; else the pin of an earlier connection counts.
       */
      readonly expected: NodeId | null;
      readonly token: Signer | null;
    }
  /** A whole WebSocket message. `content`: what `Replica.slices` have come to. */
  | {
      readonly kind: "frame";
      readonly conn: ConnId;
      readonly data: Uint8Array;
      readonly isBinary: boolean;
      readonly content?: PageContent;
    }
  /** The oldest `frames` of those sent have left our memory for the socket. */
  | { readonly kind: "written"; readonly conn: ConnId; readonly frames: number }
  | { readonly kind: "pong"; readonly conn: ConnId }
  | { readonly kind: "closed"; readonly conn: ConnId }
  /** Close the connection from our side. */
  | { readonly kind: "hang-up"; readonly conn: ConnId; readonly code: 1000 | 1001 | 4403 }
  /** Write one op for each list of changes, in this order. */
  | {
      readonly kind: "write";
      readonly request: RequestId;
      readonly actor: string;
      readonly ops: readonly (readonly unknown[])[];
    }
  /** Ops of an export file, in JSON; each run within one event. */
  | {
      readonly kind: "import";
      readonly request: RequestId;
      readonly lines: readonly JsonObject[];
    }
  /** What this node works on, for its beats, and how often these have to come. */
  | { readonly kind: "work"; readonly working: readonly Work[]; readonly everyMs: number }
  /** Machine-local facts to keep: trusted keys, tokens, pins. */
  | { readonly kind: "learn"; readonly request: RequestId; readonly facts: readonly Fact[] }
  /** What is gathered will be committed: hand over what is not handed over yet. */
  | { readonly kind: "flush" }
  /** All `persist` effects so far are durable. Nothing of theirs leaves before this. */
  | { readonly kind: "committed" }
  /** The answer to a `load` effect. */
  | { readonly kind: "loaded"; readonly conn: ConnId; readonly ops: readonly LoadedOp[] }
  /** The answer to a `load-page` effect: the frame as it was kept. */
  | { readonly kind: "loaded-page"; readonly conn: ConnId; readonly frame: Uint8Array }
  /** The disk now keeps ops as one page. Must not come between a `load` and its answer. */
  | { readonly kind: "sealed"; readonly sealed: Sealed }
  /** `deadline()` has come. */
  | { readonly kind: "tick" };

export type Effect =
  /** Something will be persisted: feed `flush` before the commit. */
  | { readonly kind: "gather" }
  /** Make durable, then answer with `committed`; several may be gathered into one transaction. */
  | {
      readonly kind: "persist";
      readonly ops: readonly VerifiedOp[];
      readonly facts: readonly Fact[];
      /** The page in which exactly these ops came, to be kept as it is. */
      readonly page: Uint8Array | null;
    }
  | { readonly kind: "send"; readonly conn: ConnId; readonly frame: string | Uint8Array }
  | { readonly kind: "ping"; readonly conn: ConnId }
  | {
      readonly kind: "close";
      readonly conn: ConnId;
      readonly code: number;
      readonly reason: string;
    }
  /** Read the ops at these arrival indices and answer with `loaded`. */
  | { readonly kind: "load"; readonly conn: ConnId; readonly indices: readonly number[] }
  /** Read the page that begins at this arrival index and answer with `loaded-page`. */
  | { readonly kind: "load-page"; readonly conn: ConnId; readonly first: number }
  | { readonly kind: "notify"; readonly notice: Notice };

/** A refused op, as `status` shows it. */
export interface Rejection {
  readonly id: OpId | null;
  readonly author: string | null;
  readonly code: string;
  /** Who passed it on; null for a file. */
  readonly from: NodeId | null;
  readonly at: number;
}

/** What an observer may want to know. Notices change nothing. */
export type Notice =
  /** Ops were applied and are durable; `items` are those that they touch. */
  | { readonly kind: "applied"; readonly count: number; readonly items: ReadonlySet<string> }
  /** The ops of a write are durable. */
  | { readonly kind: "wrote"; readonly request: RequestId; readonly ids: readonly OpId[] }
  | {
      readonly kind: "write-refused";
      readonly request: RequestId;
      readonly code: "write/too-large" | "write/invalid";
      readonly message: string;
    }
  /** The ops of an import are durable or refused. */
  | {
      readonly kind: "imported";
      readonly request: RequestId;
      readonly applied: number;
      readonly known: number;
      readonly waiting: number;
      /** `line` counts from 0 within the event; null for ops that decode but break a rule. */
      readonly refused: readonly {
        readonly line: number | null;
        readonly id: OpId | null;
        readonly code: string;
      }[];
    }
  | { readonly kind: "learned"; readonly request: RequestId }
  | { readonly kind: "rejected"; readonly rejections: readonly Rejection[] }
  | { readonly kind: "fork"; readonly fork: Fork }
  /** A peer gave back own ops that this disk did not hold: it was restored or cloned. */
  | { readonly kind: "recovered"; readonly count: number }
  /** Somebody else runs with the key of this node. */
  | { readonly kind: "twin" }
  | { readonly kind: "authenticated"; readonly conn: ConnId; readonly peer: NodeId }
  /** Both directions stream. */
  | { readonly kind: "live"; readonly conn: ConnId }
  /** What the peer has and what it says of it do not fit, or do not come together; asked again. */
  | { readonly kind: "diverged"; readonly conn: ConnId }
  /** A peer told what it has made durable. */
  | { readonly kind: "stated"; readonly conn: ConnId }
  /** The connection is gone, whoever ended it. */
  | { readonly kind: "gone"; readonly conn: ConnId }
  /** We closed the connection. */
  | {
      readonly kind: "closing";
      readonly conn: ConnId;
      readonly code: number;
      readonly reason: string;
    };
