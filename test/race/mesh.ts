/** A hub, nodes that dial it through lines that can be cut, and agents: real processes. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shortLived } from "../../src/cli/testing/program.ts";
import { Relay } from "../support/relay.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");
/** Many processes that start at once on a machine of two cores. */
const startMs = 120_000;

export interface MeshOptions {
  readonly nodes: number;
  readonly items: number;
  /** Settings of every node, as variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
}

/** A process of the program, with what it printed. */
export class Running {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  isEnded = false;

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TOWLINE_"));
    this.child = spawn(process.execPath, [...shortLived, main, ...args], {
      cwd: root,
      env: {
        ...Object.fromEntries(inherited),
        NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString("utf8")));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString("utf8")));
    this.child.on("close", () => (this.isEnded = true));
  }

  async line(): Promise<string> {
    return await until(
      () => {
        if (this.isEnded) throw new Error(`the process ended: ${this.stderr}`);
        return this.stdout.includes("\n") ? this.stdout.split("\n")[0] : null;
      },
      () => `the process says that it is ready; it said ${this.stderr}`,
      startMs,
    );
  }

  /** Events that an agent printed, one a line. */
  events(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stdout.split("\n").filter((line) => line.startsWith("{"));
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as Readonly<Record<string, unknown>>];
      } catch {
        // The last line may still be on its way.
        return [];
      }
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.isEnded) return;
    const closed = once(this.child, "close");
    this.child.kill(signal);
    await closed;
  }
}

export interface Node {
  readonly dir: string;
  readonly running: Running;
  /** Null for the hub. */
  readonly line: Relay | null;
}

/** Who holds an item, as one node sees it. */
export interface Winner {
  readonly item: string;
  readonly claim: string | null;
  readonly epoch: number;
  readonly state: string;
  readonly stage: unknown;
  readonly guarantee: string;
}

export class RaceMesh {
  readonly folder: string;
  readonly nodes: readonly Node[];
  readonly agents: Running[] = [];
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    folder: string,
    nodes: readonly Node[],
    env: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.nodes = nodes;
    this.#env = env;
  }

  /** Nodes 1 and on dial node 0. All have the same items, in the stage coding. */
  static async start(options: MeshOptions): Promise<RaceMesh> {
    const folder = mkdtempSync(join(tmpdir(), "towline-race-"));
    const env = { ...options.env, TOWLINE_LOG_LEVEL: "warn" };
    const mesh = (nodes: readonly Node[]): RaceMesh => new RaceMesh(folder, nodes, env);
    const hub: Node = {
      dir: join(folder, "hub"),
      line: null,
      running: new Running(["up", ...at(join(folder, "hub")), "--open"], env),
    };
    const { url } = JSON.parse(await hub.running.line()) as { readonly url: string };
    await mesh([hub]).#fill(options.items);
    options.say(`a hub with ${options.items} items at ${url}`);
    const nodes: Node[] = [hub];
    for (let number = 1; number < options.nodes + 1; number += 1) {
      const line = await Relay.to(url);
      const dir = join(folder, `node-${number}`);
      const running = new Running(["up", ...at(dir), "--rendezvous", line.url], env);
      nodes.push({ dir, running, line });
    }
    await Promise.all(nodes.map(async ({ running }) => await running.line()));
    const whole = mesh(nodes);
    await whole.settled();
    return whole;
  }

  async #fill(items: number): Promise<void> {
    const lines = Array.from({ length: items }, (_, number) =>
      JSON.stringify({ id: itemName(number), title: `Item ${number}`, status: "open" }),
    );
    const file = join(this.folder, "items.jsonl");
    writeFileSync(file, `${lines.join("\n")}\n`);
    await this.run(0, ["import", file]);
    mkdirSync(join(this.folder, "runs"));
  }

  /** What a command prints with `--json`. Throws when it fails. */
  async run(node: number, args: readonly string[]): Promise<unknown> {
    const dir = this.#node(node).dir;
    const running = new Running([...args, "--dir", dir, "--json"], this.#env);
    const [code] = (await once(running.child, "close")) as [number | null];
    if (code !== 0)
      throw new Error(`${args.join(" ")} ended with ${code ?? "?"}: ${running.stderr}`);
    return JSON.parse(running.stdout);
  }

  #node(number: number): Node {
    const node = this.nodes[number];
    if (node === undefined) throw new Error(`there is no node ${number}`);
    return node;
  }

  /** An agent on a node. Its command notes in a file that it begins, waits, and that it ends. */
  agent(
    node: number,
    options: { readonly name: string; readonly ms: number; readonly flags?: readonly string[] },
  ): Running {
    const runs = join(this.folder, "runs", "log");
    const line = `$TOWLINE_ITEM $TOWLINE_EPOCH ${options.name}`;
    const wait = options.ms === 0 ? "" : `sleep ${options.ms / 1_000};`;
    const command = `echo "begin ${line}" >> ${runs}; ${wait} echo "end ${line}" >> ${runs}`;
    const { dir } = this.#node(node);
    const flags = ["--stage", "backlog", "--to", "done", ...(options.flags ?? [])];
    const agent = new Running(
      ["agent", "--dir", dir, "--json", "--actor", options.name, "--run", command, ...flags],
      this.#env,
    );
    this.agents.push(agent);
    return agent;
  }

  /** How often each item was begun and ended. */
  runs(): {
    readonly begun: ReadonlyMap<string, number>;
    readonly ended: ReadonlyMap<string, number>;
  } {
    const path = join(this.folder, "runs", "log");
    const begun = new Map<string, number>();
    const ended = new Map<string, number>();
    if (!existsSync(path)) return { begun, ended };
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const [what, item] = line.split(" ");
      const counts = what === "begin" ? begun : what === "end" ? ended : null;
      if (counts !== null && item !== undefined) counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    return { begun, ended };
  }

  /** What the log of commands says of items that were ended more than once. */
  twice(): readonly string[] {
    const path = join(this.folder, "runs", "log");
    const { ended } = this.runs();
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => (ended.get(line.split(" ")[1] ?? "") ?? 0) > 1);
  }

  async winners(node: number): Promise<readonly Winner[]> {
    return (await this.run(node, ["claims", "--all"])) as readonly Winner[];
  }

  /** Waits until all nodes have the same ops and the same state. */
  async settled(ms = 60_000): Promise<void> {
    const deadline = performance.now() + ms;
    for (;;) {
      const digests = await Promise.all(
        this.nodes.map(async (_, node) => JSON.stringify(await this.run(node, ["digest"]))),
      );
      if (new Set(digests).size === 1) return;
      if (performance.now() > deadline) throw new Error(`no agreement: ${digests.join(" ")}`);
    }
  }

  /** Items whose winner is not the same on all nodes. */
  async winnersDiffer(): Promise<number> {
    const boards = await Promise.all(
      this.nodes.map(async (_, node) => {
        const rows = await this.winners(node);
        return new Map(rows.map(({ item, claim, epoch }) => [item, `${claim ?? ""} ${epoch}`]));
      }),
    );
    const items = new Set(boards.flatMap((board) => [...board.keys()]));
    return [...items].filter((item) => new Set(boards.map((board) => board.get(item))).size > 1)
      .length;
  }

  async close(): Promise<void> {
    await Promise.all(this.agents.map(async (agent) => await agent.stop()));
    await Promise.all(this.nodes.map(async ({ running }) => await running.stop()));
    await Promise.all(this.nodes.map(async ({ line }) => await line?.close()));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function at(dir: string): readonly string[] {
  return ["--dir", dir, "--port", "0", "--json"];
}

export function itemName(number: number): string {
  return `item-${String(number).padStart(4, "0")}`;
}

/** Items that were ended more than once: double work, to its end. */
export function duplicatesIn(counts: ReadonlyMap<string, number>): number {
  let duplicates = 0;
  for (const count of counts.values()) duplicates += count - 1;
  return duplicates;
}
