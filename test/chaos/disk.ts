/**
 * A real node on a small disk that fills up at many points: while it is written to, imports, syncs,
 * starts, is founded or dies. What it refuses has the code, what it acknowledged stays, it goes on
 * answering, and it heals by itself once there is space.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../src/sim/prng.ts";
import { agree, checkFolder, checkKept, mustStart, runTrial, Writer } from "./mesh.ts";
import type { Outcome, Settings, Violations } from "./part.ts";
import { messageOf, percentile, sleep, Tally } from "./part.ts";
import { command, errorCodeIn, NodeProcess } from "./process.ts";
import { SmallDisk } from "./small-disk.ts";

const diskKib = 16_384;
/** A new disk when the store has used so much of the old one. */
const usedBytesMax = 10_000_000;
const roomBytesMax = 250_000;
/** The node looks every 2 s whether the disk takes writes again. */
const healMs = 8_000;
const agreeMs = 70_000;

const points = ["write", "write", "import", "import", "kill", "start", "found", "sync"] as const;
type Point = (typeof points)[number];

/** Why a node may refuse to start or to be founded on a full disk. */
const startCodes: readonly string[] = ["store/full"];

export async function disk(settings: Settings): Promise<Outcome> {
  return await runTrial("disk", settings, (folder, violations) => {
    return new Trial(settings, folder, violations);
  });
}

class Trial {
  readonly #settings: Settings;
  readonly #folder: string;
  readonly #violations: Violations;
  readonly #points = new Tally();
  readonly #refused = new Tally();
  readonly #starts = new Tally();
  readonly #healed: number[] = [];
  #hub: NodeProcess | null = null;
  #disk: SmallDisk | null = null;
  #node: NodeProcess | null = null;
  #writer: Writer | null = null;
  #acked = 0;
  #full = 0;
  #fullWrites = 0;
  #isSkipped = false;

  constructor(settings: Settings, folder: string, violations: Violations) {
    this.#settings = settings;
    this.#folder = folder;
    this.#violations = violations;
  }

  get figures(): Outcome["figures"] {
    if (this.#isSkipped) return { skipped: "only root may mount a disk of its own" };
    return {
      points: this.#points.json,
      fullSeen: this.#full,
      acknowledged: this.#acked + (this.#writer?.acked.length ?? 0),
      refused: this.#refused.json,
      startsRefused: this.#starts.json,
      healedMsP50: percentile(this.#healed, 0.5),
      healedMsMax: percentile(this.#healed, 1),
    };
  }

  async run(): Promise<void> {
    const { rounds, only, seed, log } = this.#settings;
    for (let round = 0; round < rounds && !this.#violations.isFull; round += 1) {
      if (only !== null && only !== round) continue;
      if (!(await this.#prepare(round))) {
        this.#isSkipped = true;
        log("NOT TESTED: this needs a disk of its own, and only root may mount one");
        return;
      }
      const prng = new Prng(`${seed}/disk/${round}`);
      const point = prng.pick(points);
      const before = this.#full;
      this.#points.add(point);
      const room = prng.below(4) === 0 ? prng.below(20_000) : prng.below(roomBytesMax);
      await this.#point(point, room, prng, round);
      const seen = this.#full > before ? "was full" : "had room";
      log(`point ${round}: ${point} with ${room} bytes free: ${seen}`);
    }
    await this.#settle();
  }

  /** A node with enough of a disk. */
  async #prepare(round: number): Promise<boolean> {
    const used = diskKib * 1_024 - (this.#disk?.freeBytes ?? 0);
    if (this.#node?.isUp === true && used < usedBytesMax) return true;
    await this.#settle();
    this.#disk = SmallDisk.mount(join(this.#folder, `disk-${round}`), diskKib);
    if (this.#disk === null) return false;
    if (this.#hub === null) {
      this.#hub = new NodeProcess(join(this.#folder, "hub"), ["--open"]);
      await this.#hub.start();
    }
    const args = ["--rendezvous", this.#hub.url];
    this.#node = new NodeProcess(join(this.#disk.folder, "node"), args);
    await this.#node.start();
    const prng = new Prng(`${this.#settings.seed}/writer/${round}`);
    const named = { name: `d${round}`, prng, refused: this.#refused };
    this.#writer = new Writer(this.#node, named);
    return true;
  }

  /** The last word on a disk: everything is there, and passes every check. */
  async #settle(): Promise<void> {
    const [node, hub, writer] = [this.#node, this.#hub, this.#writer];
    if (node === null || hub === null || writer === null) return;
    this.#disk?.free();
    await agree([hub, node], agreeMs, this.#violations);
    await checkKept([hub, node], writer.acked, this.#violations);
    await checkFolder(node, this.#violations);
    this.#acked += writer.acked.length;
    [this.#node, this.#writer] = [null, null];
    this.#disk?.unmount();
  }

  async #point(point: Point, room: number, prng: Prng, round: number): Promise<void> {
    const [node, small] = [this.#node, this.#disk];
    if (node === null || small === null) return;
    if (point === "start") await node.stop();
    small.fill(room);
    switch (point) {
      case "write":
        await this.#writeUntilFull(prng);
        break;
      case "import":
        await this.#import(prng, round);
        break;
      case "kill":
        await this.#writeUntilFull(prng);
        await node.kill();
        await this.#startOnFull(node, round);
        break;
      case "start":
        await this.#startOnFull(node, round);
        break;
      case "found":
        await this.#found(small.folder, round);
        break;
      case "sync":
        await this.#sync(prng, round);
    }
    if (node.isUp) await this.#look(node, round);
    small.free();
    if (!node.isUp && !(await mustStart(node, this.#violations))) throw new Error(`point ${round}`);
    await this.#heal(node, round);
  }

  async #writeUntilFull(prng: Prng): Promise<void> {
    const bytes = prng.pick([300, 3_000, 40_000]);
    for (let at = 0; at < 1_000; at += 1) {
      if ((await this.#writer?.write(bytes)) !== true) break;
    }
    for (let at = 0; at < 3; at += 1) await this.#writer?.write(bytes);
    this.#checkRefusals();
  }

  #checkRefusals(): void {
    const { "store/full": full = 0, ...other } = this.#refused.json;
    if (full > this.#fullWrites) this.#full += 1;
    this.#fullWrites = full;
    const [code] = Object.keys(other);
    if (code !== undefined) this.#violations.add(`a write was refused with ${code}`);
  }

  /** An import that the disk cuts short says so, and goes on where it stopped. */
  async #import(prng: Prng, round: number): Promise<void> {
    const [node, small] = [this.#node, this.#disk];
    if (node === null || small === null) return;
    const count = prng.between(50, 1_500);
    const path = join(this.#folder, `import-${round}.jsonl`);
    const ids = Array.from({ length: count }, (_, at) => `imp-${round}-${at}`);
    const line = (id: string): string =>
      JSON.stringify({ id, title: `item ${id}`, status: "open" });
    writeFileSync(path, `${ids.map(line).join("\n")}\n`);
    try {
      await node.call("import", { path, actor: "importer" });
    } catch (error) {
      this.#refused.add(messageOf(error).split(": ")[0] ?? "");
      this.#checkRefusals();
      await this.#look(node, round);
      small.free();
      await this.#heal(node, round);
      await node.call("import", { path, actor: "importer" });
    }
    rmSync(path);
    const live = new Set<string>();
    await node.call("list", {}, (rows: readonly { readonly item: string }[]) => {
      for (const { item } of rows) live.add(item);
    });
    const missing = ids.filter((id) => !live.has(id)).length;
    if (missing > 0) this.#violations.add(`point ${round}: ${missing} imported items are missing`);
  }

  /** It may refuse to start, with the code; when it starts it answers. */
  async #startOnFull(node: NodeProcess, round: number): Promise<void> {
    try {
      await node.start();
    } catch (error) {
      const code = errorCodeIn(node.log) ?? messageOf(error);
      this.#full += 1;
      this.#starts.add(code);
      if (startCodes.includes(code)) return;
      this.#violations.add(`point ${round}: start on a full disk ends with ${code}: ${node.log}`);
    }
  }

  /** A mesh is founded whole or not at all, and can be afterwards. */
  async #found(folder: string, round: number): Promise<void> {
    const dir = join(folder, `new-${round}`);
    const tight = await command(["init", "--dir", dir]);
    const code = tight.code === 0 ? null : errorCodeIn(tight.stderr);
    if (tight.code !== 0) this.#full += 1;
    if (tight.code !== 0 && (code === null || !startCodes.includes(code))) {
      this.#violations.add(`point ${round}: init on a full disk: ${tight.stderr}`);
    }
    this.#disk?.free();
    const again = await command(["init", "--dir", dir]);
    const isRight = tight.code === 0 ? again.code === 4 : again.code === 0;
    if (!isRight) this.#violations.add(`point ${round}: init once there is space: ${again.stderr}`);
    const end = await command(["verify", "--dir", dir]);
    if (end.code !== 0) this.#violations.add(`point ${round}: verify after init: ${end.stderr}`);
    rmSync(dir, { recursive: true, force: true });
  }

  /** What the hub sends does not fit; once it does, it comes. */
  async #sync(prng: Prng, round: number): Promise<void> {
    const hub = this.#hub;
    if (hub === null) return;
    const text = "x".repeat(5_000);
    for (let at = 0; at < prng.between(10, 80); at += 1) {
      const fields = [{ field: "title", value: text }];
      await hub.call("add", { item: `hub-${round}-${at}`, fields, actor: "hub" });
    }
    await sleep(300);
    if ((await this.#node?.status())?.problem !== null) this.#full += 1;
  }

  /** The node lives and answers, whatever the disk says. */
  async #look(node: NodeProcess, round: number): Promise<void> {
    const fault = node.fault;
    if (fault !== null) this.#violations.add(`point ${round}: the node said ${fault}`);
    const { problem } = await node.status();
    if (problem !== null && problem.code !== "store/full") {
      this.#violations.add(`point ${round}: the problem is ${problem.code}`);
    }
    const { count } = await node.digest();
    const ids = await node.opIds();
    if (ids.size !== count) this.#violations.add(`point ${round}: ${ids.size} of ${count} ops`);
    const lost = (this.#writer?.acked ?? []).filter(({ op }) => !ids.has(op)).length;
    if (lost > 0) this.#violations.add(`point ${round}: ${lost} acknowledged ops are not there`);
  }

  /** Nobody writes: the node notices by itself that there is space. */
  async #heal(node: NodeProcess, round: number): Promise<void> {
    const since = performance.now();
    for (;;) {
      const { problem } = await node.status();
      if (problem === null) break;
      await sleep(20);
      if (performance.now() - since < healMs) continue;
      this.#violations.add(`point ${round}: not healed after ${healMs} ms: ${problem.code}`);
      return;
    }
    this.#healed.push(performance.now() - since);
    if ((await this.#writer?.write(300)) === false) {
      this.#violations.add(`point ${round}: a write is refused though there is space`);
    }
  }

  async end(): Promise<void> {
    await Promise.all([this.#node?.kill(), this.#hub?.kill()]);
    this.#disk?.unmount();
  }
}
