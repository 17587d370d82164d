/** Runs commands on the node of a folder: in the process that has it open, else in this one. */
import type { TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { Config } from "../node/config.ts";
import type { Logger } from "../node/logger.ts";
import { silentLogger } from "../node/logger.ts";
import type { NodeCommand } from "./command.ts";
import type { Invocation } from "./invocation.ts";
import type { CallHooks, LocalClient } from "./local/client.ts";
import { connectLocal } from "./local/client.ts";

export interface Session extends AsyncDisposable {
  /** True when the node runs in another process. */
  readonly isRemote: boolean;
  call<Params, Row, Result>(
    command: NodeCommand<Params, Row, Result>,
    params: Params,
    hooks?: Partial<CallHooks<Row>>,
  ): Promise<Result>;
}

/** How long a folder may be taken by a command that is about to end, or a node about to start. */
const patienceMs = 5_000;
const retryMs = 25;

/** Throws `folder/not-initialized`, `folder/in-use`, `config/invalid`, `key/…`, `store/…`. */
export async function openSession(invocation: Invocation): Promise<Session> {
  const dir = invocation.existingFolder;
  return await whileInUse(async () => {
    const client = await connectLocal(dir);
    if (client !== null) return new RemoteSession(client);
    // Loaded only when it is needed: most commands go through a node that runs.
    const { openNode } = await import("../api/open-node.ts");
    const { resolveConfig } = await import("../node/config.ts");
    const logger = await debugLogger(invocation);
    const { config } = resolveConfig({ flags: {}, env: invocation.env, dir });
    const node = await openNode({ dir, settings: config, listen: null, logger });
    return new OwnSession(node, config);
  });
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

class RemoteSession implements Session {
  readonly isRemote = true;
  readonly #client: LocalClient;

  constructor(client: LocalClient) {
    this.#client = client;
  }

  async call<Params, Row, Result>(
    command: NodeCommand<Params, Row, Result>,
    params: Params,
    hooks: Partial<CallHooks<Row>> = {},
  ): Promise<Result> {
    // The same program is on the other side, run by the same user.
    return (await this.#client.call(command.name, params, { ...idle, ...hooks })) as Result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Each call has a connection of its own.
  }
}

class OwnSession implements Session {
  readonly isRemote = false;
  readonly #node: TowlineNode;
  readonly #config: Config;

  constructor(node: TowlineNode, config: Config) {
    this.#node = node;
    this.#config = config;
  }

  async call<Params, Row, Result>(
    command: NodeCommand<Params, Row, Result>,
    params: Params,
    hooks: Partial<CallHooks<Row>> = {},
  ): Promise<Result> {
    const { rows, progress } = { ...idle, ...hooks };
    return await command.run(
      {
        node: this.#node,
        config: this.#config,
        signal: new AbortController().signal,
        rows: (some) => {
          rows(some);
          return Promise.resolve();
        },
        progress,
      },
      params,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.close();
  }
}

const idle = { rows: () => undefined, progress: () => undefined };
