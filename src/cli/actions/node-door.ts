/**
 * The way to the node of a folder for somebody who stays: through the process that runs it, or by
 * running it here when none does, from then on.
 */
import { openNode } from "../../api/open-node.ts";
import type { TowlineNode } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Config } from "../../node/config.ts";
import type { Logger } from "../../node/logger.ts";
import type { Tracing } from "../../node/tracing.ts";
import type { CommandContext, NodeCommand } from "../../commands/command.ts";
import { hello } from "../../commands/node.ts";
import type { CallHooks, LocalClient } from "../local/client.ts";
import { connectLocal } from "../local/client.ts";
import type { LocalServer } from "../local/server.ts";
import { serveLocal } from "../local/server.ts";
import type { Webhooks } from "../../webhooks/webhooks.ts";
import { startWebhooks } from "../../webhooks/webhooks.ts";
import { becomeMember } from "./membership.ts";
import type { Candidate } from "./membership.ts";

export interface DoorOptions extends Candidate {
  readonly onFatal: (error: TowlineError) => void;
  /** How long a node that went away may take to come back, before this process runs it. */
  readonly graceMs: number;
  readonly tracing: Tracing;
}

interface Hosted {
  readonly node: TowlineNode;
  readonly local: LocalServer | null;
  readonly webhooks: Webhooks | null;
}

export class NodeDoor {
  readonly #options: DoorOptions;
  #client: LocalClient | null = null;
  #hosted: Hosted | null = null;
  #opening: Promise<Hosted> | null = null;
  /** On the monotonic clock: until then, another process is expected to run the node. */
  #expectedUntil = 0;
  #isClosed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Whether this process runs the node. */
  get isHost(): boolean {
    return this.#hosted !== null;
  }

  /** Resolves when a node answers, here or there; several processes may start at once. */
  async open(): Promise<void> {
    const deadline = performance.now() + startMs;
    for (;;) {
      try {
        await this.call(hello, {});
        return;
      } catch (error) {
        const mayPass = error instanceof TowlineError && error.code === "node/stopped";
        if (!mayPass || performance.now() > deadline) throw error;
      }
      await sleep(lookMs * (1 + Math.random()));
    }
  }

  /** Rejects with what the command throws, and with `node/stopped` while there is no node. */
  async call<Params, Row, Result>(
    command: NodeCommand<Params, Row, Result>,
    params: Params,
    given: Partial<CallHooks<Row>> = {},
  ): Promise<Result> {
    const hosted = this.#hosted ?? (await this.#reach());
    if (hosted !== null) return await command.run(this.#context(hosted.node, given), params);
    const hooks = { rows: () => undefined, progress: () => undefined, ...given };
    try {
      return (await this.#client?.call(command.name, params, hooks)) as Result;
    } catch (error) {
      if (error instanceof TowlineError && error.code === "node/stopped") {
        this.#client = null;
        this.#expect(this.#options.graceMs);
      }
      throw error;
    }
  }

  #expect(ms: number): void {
    this.#expectedUntil = Math.max(this.#expectedUntil, performance.now() + ms);
  }

  /** Finds the process that runs the node, or becomes it. Null when it is another one. */
  async #reach(): Promise<Hosted | null> {
    if (this.#client !== null) return null;
    this.#client = await this.#find();
    if (this.#client !== null) return null;
    if (this.#isClosed) throw new TowlineError("node/stopped", "The node was stopped.");
    // Several calls at once must not open it twice.
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return await this.#opening;
  }

  /** Null when no process runs the node, and none is expected to. */
  async #find(): Promise<LocalClient | null> {
    for (;;) {
      const client = await connectLocal(this.#options.dir);
      const isHopeless = this.#isClosed || performance.now() >= this.#expectedUntil;
      if (client !== null || isHopeless) return client;
      await sleep(lookMs);
    }
  }

  /** Leaves the node to a process that was started to run it, and goes on through that. */
  readonly #giveWay = (): void => {
    const hosted = this.#hosted;
    if (hosted === null) return;
    this.#hosted = null;
    this.#expect(giveWayMs);
    // Whoever asked is answered first.
    setImmediate(() => {
      closeHosted(hosted).catch((error: unknown) => {
        this.#options.logger.error({ error: String(error) }, "the node did not close");
      });
    });
  };

  async #open(): Promise<Hosted> {
    const { dir, config, logger } = this.#options;
    try {
      const node = await this.#openNode(dir, config, logger);
      this.#hosted = await this.#host(node);
      return this.#hosted;
    } catch (error) {
      const isTaken = error instanceof TowlineError && error.code === "folder/in-use";
      if (!isTaken) throw error;
      // Somebody was faster, or a short command has it open: look again.
      throw new TowlineError("node/stopped", error.message, { cause: error });
    }
  }

  /** What belongs to a node that runs. */
  async #host(node: TowlineNode): Promise<Hosted> {
    const { dir, config, logger } = this.#options;
    let webhooks: Webhooks | null = null;
    try {
      webhooks = startWebhooks({ node, settings: config.webhooks, logger });
      const local = await serveLocal(dir, { node, config, giveWay: this.#giveWay }, logger);
      return { node, local, webhooks };
    } catch (error) {
      await closeHosted({ node, local: null, webhooks });
      throw error;
    }
  }

  async #openNode(dir: string, config: Config, logger: Logger): Promise<TowlineNode> {
    const { onFatal, tracing } = this.#options;
    const open = async (): Promise<TowlineNode> =>
      await openNode({ dir, settings: config, listen: config.listen, logger, tracing, onFatal });
    try {
      return await open();
    } catch (error) {
      const isFresh = error instanceof TowlineError && error.code === "folder/not-initialized";
      if (!isFresh) throw error;
    }
    await becomeMember(this.#options);
    return await open();
  }

  #context<Row>(
    node: TowlineNode,
    { rows, progress, signal }: Partial<CallHooks<Row>>,
  ): CommandContext<Row> {
    return {
      node,
      config: this.#options.config,
      signal: signal ?? new AbortController().signal,
      rows: (some) => {
        rows?.(some);
        return Promise.resolve();
      },
      progress: (done, all) => progress?.(done, all),
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // A call may be about to open it.
    await this.#opening?.catch(() => null);
    if (this.#hosted !== null) await closeHosted(this.#hosted);
  }
}

async function closeHosted({ local, webhooks, node }: Hosted): Promise<void> {
  await local?.close();
  await webhooks?.close();
  await node.close();
}

/** How long processes that start at once may take to find out which of them runs the node. */
const startMs = 10_000;
/** Between two looks for the process that runs the node. */
const lookMs = 50;
/** How long the process that asked for the node may take to open it. */
const giveWayMs = 5_000;

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
