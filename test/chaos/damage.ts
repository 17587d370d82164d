/**
 * Bit flips, cuts and worse in the files of a real folder: the program serves exactly what was
 * there, or refuses to start with a clear error. Never another state, a stack trace, or a hang.
 */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../src/sim/prng.ts";
import type { Digest } from "../../src/api/types.ts";
import type { Damage, Image } from "./damage-image.ts";
import { drawDamage, lay, takeImages } from "./damage-image.ts";
import type { Found } from "./damage-worker.ts";
import { removeFolder, temporaryFolder } from "./mesh.ts";
import type { Outcome, Settings } from "./part.ts";
import { messageOf, Tally, Violations } from "./part.ts";
import { command, errorCodeIn, faultIn } from "./process.ts";

const hangMs = 20_000;
/** Of so many cases one goes through a process of the real command line. */
const processEvery = 25;
const reportEvery = 250;

/** What a damaged folder may be refused with. */
const refusals: readonly string[] = [
  ...["store/corrupt", "store/newer-schema", "key/invalid", "config/invalid"],
];

export async function damage(settings: Settings): Promise<Outcome> {
  const folder = temporaryFolder("damage");
  // In memory where that is possible: the disk is not what is tested here.
  const fast = existsSync("/dev/shm") ? mkdtempSync("/dev/shm/towline-damage-") : folder;
  const violations = new Violations(settings.log);
  const ward = new Ward(settings, join(fast, "case"), violations);
  try {
    await ward.treat(await takeImages(folder));
  } catch (error) {
    violations.add(messageOf(error));
  } finally {
    ward.end();
    removeFolder(folder);
    removeFolder(fast);
  }
  return { figures: ward.figures, violations: violations.found };
}

class Ward {
  readonly #settings: Settings;
  readonly #dir: string;
  readonly #violations: Violations;
  readonly #outcomes = new Tally();
  #worker: ChildProcess | null = null;
  #processes = 0;

  constructor(settings: Settings, dir: string, violations: Violations) {
    this.#settings = settings;
    this.#dir = dir;
    this.#violations = violations;
  }

  get figures(): Outcome["figures"] {
    return { outcomes: this.#outcomes.json, processes: this.#processes };
  }

  async treat(images: readonly Image[]): Promise<void> {
    const { rounds, only, seed, log } = this.#settings;
    for (let at = 0; at < rounds && !this.#violations.isFull; at += 1) {
      if (only !== null && only !== at) continue;
      const prng = new Prng(`${seed}/damage/${at}`);
      const image = images[prng.chance(0.7) ? 0 : 1] as Image;
      const done = drawDamage(image, prng);
      lay(image, this.#dir, done);
      const isProcess = at % processEvery === processEvery - 1;
      const verdict = isProcess ? await this.#runProcess(image) : await this.#runHere(image);
      this.#judge(at, image, done, verdict);
      if (at % reportEvery === reportEvery - 1) log(`${at + 1} cases`);
    }
  }

  #judge(at: number, image: Image, { file, what }: Damage, verdict: Verdict): void {
    this.#outcomes.add(`${file}: ${verdict.outcome}`);
    if (this.#settings.only !== null) this.#settings.log(`${file}, ${what}: ${verdict.outcome}`);
    if (verdict.fault === null) return;
    const where = `case ${at}: ${file} of a ${image.name} node, ${what}`;
    this.#violations.add(`${where}: ${verdict.fault}`);
  }

  async #runHere(image: Image): Promise<Verdict> {
    const found = await this.#ask();
    if (found === null) return { outcome: "hang", fault: `nothing for ${hangMs} ms, or it died` };
    if (found.kind === "threw") return { outcome: "threw", fault: found.stack };
    if (found.kind === "refused") return refused(found.code, found.message);
    const { node, mesh, digest, problems, keepsWrites } = found;
    const faults = [
      ...(isSame(digest, image.digest) ? [] : [`it serves another state: ${digest.count} ops`]),
      ...(node === image.node ? [] : ["it serves as another node"]),
      ...(mesh === image.mesh ? [] : ["it serves another mesh"]),
      ...(problems === 0 ? [] : [`verify finds ${problems} problems in what it serves`]),
      ...(keepsWrites ? [] : ["it loses a write"]),
    ];
    return { outcome: "served", fault: faults[0] ?? null };
  }

  async #ask(): Promise<Found | null> {
    const worker = this.#worker ?? this.#hire();
    const found = await new Promise<Found | null>((resolve) => {
      const timer = setTimeout(() => settle(null), hangMs);
      const onMessage = (message: unknown): void => settle(message as Found);
      const onExit = (): void => settle(null);
      const settle = (value: Found | null): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("exit", onExit);
        resolve(value);
      };
      worker.on("message", onMessage).on("exit", onExit);
      worker.send({ dir: this.#dir });
    });
    if (found === null) this.end();
    return found;
  }

  #hire(): ChildProcess {
    this.#worker = fork(join(import.meta.dirname, "damage-worker.ts"), { stdio: "inherit" });
    return this.#worker;
  }

  async #runProcess(image: Image): Promise<Verdict> {
    this.#processes += 1;
    const end = await command(["digest", "--dir", this.#dir], hangMs);
    const fault = faultIn(end.stderr);
    if (end.isHung) return { outcome: "hang", fault: `it still runs after ${hangMs} ms` };
    if (fault !== null) return { outcome: "threw", fault };
    if (end.code !== 0) return refused(errorCodeIn(end.stderr) ?? "no code", end.stderr);
    const isRight = isSame(JSON.parse(end.stdout) as Digest, image.digest);
    return { outcome: "served", fault: isRight ? null : "it serves another state" };
  }

  end(): void {
    this.#worker?.kill("SIGKILL");
    this.#worker = null;
  }
}

interface Verdict {
  readonly outcome: string;
  readonly fault: string | null;
}

function refused(code: string, message: string): Verdict {
  if (!refusals.includes(code)) return { outcome: code, fault: `refused with ${code}: ${message}` };
  const isClear = message.length > 20 && !/undefined|\[object/u.test(message);
  return { outcome: code, fault: isClear ? null : `the message is unclear: ${message}` };
}

function isSame(one: Digest, other: Digest): boolean {
  return one.state === other.state && one.ops === other.ops && one.count === other.count;
}
