/**
 * kill -9 of one of three real nodes at a random instant: while it is written to, starts, imports
 * or catches up. What any of them acknowledged has to be on all of them in the end.
 */
import { writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { Prng } from "../../src/sim/prng.ts";
import type { Outcome, Settings, Violations } from "./part.ts";
import { percentile, sleep, Tally } from "./part.ts";
import type { Acked } from "./mesh.ts";
import { agree, checkFolder, checkKept, mustStart, runTrial, Writer } from "./mesh.ts";
import { launch, NodeProcess } from "./process.ts";

const moments = ["writing", "writing", "starting", "importing", "syncing", "command"] as const;
type Moment = (typeof moments)[number];

/** Between two writes of one writer, so that the log stays small enough for many rounds. */
const paceMs = 15;
/** A rendezvous that was down is tried again after at most 30 s. */
const agreeMs = 60_000;
const ownCheckEvery = 10;

export async function kill(settings: Settings): Promise<Outcome> {
  return await runTrial("kill", settings, (folder, violations) => {
    return new Battle(settings, folder, violations);
  });
}

class Battle {
  readonly #settings: Settings;
  readonly #folder: string;
  readonly #violations: Violations;
  readonly #nodes: NodeProcess[] = [];
  readonly #writers: Writer[] = [];
  readonly #refused = new Tally();
  readonly #kills = new Tally();
  /** Acknowledged by commands and imports of their own, not by a writer. */
  readonly #others: Acked[] = [];
  readonly #imports = new Map<string, readonly string[]>();
  #isOver = false;
  #loops: Promise<void>[] = [];
  #figures: Outcome["figures"] = {};

  constructor(settings: Settings, folder: string, violations: Violations) {
    this.#settings = settings;
    this.#folder = folder;
    this.#violations = violations;
  }

  get figures(): Outcome["figures"] {
    return this.#figures;
  }

  async run(): Promise<void> {
    await this.#raise();
    const { rounds, seed } = this.#settings;
    this.#loops = this.#writers.map((writer) => this.#keepWriting(writer));
    for (let round = 0; round < rounds && !this.#violations.isFull; round += 1) {
      await this.#round(round, new Prng(`${seed}/kill/${round}`));
    }
    this.#isOver = true;
    await Promise.all(this.#loops);
    await this.#judge();
  }

  async #raise(): Promise<void> {
    const hub = new NodeProcess(join(this.#folder, "hub"), ["--open"]);
    await hub.start();
    this.#nodes.push(hub);
    for (const name of ["left", "right"]) {
      const node = new NodeProcess(join(this.#folder, name), ["--rendezvous", hub.url]);
      await node.start();
      this.#nodes.push(node);
    }
    for (const [at, node] of this.#nodes.entries()) {
      const prng = new Prng(`${this.#settings.seed}/writer/${at}`);
      this.#writers.push(new Writer(node, { name: `w${at}`, prng, refused: this.#refused }));
    }
  }

  async #keepWriting(writer: Writer): Promise<void> {
    while (!this.#isOver) {
      if (writer.node.isUp) await writer.write();
      await sleep(paceMs);
    }
  }

  async #round(round: number, prng: Prng): Promise<void> {
    const victim = prng.below(this.#nodes.length);
    const node = this.#nodes[victim] as NodeProcess;
    const moment = prng.pick(moments);
    this.#kills.add(moment);
    await this.#strike(moment, node, prng, round);
    const { fault } = node;
    if (fault !== null)
      this.#violations.add(`round ${round}, ${moment}: node ${victim} said ${fault}`);
    if (!(await mustStart(node, this.#violations))) throw new Error(`round ${round} (${moment})`);
    const took = Math.round(node.startMs.at(-1) ?? 0);
    this.#settings.log(`round ${round}: killed node ${victim} while ${moment}, back in ${took} ms`);
    if (round % ownCheckEvery === ownCheckEvery - 1) await this.#checkOwn(victim, round);
  }

  /** What the node acknowledged itself is there at once, whatever the others have. */
  async #checkOwn(victim: number, round: number): Promise<void> {
    const writer = this.#writers[victim] as Writer;
    const acked = [...writer.acked];
    const ids = await writer.node.opIds();
    const lost = acked.filter(({ op }) => !ids.has(op)).length;
    if (lost > 0)
      this.#violations.add(`round ${round}: node ${victim} lost ${lost} of its own ops`);
  }

  async #strike(moment: Moment, node: NodeProcess, prng: Prng, round: number): Promise<void> {
    switch (moment) {
      case "writing":
        await sleep(prng.below(400));
        await node.kill();
        return;
      case "starting":
        await node.kill();
        node.spawn();
        await sleep(prng.below(1_200));
        await node.kill();
        return;
      case "importing":
        await this.#strikeImport(node, prng, round);
        return;
      case "syncing":
        await this.#strikeSync(node, prng, round);
        return;
      case "command":
        await this.#strikeCommand(node, prng, round);
        return;
    }
  }

  async #strikeImport(node: NodeProcess, prng: Prng, round: number): Promise<void> {
    const path = this.#importFile(round, prng.between(100, 600));
    const done = node.call("import", { path, actor: "importer" });
    const settled = done.then(
      () => this.#kills.add("imports that ended first"),
      () => undefined,
    );
    await sleep(prng.below(300));
    await node.kill();
    await settled;
  }

  /** The node comes back to a hub that has moved on, and dies while it catches up. */
  async #strikeSync(node: NodeProcess, prng: Prng, round: number): Promise<void> {
    await node.kill();
    const other = this.#nodes.find((each) => each !== node && each.isUp);
    const path = this.#importFile(round, 300);
    await other?.call("import", { path, actor: "importer" }).catch(() => undefined);
    await node.start();
    await sleep(prng.below(150));
    await node.kill();
  }

  /** With no node running, a command opens the store itself; that process is killed. */
  async #strikeCommand(node: NodeProcess, prng: Prng, round: number): Promise<void> {
    await node.kill();
    const item = `cmd-${round}`;
    const child = launch(["add", "by a command", "--id", item, "--dir", node.dir]);
    let stdout = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    const timer = setTimeout(() => child.kill("SIGKILL"), 100 + prng.below(700));
    await once(child, "close");
    clearTimeout(timer);
    if (!stdout.endsWith("\n")) return;
    const { op } = JSON.parse(stdout) as { readonly op: string };
    this.#others.push({ op, item });
  }

  #importFile(round: number, items: number): string {
    const path = join(this.#folder, `import-${round}.jsonl`);
    const ids = Array.from({ length: items }, (_, at) => `imp-${round}-${at}`);
    const lines = ids.map((id) => JSON.stringify({ id, title: `item ${id}`, status: "open" }));
    writeFileSync(path, `${lines.join("\n")}\n`);
    this.#imports.set(path, ids);
    return path;
  }

  async #judge(): Promise<void> {
    const { log } = this.#settings;
    const acked = [...this.#writers.flatMap((writer) => writer.acked), ...this.#others];
    await this.#repeatImports();
    const agreed = await agree(this.#nodes, agreeMs, this.#violations);
    await checkKept(this.#nodes, acked, this.#violations);
    const starts = this.#nodes.flatMap(({ startMs }) => startMs);
    this.#figures = {
      kills: this.#kills.json,
      acknowledged: acked.length,
      unacknowledged: this.#refused.json,
      ops: agreed?.digest.count ?? null,
      agreedAfterMs: Math.round(agreed?.ms ?? -1),
      starts: starts.length,
      readyMsP50: percentile(starts, 0.5),
      readyMsP99: percentile(starts, 0.99),
    };
    log(`${acked.length} acknowledged ops, ${agreed?.digest.count ?? "?"} ops on each node`);
    for (const node of this.#nodes) await checkFolder(node, this.#violations);
  }

  /** An import that was cut short goes on where it stopped, and doubles nothing. */
  async #repeatImports(): Promise<void> {
    const hub = this.#nodes[0] as NodeProcess;
    const live = new Set<string>();
    for (const path of this.#imports.keys()) {
      await hub.call("import", { path, actor: "importer" });
    }
    await hub.call("list", {}, (rows: readonly { readonly item: string }[]) => {
      for (const { item } of rows) live.add(item);
    });
    const wanted = [...this.#imports.values()].flat();
    const missing = wanted.filter((id) => !live.has(id));
    if (missing.length > 0) {
      this.#violations.add(`${missing.length} imported items are missing, as ${missing[0] ?? ""}`);
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await Promise.all(this.#loops);
  }
}
