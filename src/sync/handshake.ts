/** The three steps that prove both sides to each other, as pure functions. [WIRE 5.1] */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import { parseNodeId } from "../op/key.ts";
import type { MeshId, NodeId, Signature } from "../op/op.ts";
import { verifySignature } from "../op/signature.ts";
import type { Closing } from "./close-codes.ts";
import { closeCodes, notAuthenticated } from "./close-codes.ts";
import type { Auth, Challenge, Welcome } from "./frames.ts";
import type { Transcript } from "./transcript.ts";
import { transcriptMessage } from "./transcript.ts";

/** What a listener knows when an `auth` comes. */
export interface Listening {
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly challenge: Omit<Challenge, "type">;
  /** The URLs under which this node is reached; empty when that is not configured. */
  readonly publicUrls: readonly string[];
}

/** Who connected, proved by signature; whether it may stay is decided by its trust. */
export interface ProvedConnector {
  readonly node: NodeId;
  readonly version: number;
  /** Public key of the token that it proved to hold. */
  readonly token: NodeId | null;
  readonly transcript: Transcript;
}

/** Checks an `auth` in the order that WIRE sets. */
export function checkAuth(listening: Listening, auth: Auth): Result<ProvedConnector, Closing> {
  const { challenge, crypto, publicUrls } = listening;
  if (auth.node === challenge.node) {
    return failure({ code: closeCodes.ownKey, reason: "own key on the other side" });
  }
  if (!challenge.versions.includes(auth.version)) {
    return failure({ code: closeCodes.noCommonVersion, reason: "version not offered" });
  }
  if (challenge.mesh === null || (auth.mesh !== null && auth.mesh !== challenge.mesh)) {
    return failure({ code: closeCodes.otherMesh, reason: "other mesh" });
  }
  const node = parseNodeId(auth.node);
  if (node === null) return failure(notAuthenticated);
  const transcript: Transcript = {
    listener: challenge.node,
    connector: auth.node,
    listenerNonce: challenge.nonce,
    connectorNonce: auth.nonce,
    mesh: challenge.mesh,
    audience: auth.audience,
    versions: challenge.versions,
    version: auth.version,
  };
  const message = transcriptMessage("connector", transcript);
  if (!verifySignature(crypto, { key: node, message, sig: auth.sig })) {
    return failure(notAuthenticated);
  }
  if (publicUrls.length > 0 && !publicUrls.includes(auth.audience)) {
    return failure(notAuthenticated);
  }
  const token = provedToken(crypto, auth, transcript);
  return success({ node, version: auth.version, token, transcript });
}

/** The token's key when its signature is right; a wrong one counts as none. */
function provedToken(crypto: Crypto, auth: Auth, transcript: Transcript): NodeId | null {
  const key = auth.token === null ? null : parseNodeId(auth.token.key);
  if (auth.token === null || key === null) return null;
  const message = transcriptMessage("token", transcript);
  return verifySignature(crypto, { key, message, sig: auth.token.sig }) ? key : null;
}

/** Step 3. */
export function makeWelcome(signer: Signer, transcript: Transcript): Omit<Welcome, "type"> {
  const sig = signer.sign(transcriptMessage("listener", transcript)) as Signature;
  return { mesh: transcript.mesh as MeshId, sig };
}

/** What a connector knows when it dials. */
export interface Dialling {
  readonly signer: Signer;
  /** Null when it has none yet: it adopts the listener's. */
  readonly mesh: MeshId | null;
  readonly audience: string;
  /** The listener's key, when it is known. */
  readonly expected: NodeId | null;
  /** Versions that we speak. */
  readonly versions: readonly number[];
  /** 64 hex digits, fresh. */
  readonly nonce: string;
  /** The token to redeem. */
  readonly token: Signer | null;
}

export interface Answer {
  readonly auth: Omit<Auth, "type">;
  readonly transcript: Transcript;
  readonly listener: NodeId;
}

/** Step 2, or why we close instead of taking it. */
export function answerChallenge(dialling: Dialling, challenge: Challenge): Result<Answer, Closing> {
  const { signer, mesh, audience, nonce } = dialling;
  if (challenge.node === signer.node) {
    return failure({ code: closeCodes.ownKey, reason: "own key on the other side" });
  }
  const listener = parseNodeId(challenge.node);
  if (listener === null || (dialling.expected !== null && listener !== dialling.expected)) {
    return failure(notAuthenticated);
  }
  const offered = challenge.versions.length === 0 ? [2] : challenge.versions;
  const common = dialling.versions.filter((version) => offered.includes(version));
  if (common.length === 0) {
    return failure({ code: closeCodes.noCommonVersion, reason: "no common version" });
  }
  if (challenge.mesh === null || (mesh !== null && mesh !== challenge.mesh)) {
    return failure({ code: closeCodes.otherMesh, reason: "other mesh" });
  }
  const transcript: Transcript = {
    listener,
    connector: signer.node,
    listenerNonce: challenge.nonce,
    connectorNonce: nonce,
    mesh: challenge.mesh,
    audience,
    versions: challenge.versions,
    version: Math.max(...common),
  };
  const auth = signAuth(dialling, transcript);
  return success({ auth, transcript, listener });
}

function signAuth(dialling: Dialling, transcript: Transcript): Omit<Auth, "type"> {
  const { signer, mesh, audience, nonce, token } = dialling;
  const sig = signer.sign(transcriptMessage("connector", transcript)) as Signature;
  const proof =
    token === null
      ? null
      : {
          key: token.node,
          sig: token.sign(transcriptMessage("token", transcript)) as Signature,
        };
  const { version } = transcript;
  return { nonce, node: signer.node, mesh, audience, version, sig, token: proof };
}

/** Checks step 3: the listener proved its key, and the mesh is that of its challenge. */
export function isWelcomeRight(crypto: Crypto, answer: Answer, welcome: Welcome): boolean {
  if (welcome.mesh !== answer.transcript.mesh) return false;
  const message = transcriptMessage("listener", answer.transcript);
  return verifySignature(crypto, { key: answer.listener, message, sig: welcome.sig });
}
