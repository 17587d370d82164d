/** Runs a command on the node of a folder: in the process that has it open, else in this one. */
import { TowlineError } from "../base/errors.ts";
import type { Logger } from "../node/logger.ts";
import { silentLogger } from "../node/logger.ts";
import type { NodeCommand } from "../commands/command.ts";
import type { Invocation } from "./invocation.ts";
import type { CallHooks } from "./local/client.ts";
import { connectLocal } from "./local/client.ts";

/** How long a folder may be taken by a command that is about to end, or a node about to start. */
const patienceMs = 5_000;
const retryMs = 25;

/**
 * Runs `command`, and returns once the store is closed again if it was opened here. Throws what the
 * command throws, and `folder/…`, `config/invalid`, `key/…`, `store/…`, `node/stopped`.
 */
export async function runCommand<Params, Row, Result>(
  invocation: Invocation,
  command: NodeCommand<Params, Row, Result>,
  params: Params,
  given: Partial<CallHooks<Row>> = {},
): Promise<Result> {
  const dir = invocation.existingFolder;
  const hooks = { rows: () => undefined, progress: () => undefined, ...given };
  const run = await whileInUse(async () => {
    const client = await connectLocal(dir);
    // The same program is on the other side, run by the same user.
    if (client !== null)
      return async () => (await client.call(command.name, params, hooks)) as Result;
    return await openHere(invocation, dir, { command, params, hooks });
  });
  return await run();
}

/** Opens the store; what is returned runs the command on it and closes it. */
async function openHere<Params, Row, Result>(
  invocation: Invocation,
  dir: string,
  call: {
    readonly command: NodeCommand<Params, Row, Result>;
    readonly params: Params;
    readonly hooks: CallHooks<Row>;
  },
): Promise<() => Promise<Result>> {
  // Loaded only when it is needed: most commands go through a node that runs.
  const { openNode } = await import("../api/open-node.ts");
  const { resolveConfig } = await import("../node/config.ts");
  const { config } = resolveConfig({ flags: {}, env: invocation.env, dir });
  const logger = await debugLogger(invocation);
  const node = await openNode({ dir, settings: config, listen: null, logger });
  const { command, params, hooks } = call;
  const context = {
    node,
    config,
    signal: new AbortController().signal,
    rows: (rows: readonly Row[]) => {
      hooks.rows(rows);
      return Promise.resolve();
    },
    progress: (done: number, all: number | null) => hooks.progress(done, all),
  };
  return async () => {
    try {
      return await command.run(context, params);
    } finally {
      await node.close();
    }
  };
}

/** Short commands tell what went wrong by their error; their log is for those who debug. */
export async function debugLogger({ options, terminal }: Invocation): Promise<Logger> {
  if (options.debug !== true) return silentLogger;
  const { createLogger } = await import("./logger.ts");
  return createLogger(terminal, "debug");
}

/**
 * Tries again while another process has the folder, for as long as a short command may take;
 * `mayEnd` tells whether there is any hope that it will be free.
 */
export async function whileInUse<Result>(
  attempt: () => Promise<Result>,
  mayEnd: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isInUse = error instanceof TowlineError && error.code === "folder/in-use";
      if (!isInUse || performance.now() > giveUpAt || !(await mayEnd())) throw error;
    }
    // Not in step with others that wait for the same.
    await new Promise((resolve) => setTimeout(resolve, retryMs * (1 + Math.random())));
  }
}
