/** The cryptography that the core needs, as a port: an adapter brings it. */
import type { NodeId } from "./op.ts";

export interface Crypto {
  /** SHA-256, as 64 lower-case hex digits. */
  sha256(bytes: Uint8Array): string;
  /**
   * Ed25519 of RFC 8032, cofactorless. The port may be laxer than WIRE demands: `op/signature.ts`
   * adds the checks on R, S and the key. Never throws, whatever the bytes.
   */
  verify(input: {
    readonly key: NodeId;
    readonly message: Uint8Array;
    readonly sig: Uint8Array;
  }): boolean;
}

/** A key pair of our own; the secret stays with the adapter. */
export interface Signer {
  readonly node: NodeId;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
