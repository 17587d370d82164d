/** Runs a node until it is asked to stop: what up, start and join --up have in common. */
import { openNode } from "../../api/open-node.ts";
import type { TowlineNode } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Config, ConfigFlags } from "../../node/config.ts";
import { resolveConfig } from "../../node/config.ts";
import type { Logger } from "../../node/logger.ts";
import type { Tracing } from "../../node/tracing.ts";
import { startTracing } from "../../node/start-tracing.ts";
import type { CommandHost, WebPort } from "../../commands/command.ts";
import { WebServer } from "../../web/server.ts";
import type { Webhooks } from "../../webhooks/webhooks.ts";
import { startWebhooks } from "../../webhooks/webhooks.ts";
import { giveWay } from "../../commands/node.ts";
import { reportFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { connectLocal } from "../local/client.ts";
import type { LocalServer } from "../local/server.ts";
import { serveLocal } from "../local/server.ts";
import { createLogger, levelOf } from "../logger.ts";
import { whileInUse } from "../session.ts";
import { becomeMember } from "./membership.ts";
import { StopSignal } from "./stop-signal.ts";

export interface ServeOptions {
  readonly name?: string;
  readonly host?: string;
  readonly port?: string;
  readonly rendezvous?: readonly string[];
  readonly open?: boolean;
  /** For the first join of a fresh folder. */
  readonly token?: string;
}

export interface Running extends CommandHost {
  readonly web: WebPort;
}

/** Runs the node in `dir`; `announce` is called once it accepts connections. */
export async function serve(
  invocation: Invocation,
  dir: string,
  options: ServeOptions,
  announce: (running: Running) => Promise<void>,
): Promise<void> {
  const { terminal, env } = invocation;
  const stop = new StopSignal();
  const level = invocation.options.debug === true ? "debug" : terminal.isQuiet ? "warn" : "info";
  const logger = createLogger(terminal, levelOf(env, level));
  const flags: ConfigFlags = options;
  const { config } = resolveConfig({ flags, env, dir });
  const token = options.token ?? env["TOWLINE_TOKEN"] ?? null;
  const tracing = await startTracing(logger);
  const server = new WebServer(logger, tracing);
  const opening = { dir, config, token, logger, tracing, stop, server };
  const node = await openServing(invocation, opening);
  if (node === null) return;
  let local: LocalServer | null = null;
  let webhooks: Webhooks | null = null;
  try {
    webhooks = startWebhooks({ node, settings: config.webhooks, logger });
    const web = server.serve({ node, config });
    local = await serveLocal(dir, { node, config, web }, logger);
    if (config.open) logger.warn({}, openWarning);
    await announce({ node, config, web });
    await stop.wait();
  } finally {
    await local?.close();
    await server.close();
    await webhooks?.close();
    await node.close();
    await tracing.close();
  }
}

const openWarning =
  "this node is open: whoever reaches its URL can read the pipeline and write to it";

interface Opening {
  readonly dir: string;
  readonly config: Config;
  readonly token: string | null;
  readonly logger: Logger;
  readonly stop: StopSignal;
  readonly tracing: Tracing;
  readonly server: WebServer;
}

/** Null when the process was asked to stop before the folder had a mesh. */
async function openServing(invocation: Invocation, opening: Opening): Promise<TowlineNode | null> {
  const { dir, config, logger, tracing, stop, server } = opening;
  const open = (): Promise<TowlineNode> =>
    openNode({
      dir,
      settings: config,
      listen: config.listen,
      httpHandler: server.handler,
      logger,
      tracing,
      onFatal: (error) => endAtOnce(invocation, error),
    });
  try {
    return await whenFree(dir, open);
  } catch (error) {
    const isFresh = error instanceof TowlineError && error.code === "folder/not-initialized";
    if (!isFresh) throw error;
  }
  await becomeMember(opening);
  return stop.isStopped ? null : await whenFree(dir, open);
}

/** Waits for a short command to end, and asks an agent that runs the node to leave it to us. */
async function whenFree(dir: string, open: () => Promise<TowlineNode>): Promise<TowlineNode> {
  return await whileInUse(open, async () => await givesWay(dir));
}

/** False when a node runs that is there to stay. */
async function givesWay(dir: string): Promise<boolean> {
  const client = await connectLocal(dir);
  if (client === null) return true;
  const hooks = { rows: () => undefined, progress: () => undefined };
  try {
    const answer = await client.call(giveWay.name, {}, hooks);
    return (answer as { readonly isGiven: boolean }).isGiven;
  } catch (error) {
    // It went by itself, or is of a version that does not give way.
    return error instanceof TowlineError && error.code === "node/stopped";
  }
}

/** What this process says from here on would not be true. */
function endAtOnce({ terminal, options }: Invocation, error: TowlineError): void {
  process.exit(reportFailure(error, { terminal, isDebug: options.debug === true }));
}
