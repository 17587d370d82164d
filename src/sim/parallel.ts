/** Runs many seeds, one process for each processor. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import type { Totals } from "./totals.ts";
import { merge, noTotals } from "./totals.ts";

/** Seeds that a process gets at a time; few when the first failure is what is looked for. */
const chunk = { usual: 10, stopping: 2 };

/** A broken variant of the core, put in its place by a module that is loaded before all others. */
export interface Variant {
  readonly name: string;
  readonly loader: string;
}

export interface Job {
  readonly first: number;
  readonly seeds: number;
  readonly scale: number;
  /** Null for the core as it is. */
  readonly variant: Variant | null;
  /** Ends at the first failure. */
  readonly isStopping: boolean;
  readonly print: (line: string) => void;
}

/** Beside this file, sources or built. */
const workerFile = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

export async function runSeeds(job: Job): Promise<Totals> {
  const totals = noTotals();
  let next = job.first;
  let end = job.first + job.seeds;
  let interruptedAt: number | null = null;
  // A long run that is told to stop reports what it has done; told again, it ends at once. One
  // Ctrl-C comes twice: from the terminal, and from the script that started this.
  const interrupt = (): void => {
    if (interruptedAt !== null && Date.now() - interruptedAt > 1_000) process.exit(130);
    interruptedAt ??= Date.now();
    end = next;
  };
  process.on("SIGINT", interrupt);
  let told = 0;
  const take = (): { readonly first: number; readonly seeds: number } | null => {
    if (next >= end || (job.isStopping && totals.failures.length > 0)) return null;
    const first = next;
    next = Math.min(end, next + (job.isStopping ? chunk.stopping : chunk.usual));
    return { first, seeds: next - first };
  };
  const lane = async (): Promise<void> => {
    const child = fork(workerFile, {
      execArgv: job.variant === null ? [] : ["--import", job.variant.loader],
      env: { ...process.env, ...(job.variant && { TOWLINE_MUTANT: job.variant.name }) },
    });
    const lost = new Promise<never>((_, reject) => {
      child.on("error", reject);
      child.on("exit", (code) =>
        reject(new Error(`a worker of the simulator ended: ${code ?? ""}`)),
      );
    });
    lost.catch(() => undefined);
    for (let task = take(); task !== null; task = take()) {
      child.send({ ...task, scale: job.scale });
      const answer = new Promise<Totals>((resolve) => {
        child.once("message", (message) => resolve(message as Totals));
      });
      const part = await Promise.race([answer, lost]);
      for (const { seed, message } of part.failures) {
        job.print(`seed ${seed}: ${message.slice(0, 200)}`);
      }
      merge(totals, part);
      if (totals.seeds - told < 500) continue;
      told = totals.seeds;
      job.print(`${totals.seeds} seeds, ${totals.failures.length} failures`);
    }
    child.kill();
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, lane));
  process.off("SIGINT", interrupt);
  totals.failures.sort((left, right) => Number(left.seed) - Number(right.seed));
  return totals;
}
