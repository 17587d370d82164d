/** Adds a rendezvous to a node that is open, and waits until the two are in step once. */
import type { NodeId, PeerStatus, TowlineNode } from "../api/types.ts";
import { dialUrl } from "../adapters/ws-dialer.ts";
import { isTokenText } from "../adapters/token-text.ts";
import type { ErrorCode } from "../base/errors.ts";
import { TowlineError } from "../base/errors.ts";
import { addRendezvousToFile } from "../node/config-file.ts";
import { closeMeaning } from "../node/rendezvous-meaning.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeCommand } from "./command.ts";

export interface DialParams {
  readonly url: string;
  readonly token: string | null;
  /** The key that the listener has to have; null to take the one that it has. */
  readonly key: NodeId | null;
}

export interface DialResult {
  readonly node: string;
  readonly mesh: string;
  readonly dir: string | null;
  /** As it is dialled from now on. */
  readonly url: string;
  /** The node that answered there. */
  readonly listener: string | null;
  readonly ops: number;
  readonly items: number;
}

export const dial: NodeCommand<DialParams, never, DialResult> = {
  name: "dial",
  read: (given) => ({
    url: given.text("url"),
    token: readToken(given.optionalText("token")),
    key: readKey(given.optionalText("key")),
  }),
  run: async ({ node, signal, progress }, { url, token, key }) => {
    const wanted = dialUrl(url);
    const before = node.peers().find((peer) => peer.direction === "out" && peer.url === wanted);
    if (before?.state !== "live") {
      // A token or a key that was given now is to be used now.
      node.removeRendezvous(wanted);
      node.addRendezvous(wanted, {
        ...(key !== null && { key }),
        ...(token !== null && { token }),
      });
    }
    try {
      const peer = await inStep({ node, url: wanted, signal, progress });
      if (node.dir !== null) addRendezvousToFile(node.dir, wanted);
      return resultOf(node, wanted, peer.node);
    } catch (error) {
      if (before === undefined) node.removeRendezvous(wanted);
      throw error;
    }
  },
};

export function resultOf(node: TowlineNode, url: string, listener: string | null): DialResult {
  const { ops, items } = node.status();
  return { node: node.id, mesh: node.mesh, dir: node.dir, url, listener, ops, items };
}

/** Throws `token/invalid`. */
export function readToken(text: string | null): string | null {
  if (text === null || isTokenText(text)) return text;
  const message = "This is no token: one has 16 to 256 characters. Copy it again from the invite.";
  throw new TowlineError("token/invalid", message);
}

/** Throws `usage/invalid`. */
export function readKey(text: string | null): NodeId | null {
  const key = text === null ? null : parseNodeId(text);
  if (text === null || key !== null) return key;
  const message = "--key is the key of the other node: 64 lower-case hex digits. Copy it again.";
  throw new TowlineError("usage/invalid", message);
}

/** Between two looks at the peer; what it waits for comes without an event of its own. */
const lookEveryMs = 50;
/** Without a further op for so long, the other side has stopped. */
const standstillMs = 60_000;
/** A first failure may be a network that wakes up; several in a row are an answer. */
const failuresMax = 3;

/** Resolves when both sides have what the other had; rejects when that will not be. */
export async function inStep(wait: {
  readonly node: TowlineNode;
  readonly url: string;
  readonly signal: AbortSignal;
  progress(done: number, all: number | null): void;
}): Promise<PeerStatus> {
  const { node, url, signal } = wait;
  let ops = -1;
  let movedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const peer = node.peers().find((row) => row.direction === "out" && row.url === url);
    if (peer?.state === "live" && peer.queued === 0) return peer;
    const refusal = peer === undefined ? null : refusalOf(peer);
    if (refusal !== null) throw refusal;
    const now = node.status().ops;
    if (now !== ops) movedAt = performance.now();
    ops = now;
    const { received, total } = peer?.progress ?? { received: ops, total: null };
    wait.progress(received, total);
    if (performance.now() - movedAt > standstillMs) throw standstill(url);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function standstill(url: string): TowlineError {
  const message = `Nothing more came from ${url} for ${standstillMs / 1_000} s. Run the command again.`;
  return new TowlineError("join/interrupted", message);
}

/** Close codes after which trying again is of no use; the peer only keeps their meaning. */
const refusals: readonly (readonly [closeCode: number, code: ErrorCode])[] = [
  [4401, "join/not-admitted"],
  [4403, "join/not-admitted"],
  [4409, "join/other-mesh"],
  [4410, "join/own-node"],
  [4426, "join/no-common-version"],
];

function refusalOf({ url, state, failures, lastError }: PeerStatus): TowlineError | null {
  if (state !== "waiting" || lastError === null) return null;
  const code = refusals.find(([closeCode]) => closeMeaning(closeCode) === lastError)?.[1];
  if (code !== undefined) {
    return new TowlineError(
      code,
      `${url ?? "The rendezvous"} did not let this node in: ${lastError}`,
    );
  }
  return failures < failuresMax ? null : new TowlineError("dial/unreachable", lastError);
}
