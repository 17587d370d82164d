/**
 * What both sides sign during the handshake, so that no answer fits another question. [WIRE 5.1]
 */
import { utf8 } from "../base/bytes.ts";

export interface Transcript {
  readonly listener: string;
  readonly connector: string;
  readonly listenerNonce: string;
  readonly connectorNonce: string;
  /** The listener's mesh as in its challenge. */
  readonly mesh: string | null;
  /** The URL that the connector dialled. */
  readonly audience: string;
  /** The versions that the listener offered, as sent; empty when it sent none. */
  readonly versions: readonly number[];
  readonly version: number;
}

export type TranscriptRole = "connector" | "token" | "listener";

/** The message to sign in `role`. */
export function transcriptMessage(role: TranscriptRole, transcript: Transcript): Uint8Array {
  const { listener, connector, listenerNonce, connectorNonce } = transcript;
  const { mesh, audience, versions, version } = transcript;
  const peers = [listener, connector, listenerNonce, connectorNonce];
  const list = JSON.stringify([role, ...peers, mesh, audience, versions, version]);
  return utf8(`towline/auth/1\0${list}`);
}
