/** What a session causes, and what it asks of the replica that holds it. */
import type { JsonObject } from "../base/json.ts";
import type { NodeId, Signature } from "../op/op.ts";

/** An op as it was read back from disk. */
export interface LoadedOp {
  readonly bytes: Uint8Array;
  readonly sig: Signature | null;
  /** A signature that nobody has checked. */
  readonly claim?: Signature;
}

/** The port through which a session acts on its connection. */
export interface SessionEffects {
  send(frame: string | Uint8Array): void;
  ping(): void;
  close(code: number, reason: string): void;
  load(indices: readonly number[]): void;
  /** Reads the page that the disk keeps from this arrival index on. */
  loadPage(first: number): void;
  /** The peer told what it has made durable. */
  stated(): void;
  /** What the peer has and what it says of it do not fit, or do not come together. */
  diverged(): void;
}

/** What only the replica can decide or do about a frame. */
export type Ask =
  /** Ops arrived. */
  | { readonly kind: "receive"; readonly ops: readonly JsonObject[] }
  /** A page of ops arrived: the frame, as it came. */
  | { readonly kind: "page" }
  /** A sign of life of some node, signed by it. */
  | { readonly kind: "beat"; readonly bytes: Uint8Array }
  /** A connector proved its key and tokens: `Session.welcome` or `Session.refuse` it. */
  | { readonly kind: "admit"; readonly node: NodeId; readonly tokens: readonly NodeId[] }
  /** The listener that we dialled proved its key; we sync from now on. */
  | { readonly kind: "proved"; readonly node: NodeId; readonly audience: string }
  /** Both directions stream from now on. */
  | { readonly kind: "live" };
