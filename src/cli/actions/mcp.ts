/**
 * towline mcp: serves the tools of this folder's node to one MCP client, over stdin and stdout.
 * Through the node that runs; without one this process runs it until the client goes.
 */
import { once } from "node:events";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { mcpMessageBytesMax } from "../../base/edge-limits.ts";
import { McpSession } from "../../mcp/server.ts";
import { resolveConfig } from "../../node/config.ts";
import { startTracing } from "../../node/start-tracing.ts";
import { packageVersion } from "../../node/version.ts";
import { reportFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { createLogger, levelOf } from "../logger.ts";

import { NodeDoor } from "./node-door.ts";
import { StopSignal } from "./stop-signal.ts";

/** A node that is started anew is back by then. */
const graceMs = 5_000;

export async function mcp(invocation: Invocation): Promise<void> {
  const { terminal, env } = invocation;
  const dir = invocation.existingFolder;
  const stop = new StopSignal();
  const level = invocation.options.debug === true ? "debug" : "warn";
  const logger = createLogger(terminal, levelOf(env, level));
  // The usual port is for the node that runs by itself.
  const { config } = resolveConfig({ flags: { port: "0" }, env, dir });
  const tracing = await startTracing(logger);
  const door = new NodeDoor({
    ...{ dir, config, token: null, logger, tracing, stop, graceMs },
    onFatal: (error) => {
      const isDebug = invocation.options.debug === true;
      process.exit(reportFailure(error, { terminal, isDebug }));
    },
  });
  try {
    await door.open();
    const session = new McpSession({
      ...{ caller: door, logger, role: "editor", version: packageVersion() },
      ...{ actor: invocation.namedActor, user: invocation.actor },
    });
    // There is one client, and whoever started it wants to know.
    session.server.server.onerror = ({ message }) => {
      logger.warn({ error: message }, "the MCP client sent what was not understood");
    };
    await serveStdio(session, stop);
  } finally {
    await door.close();
    await tracing.close();
    // A client that does not close its end would keep this process from ending.
    process.stdin.destroy();
  }
}

/** Until the client closes its end, or this process is asked to end. */
async function serveStdio(session: McpSession, stop: StopSignal): Promise<void> {
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: mcpMessageBytesMax,
  });
  const closed = new Promise<void>((resolve) => {
    session.server.server.onclose = resolve;
  });
  await session.server.connect(transport);
  await Promise.race([
    once(process.stdin, "end"),
    once(process.stdin, "close"),
    closed,
    stop.wait(),
  ]);
  await session.close();
}
