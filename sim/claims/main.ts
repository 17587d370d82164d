/** `npm run sim:claims`: seeds of the simulator of claims; the last line is JSON. */
import { parseArgs } from "node:util";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { claimMutants } from "./mutants.ts";
import { runClaims } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    mutants: { type: "boolean", default: false },
  },
});

// An agent whose promise broke a rule of the run rejects outside of it.
let stray: string | null = null;
process.on("unhandledRejection", (error) => (stray ??= String(error)));

if (values.mutants) catchAll(Number(values.seeds));
else await runAll();

/** Each broken variant, in a process of its own, until a seed fails. */
function catchAll(seeds: number): void {
  const missed: string[] = [];
  for (const { name } of claimMutants) {
    const hook = join(import.meta.dirname, "mutate.ts");
    const args = ["--import", hook, import.meta.filename, "--seeds", String(seeds)];
    const env = { ...process.env, TOWLINE_MUTANT: name };
    const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    const [found = ""] = stdout.split("\n");
    const isCaught = status === 1 && found.startsWith("seed ");
    if (!isCaught) missed.push(name);
    console.log(`${isCaught ? "caught" : "MISSED"}  ${name.padEnd(36)} ${found.slice(0, 100)}`);
  }
  console.log(JSON.stringify({ mutants: claimMutants.length, missed }));
  process.exitCode = missed.length === 0 ? 0 : 1;
}

async function runAll(): Promise<void> {
  const total = {
    seeds: 0,
    failures: 0,
    items: 0,
    ended: 0,
    duplicates: 0,
    takeovers: 0,
    faults: 0,
  };
  const first = Number(values.seed ?? values.first);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  for (let number = first; number < first + count; number += 1) {
    const run = await runClaims(String(number));
    const failure = run.failure ?? stray;
    stray = null;
    total.seeds += 1;
    total.items += run.items;
    total.ended += run.ended;
    total.duplicates += run.duplicates;
    total.takeovers += run.takeovers;
    total.faults += run.faults;
    if (failure === null) continue;
    total.failures += 1;
    console.log(`seed ${number}: ${failure}\nreplay: npm run sim:claims -- --seed ${number}`);
    if (process.env["TOWLINE_MUTANT"] !== undefined) break;
  }
  console.log(JSON.stringify(total));
  process.exitCode = total.failures === 0 ? 0 : 1;
}
