/** What concerns the node itself: hello, status, peers, invite. */
import type { NodeStatus, PeerStatus } from "../api/types.ts";
import { syncPath } from "../adapters/ws-listener-check.ts";
import { endpoint } from "../adapters/ws-listener-bind.ts";
import type { Config } from "../node/config.ts";
import type { NodeCommand, NoParams } from "./command.ts";

/** Answers that someone is there. */
export const hello: NodeCommand<NoParams, never, { readonly pid: number }> = {
  name: "hello",
  read: () => ({}),
  run: () => ({ pid: process.pid }),
};

/** Asks a process that runs the node because nobody else did to leave it to the caller. */
export const giveWay: NodeCommand<NoParams, never, { readonly isGiven: boolean }> = {
  name: "give-way",
  read: () => ({}),
  run: (host) => {
    host.giveWay?.();
    return { isGiven: host.giveWay !== undefined };
  },
};

export interface StatusResult extends NodeStatus {
  /** True when a node runs on the folder, false when the command opened the store itself. */
  readonly running: boolean;
  readonly pid: number | null;
  readonly url: string | null;
  readonly http: string | null;
}

export const status: NodeCommand<NoParams, never, StatusResult> = {
  name: "status",
  read: () => ({}),
  run: ({ node }) => {
    const running = node.url !== null;
    const pid = running ? process.pid : null;
    return { ...node.status(), running, pid, url: node.url, http: node.http };
  },
};

export const peers: NodeCommand<NoParams, PeerStatus, null> = {
  name: "peers",
  read: () => ({}),
  run: async ({ node, rows }) => {
    await rows(node.peers());
    return null;
  },
};

export interface InviteParams {
  /** Null for one that does not expire. */
  readonly ttlMs: number | null;
  /** Null for any number of nodes. */
  readonly uses: number | null;
  readonly label: string | null;
  /** Null for where this node is reached. */
  readonly url: string | null;
}

export interface InviteResult {
  readonly token: string;
  readonly url: string;
  readonly expires: number | null;
  /** The key of this node, which the other one pins. */
  readonly key: string;
  /** False when nobody listens there yet. */
  readonly running: boolean;
}

export const invite: NodeCommand<InviteParams, never, InviteResult> = {
  name: "invite",
  read: (given) => ({
    ttlMs: given.count("ttlMs"),
    uses: given.count("uses"),
    label: given.optionalText("label"),
    url: given.optionalText("url"),
  }),
  run: async ({ node, config }, { ttlMs, uses, label, url }) => {
    const reached = url ?? config.publicUrls[0] ?? node.url ?? configuredUrl(config);
    const made = await node.invite({
      ttlMs,
      uses,
      ...(reached !== null && { url: reached }),
      ...(label !== null && { label }),
    });
    const { token, expires } = made;
    return { token, url: made.url, expires, key: node.id, running: node.url !== null };
  },
};

/** Where the node will be reached once it runs; a free port is not known before. */
function configuredUrl({ listen }: Config): string | null {
  if (listen.port === 0) return null;
  const isWildcard = ["0.0.0.0", "::"].includes(listen.host);
  const host = isWildcard ? "127.0.0.1" : listen.host;
  return `ws://${endpoint(host, listen.port)}${syncPath}`;
}
