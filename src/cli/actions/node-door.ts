/**
 * The way to the node of a folder for somebody who stays: through the process that runs it, or by
 * running it here when none does, from then on.
 */
import { openNode } from "../../api/open-node.ts";
import type { TowlineNode } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Config } from "../../node/config.ts";
import type { Logger } from "../../node/logger.ts";
import type { CommandContext, NodeCommand } from "../../commands/command.ts";
import type { LocalClient } from "../local/client.ts";
import { connectLocal } from "../local/client.ts";
import type { LocalServer } from "../local/server.ts";
import { serveLocal } from "../local/server.ts";
import { becomeMember } from "./membership.ts";
import type { Candidate } from "./membership.ts";

export interface DoorOptions extends Candidate {
  readonly onFatal: (error: TowlineError) => void;
}

interface Hosted {
  readonly node: TowlineNode;
  readonly local: LocalServer;
}

export class NodeDoor {
  readonly #options: DoorOptions;
  #client: LocalClient | null = null;
  #hosted: Hosted | null = null;
  #opening: Promise<Hosted> | null = null;
  #isClosed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Whether this process runs the node. */
  get isHost(): boolean {
    return this.#hosted !== null;
  }

  /** Rejects with what the command throws, and with `node/stopped` while there is no node. */
  async call<Params, Result>(
    command: NodeCommand<Params, never, Result>,
    params: Params,
  ): Promise<Result> {
    const hosted = this.#hosted ?? (await this.#reach());
    if (hosted !== null) return await command.run(this.#context(hosted.node), params);
    try {
      return (await this.#client?.call(command.name, params, hooks)) as Result;
    } catch (error) {
      if (error instanceof TowlineError && error.code === "node/stopped") this.#client = null;
      throw error;
    }
  }

  /** Finds the process that runs the node, or becomes it. Null when it is another one. */
  async #reach(): Promise<Hosted | null> {
    if (this.#client !== null) return null;
    this.#client = await connectLocal(this.#options.dir);
    if (this.#client !== null) return null;
    if (this.#isClosed) throw new TowlineError("node/stopped", "The node was stopped.");
    // Several calls at once must not open it twice.
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return await this.#opening;
  }

  async #open(): Promise<Hosted> {
    const { dir, config, logger } = this.#options;
    try {
      const node = await this.#openNode(dir, config, logger);
      const local = await serveLocal(dir, { node, config }, logger);
      this.#hosted = { node, local };
      return this.#hosted;
    } catch (error) {
      const isTaken = error instanceof TowlineError && error.code === "folder/in-use";
      if (!isTaken) throw error;
      // Somebody was faster, or a short command has it open: look again.
      throw new TowlineError("node/stopped", error.message, { cause: error });
    }
  }

  async #openNode(dir: string, config: Config, logger: Logger): Promise<TowlineNode> {
    const { onFatal } = this.#options;
    const open = async (): Promise<TowlineNode> =>
      await openNode({ dir, settings: config, listen: config.listen, logger, onFatal });
    try {
      return await open();
    } catch (error) {
      const isFresh = error instanceof TowlineError && error.code === "folder/not-initialized";
      if (!isFresh) throw error;
    }
    await becomeMember(this.#options);
    return await open();
  }

  #context(node: TowlineNode): CommandContext<never> {
    return {
      node,
      config: this.#options.config,
      signal: new AbortController().signal,
      rows: () => Promise.resolve(),
      progress: () => undefined,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const hosted = this.#hosted;
    await hosted?.local.close();
    await hosted?.node.close();
  }
}

const hooks = { rows: () => undefined, progress: () => undefined };
