/**
 * The op: one atomic batch of changes by one author, and the stages of trust it passes. [WIRE 2]
 */
import type { Brand } from "../base/brand.ts";
import { isHex } from "../base/bytes.ts";
import type { Change } from "./change.ts";

/** A node's public key, 64 lower-case hex digits. As the author of ops it has the same form. */
export type NodeId = Brand<string, "NodeId">;
export type MeshId = Brand<string, "MeshId">;
/** SHA-256 over mesh and op bytes, 64 lower-case hex digits. */
export type OpId = Brand<string, "OpId">;
/** An Ed25519 signature, 64 bytes. */
export type Signature = Brand<Uint8Array, "Signature">;

/** The `prev` of an author's first op. */
export const noOp = "0".repeat(64) as OpId;

/** A decoded op: its bytes keep the rules that need no other op, but nobody vouches for it yet. */
export interface Op {
  readonly id: OpId;
  readonly author: NodeId;
  readonly seq: number;
  readonly prev: OpId;
  readonly lamport: number;
  /** Author's wall clock, Unix milliseconds; for people, never for order. */
  readonly time: number;
  readonly deps: readonly OpId[];
  readonly actor: string;
  readonly changes: readonly Change[];
  /** The bytes that were hashed and signed, as received. */
  readonly bytes: Uint8Array;
}

/** An op with the signature that came along, if one did; not checked. */
export interface ReceivedOp {
  readonly op: Op;
  readonly sig: Signature | null;
}

declare const verifiedBrand: unique symbol;

/**
 * An op that is authenticated and whose ancestors are applied. `sig` is its own verified signature,
 * or null where that of a later op of its run vouches for it. Only `log/` makes one.
 */
export interface VerifiedOp {
  readonly op: Op;
  readonly sig: Signature | null;
  /** The signature that came along unchecked, since a later op of its author vouches. */
  readonly claim?: Signature;
  readonly [verifiedBrand]: true;
}

export function parseMeshId(text: unknown): MeshId | null {
  return isHex(text, 64) ? (text as MeshId) : null;
}

export function asSignature(bytes: Uint8Array): Signature | null {
  return bytes.length === 64 ? (bytes as Signature) : null;
}
