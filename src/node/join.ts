/** Joining: one handshake without a mesh of one's own, which proves the listener's. [WIRE 5.1] */
import { createNodeCrypto, randomBytes32, tokenKeyPair } from "../adapters/node-crypto.ts";
import { isTokenText } from "../adapters/token-text.ts";
import type { Link, LinkHandlers } from "../adapters/link.ts";
import { dial, dialUrl } from "../adapters/ws-dialer.ts";
import { toHex } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import { handshakeMs } from "../base/limits.ts";
import type { Signer } from "../op/crypto.ts";
import type { MeshId, NodeId } from "../op/op.ts";
import { versionsSpoken } from "../replica/options.ts";
import { pinFact } from "../replica/trust.ts";
import type { Closing } from "../sync/close-codes.ts";
import { badMessage, closeCodes, notAuthenticated } from "../sync/close-codes.ts";
import type { Frame } from "../sync/frames.ts";
import { authFrame, readFrame } from "../sync/frames.ts";
import type { Answer, Dialling } from "../sync/handshake.ts";
import { answerChallenge, isWelcomeRight } from "../sync/handshake.ts";
import { adoptMesh } from "./found.ts";
import { createOrOpenFolder } from "./identity.ts";

export interface JoinRequest {
  readonly dir: string;
  readonly name: string;
  readonly url: string;
  readonly token: string | null;
  /** The listener's key, when the invite told it. */
  readonly key: NodeId | null;
}

export interface Joined {
  readonly node: NodeId;
  readonly mesh: MeshId;
  readonly listener: NodeId;
  /** The URL as it is dialled from now on. */
  readonly url: string;
  /** The folder was of this mesh before. */
  readonly wasMember: boolean;
}

/**
 * Makes the folder a node of the mesh at `url`, with the listener's key pinned. The folder gets its
 * key when it is fresh, and is otherwise left as it was when the join fails.
 * Throws `dial/…`, `join/…`, `token/invalid`, `folder/…`, `store/…`.
 */
export async function joinMesh(request: JoinRequest): Promise<Joined> {
  const { dir, name, token, key } = request;
  if (token !== null && !isTokenText(token)) {
    const message = "This is not a token: it has 16 to 256 characters. Copy it from the invite.";
    throw new TowlineError("token/invalid", message);
  }
  const url = dialUrl(request.url);
  const folder = createOrOpenFolder(dir);
  try {
    const pair = token === null ? null : tokenKeyPair(token);
    const answer = await proveTo(url, {
      signer: folder.signer,
      mesh: folder.mesh,
      audience: url,
      expected: key,
      versions: versionsSpoken,
      nonce: toHex(randomBytes32()),
      token: pair === null ? null : { node: pair.key, sign: pair.sign },
    });
    const mesh = answer.transcript.mesh as MeshId;
    const wasMember = folder.mesh !== null;
    const facts = [[pinFact(url), answer.listener]] as const;
    if (wasMember) folder.store.commit({ ops: [], facts });
    else adoptMesh(folder, { mesh, name, facts });
    return { node: folder.signer.node, mesh, listener: answer.listener, url, wasMember };
  } finally {
    folder.close();
  }
}

/** What to do with a link over which both sides have proved themselves; `closed` gives its code. */
type Welcomed = (link: Link, closed: Promise<number>) => void;

const hangUp: Welcomed = (link) => link.close(closeCodes.done, "joined");

/** Goes through the handshake, and hangs up unless told otherwise; rejects with why it failed. */
export async function proveTo(
  url: string,
  dialling: Dialling,
  welcomed: Welcomed = hangUp,
): Promise<Answer> {
  return await new Promise<Answer>((resolve, reject) => {
    const handshake = new JoinHandshake(dialling, { resolve, reject, welcomed });
    dial({ url }, (link) => handshake.handlers(link)).catch(reject);
  });
}

interface Outcome {
  resolve(answer: Answer): void;
  reject(error: TowlineError): void;
  readonly welcomed: Welcomed;
}

class JoinHandshake {
  readonly #dialling: Dialling;
  readonly #crypto = createNodeCrypto();
  readonly #outcome: Outcome;
  readonly #closed = Promise.withResolvers<number>();
  #answer: Answer | null = null;
  #isDone = false;

  constructor(dialling: Dialling, outcome: Outcome) {
    this.#dialling = dialling;
    this.#outcome = outcome;
  }

  handlers(link: Link): LinkHandlers {
    const deadline = setTimeout(() => {
      if (!this.#isDone) link.close(closeCodes.handshakeTimeout, "");
    }, handshakeMs);
    return {
      onFrame: (data, isBinary) => {
        if (this.#isDone) return;
        const read = readFrame(data, isBinary);
        const closing = read.ok ? this.#take(link, read.value) : badMessage(read.error);
        if (closing === null) return;
        link.close(closing.code, closing.reason);
        this.#outcome.reject(this.#whyRefused(closing, read.ok ? read.value : null));
      },
      onWritten: () => undefined,
      onPong: () => undefined,
      onClosed: (code) => {
        clearTimeout(deadline);
        this.#closed.resolve(code);
        // After success this changes nothing: the promise is settled.
        this.#outcome.reject(failureOf(code, this.#dialling.signer));
      },
    };
  }

  /** Why we close, or null to go on. */
  #take(link: Link, frame: Frame): Closing | null {
    if (frame.type === "unknown") return null;
    if (frame.type === "challenge" && this.#answer === null) {
      const answer = answerChallenge(this.#dialling, frame);
      if (!answer.ok) return answer.error;
      this.#answer = answer.value;
      link.send(authFrame(answer.value.auth));
      return null;
    }
    if (frame.type !== "welcome" || this.#answer === null) return badMessage("out of turn");
    if (!isWelcomeRight(this.#crypto, this.#answer, frame)) return notAuthenticated;
    this.#isDone = true;
    this.#outcome.resolve(this.#answer);
    this.#outcome.welcomed(link, this.#closed.promise);
    return null;
  }

  #whyRefused(closing: Closing, frame: Frame | null): TowlineError {
    const { expected, signer } = this.#dialling;
    if (frame?.type === "challenge" && frame.mesh === null) {
      const message = "The node there has no mesh yet. Run `towline init` there, or join another.";
      return new TowlineError("join/no-mesh", message);
    }
    const isOther = frame?.type === "challenge" && expected !== null && frame.node !== expected;
    if (!isOther) return failureOf(closing.code, signer);
    const message =
      `The node there has the key ${frame.node}, not ${expected} as expected. It was set up anew, ` +
      "the URL leads elsewhere, or someone is in between: ask whoever invited you.";
    return new TowlineError("join/pin-mismatch", message);
  }
}

const failures: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map<
  number,
  readonly [ErrorCode, string]
>([
  [
    closeCodes.notAuthenticated,
    [
      "join/not-admitted",
      "That node does not let this one in: the token is wrong, expired or used up, or there was " +
        'none. Ask for a new one ("towline invite" there).',
    ],
  ],
  [
    closeCodes.otherMesh,
    [
      "join/other-mesh",
      "This folder belongs to another mesh than that node. Use another --dir to join it.",
    ],
  ],
  [
    closeCodes.ownKey,
    [
      "join/own-node",
      "That URL leads to this node itself, or to one with a copy of its key. Each node needs its " +
        "own folder: use another --dir.",
    ],
  ],
  [
    closeCodes.noCommonVersion,
    ["join/no-common-version", "The two nodes have no protocol version in common. Update one."],
  ],
]);

function failureOf(code: number, signer: Signer): TowlineError {
  const known = failures.get(code);
  if (known !== undefined) return new TowlineError(known[0], known[1]);
  const node = signer.node.slice(0, 8);
  const message =
    `The connection of ${node} ended before it was let in (code ${String(code)}). ` +
    "Try again; if it goes on, look at the log of the other node.";
  return new TowlineError("join/interrupted", message);
}
