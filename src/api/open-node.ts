/** Opens a data folder as a node of its mesh, with or without a network. */
import { resolve } from "node:path";
import { createNodeCrypto } from "../adapters/node-crypto.ts";
import { zstd } from "../adapters/zstd.ts";
import type { HttpHandler } from "../adapters/ws-listener.ts";
import { TowlineError } from "../base/errors.ts";
import { ownHeadMs, rendezvousErrorThreshold } from "../base/limits.ts";
import { defaultWorkSettings } from "../claims/settings.ts";
import type { MeshId } from "../op/op.ts";
import { systemClock } from "../node/clock.ts";
import { nameFact, openFolder } from "../node/identity.ts";
import type { OpenFolder } from "../node/identity.ts";
import type { Logger } from "../node/logger.ts";
import { silentLogger } from "../node/logger.ts";
import { Network } from "../node/network.ts";
import { logNotices } from "../node/notice-log.ts";
import { Runtime } from "../node/runtime.ts";
import type { NodeSettings } from "../node/settings.ts";
import type { Tracing } from "../node/tracing.ts";
import { noTracing } from "../node/tracing.ts";
import { Watchdog } from "../node/watchdog.ts";
import { LocalNode } from "./local-node.ts";
import type { TowlineNode } from "./types.ts";

export interface OpenOptions {
  /** The data folder. */
  readonly dir: string;
  readonly settings?: Partial<NodeSettings>;
  /**
   * Where to accept peers; null or absent for no network at all: then nothing is dialled either.
   */
  readonly listen?: { readonly host: string; readonly port: number } | null;
  readonly logger?: Logger;
  /** Versions of the protocol to speak; default: all. Without 1 and 2 no older node gets in. */
  readonly versions?: readonly number[];
  /** Where spans go; default: nowhere. */
  readonly tracing?: Tracing;
  /** Answers plain HTTP on the port of the listener. */
  readonly httpHandler?: HttpHandler;
  /** Called when the disk failed in a way after which the process must end. */
  onFatal?(error: TowlineError): void;
}

const defaults: NodeSettings = {
  name: "",
  rendezvous: [],
  trustedKeys: [],
  tokens: [],
  open: false,
  publicUrls: [],
  allowedOrigins: [],
  rendezvousErrorThreshold,
  work: defaultWorkSettings,
};

/**
 * Opens the node in `dir`. Throws `TowlineError`: folder/not-initialized, folder/in-use, key/…,
 * store/…, listen/…, dial/url-invalid.
 */
export async function openNode(options: OpenOptions): Promise<TowlineNode> {
  const dir = resolve(options.dir);
  const folder = openFolder(dir);
  try {
    if (folder.mesh === null) {
      const message = `${dir} belongs to no mesh yet. Run "towline init" or "towline join" first.`;
      throw new TowlineError("folder/not-initialized", message);
    }
    return await openIn({ ...options, dir }, folder, folder.mesh);
  } catch (error) {
    folder.close();
    throw error;
  }
}

async function openIn(
  options: OpenOptions,
  folder: OpenFolder,
  mesh: MeshId,
): Promise<TowlineNode> {
  const logger = options.logger ?? silentLogger;
  const tracing = options.tracing ?? noTracing;
  const { signer, store } = folder;
  const given = { ...defaults, ...options.settings };
  const settings = { ...given, name: given.name || (store.facts().get(nameFact) ?? "") };
  const isOnline = options.listen !== undefined && options.listen !== null;
  let node: LocalNode | null = null;
  const runtime = new Runtime({
    store,
    clock: systemClock,
    logger,
    replica: {
      mesh,
      signer,
      crypto: createNodeCrypto(),
      compression: zstd,
      ...(options.versions && { versions: options.versions }),
      publicUrls: settings.publicUrls,
      name: settings.name,
      learnOwnHeadMs: isOnline && settings.rendezvous.length > 0 ? ownHeadMs : 0,
      trust: {
        trustedKeys: settings.trustedKeys,
        tokens: settings.tokens,
        isOpen: settings.open,
      },
    },
    onFatal: (error) => options.onFatal?.(error),
    onProblem: (problem) => node?.reportProblem(problem),
  });
  logNotices(runtime, logger, () => systemClock.now().mono);
  const watchdog = isOnline ? new Watchdog(systemClock, logger) : null;
  watchdog?.start();
  const network = new Network({
    runtime,
    clock: systemClock,
    logger,
    allowedOrigins: settings.allowedOrigins,
    rendezvousErrorThreshold: settings.rendezvousErrorThreshold,
    tracing,
  });
  node = new LocalNode({ folder, mesh, runtime, network, settings, logger, watchdog, tracing });
  if (options.listen !== undefined && options.listen !== null) {
    node.startWork();
    const httpHandler = options.httpHandler;
    try {
      await network.listen({ ...options.listen, ...(httpHandler && { httpHandler }) });
      for (const url of settings.rendezvous) node.addRendezvous(url);
    } catch (error) {
      await node.close();
      throw error;
    }
  }
  return node;
}
