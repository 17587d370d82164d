/** Three real nodes around a hub, what they acknowledged, and whether they agree in the end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../src/api/types.ts";
import type { Prng } from "../../src/sim/prng.ts";
import type { Figures, Outcome, Settings, Tally } from "./part.ts";
import { messageOf, sleep, Violations } from "./part.ts";
import { command, errorCodeIn, faultIn } from "./process.ts";
import type { NodeProcess } from "./process.ts";

export function temporaryFolder(part: string): string {
  return mkdtempSync(join(tmpdir(), `towline-chaos-${part}-`));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Nodes in a folder of their own that something is done to. */
interface Trial {
  readonly figures: Figures;
  run(): Promise<void>;
  /** Stops what still runs, whatever happened. */
  end(): Promise<void>;
}

/** Runs a trial to its end: a throw is a violation, and nothing of it stays behind. */
export async function runTrial(
  part: string,
  settings: Settings,
  make: (folder: string, violations: Violations) => Trial,
): Promise<Outcome> {
  const folder = temporaryFolder(part);
  const violations = new Violations(settings.log);
  const trial = make(folder, violations);
  try {
    await trial.run();
  } catch (error) {
    violations.add(messageOf(error));
  } finally {
    await trial.end();
    removeFolder(folder);
  }
  return { figures: trial.figures, violations: violations.found };
}

/** What one node said that it had kept. */
export interface Acked {
  readonly op: string;
  readonly item: string;
}

/** Writes through a node's endpoint for as long as it is told to, and notes what was kept. */
export class Writer {
  readonly node: NodeProcess;
  readonly acked: Acked[] = [];
  /** Codes of refused writes. */
  readonly refused: Tally;
  readonly #prng: Prng;
  readonly #name: string;
  #count = 0;

  constructor(node: NodeProcess, options: { name: string; prng: Prng; refused: Tally }) {
    this.node = node;
    this.#name = options.name;
    this.#prng = options.prng;
    this.refused = options.refused;
  }

  /** One write of a random kind; false when it was not acknowledged. */
  async write(textBytes = 200): Promise<boolean> {
    const last = this.acked.at(-1)?.item;
    this.#count += 1;
    const text = "x".repeat(this.#prng.below(textBytes));
    try {
      if (last === undefined || this.#prng.chance(0.5)) {
        const item = `${this.#name}-${this.#count}`;
        const fields = [{ field: "title", value: `${item} ${text}` }];
        this.#note(await this.node.call("add", { item, fields, actor: this.#name }), item);
      } else {
        const edits = [{ kind: "note", field: "", value: `${this.#count} ${text}` }];
        this.#note(await this.node.call("edit", { item: last, edits, actor: this.#name }), last);
      }
      return true;
    } catch (error) {
      this.refused.add(codeOf(error));
      return false;
    }
  }

  #note(answer: unknown, item: string): void {
    const { op } = answer as { readonly op: string | null };
    if (op === null) throw new Error("a write of ours is never without effect");
    this.acked.push({ op, item });
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : "no-code";
}

/** Waits until all digests agree; null, with a violation, when they do not in time. */
export async function agree(
  nodes: readonly NodeProcess[],
  ms: number,
  violations: Violations,
): Promise<{ readonly digest: Digest; readonly ms: number } | null> {
  const since = performance.now();
  let seen: readonly Digest[] = [];
  while (performance.now() - since < ms) {
    seen = await Promise.all(nodes.map((node) => node.digest()));
    const [first] = seen;
    const isSame = seen.every(({ ops, state }) => ops === first?.ops && state === first.state);
    if (first !== undefined && isSame) return { digest: first, ms: performance.now() - since };
    await sleep(100);
  }
  const counts = seen.map(({ count }) => count).join(", ");
  violations.add(`after ${ms} ms the nodes do not agree: they have ${counts} ops`);
  return null;
}

/** Every acknowledged op is in the log of every node, and no node saw a fork or refused one. */
export async function checkKept(
  nodes: readonly NodeProcess[],
  acked: readonly Acked[],
  violations: Violations,
): Promise<void> {
  for (const [at, node] of nodes.entries()) {
    const ids = await node.opIds();
    const lost = acked.filter(({ op }) => !ids.has(op));
    if (lost.length > 0) {
      violations.add(`node ${at} lost ${lost.length} acknowledged ops, as ${lost[0]?.op ?? ""}`);
    }
    const { forks, rejected, pending } = await node.status();
    if (forks.length > 0) violations.add(`node ${at} sees a fork: ${JSON.stringify(forks[0])}`);
    if (rejected > 0) violations.add(`node ${at} refused ${rejected} ops`);
    if (pending > 0) violations.add(`on node ${at} ${pending} ops still wait`);
  }
}

/** Stops a node in good order, and lets the command line verify its folder. */
export async function checkFolder(node: NodeProcess, violations: Violations): Promise<void> {
  const { fault, log } = node;
  if (fault !== null) violations.add(`${node.dir} said ${fault}`);
  const code = node.isUp ? await node.stop() : 0;
  if (code !== 0) violations.add(`${node.dir} ended with ${code ?? "a signal"}: ${log}`);
  const end = await command(["verify", "--dir", node.dir], 120_000);
  const problems = end.code === 0 ? 0 : (errorCodeIn(end.stderr) ?? end.stderr);
  if (problems !== 0) violations.add(`verify of ${node.dir}: ${problems}`);
  const said = faultIn(end.stderr);
  if (said !== null) violations.add(`verify of ${node.dir} said ${said}`);
}

/** Starts a node that has to come up. */
export async function mustStart(node: NodeProcess, violations: Violations): Promise<boolean> {
  try {
    await node.start();
    return true;
  } catch (error) {
    violations.add(`${node.dir} did not start: ${messageOf(error)}`);
    return false;
  }
}
