/**
 * Takes items that are ready, runs a command on each, and says how it ended. It holds nothing that
 * a claim does not say: when it dies, the lease runs out and another one takes over.
 */
import { TowlineError } from "../base/errors.ts";
import { agentRetryMs } from "../base/limits.ts";
import type { Verdict } from "../work/keeper.ts";
import { tidyFolders } from "./folders.ts";
import type { Ended, Guardian } from "./guardian-client.ts";
import type { JobOptions, StopCause } from "./job.ts";
import { findOrphans, Job } from "./job.ts";
import type { Taken, WorkPort } from "./port.ts";

export interface AgentOptions extends JobOptions {
  /** Commands at a time. */
  readonly jobs: number;
  /** Milliseconds that a command may take; null for any time. */
  readonly timeoutMs: number | null;
  /** Takes one item, and ends when that is done. */
  readonly once: boolean;
  readonly pollMs: number;
}

/** What happened, for the log and for scripts. */
export type AgentEvent =
  | { readonly event: "taken"; readonly taken: Taken }
  | { readonly event: "done"; readonly item: string }
  | {
      readonly event: "failed";
      readonly item: string;
      readonly reason: string;
      readonly blocked: boolean;
    }
  /** The command ended, or was ended, and its result does not count. */
  | {
      readonly event: "stopped";
      readonly item: string;
      readonly cause: StopCause | "lost";
      readonly reason: string;
    }
  | { readonly event: "recovered"; readonly item: string }
  /** Nothing can be taken at the moment, and why. */
  | { readonly event: "waiting"; readonly code: string; readonly reason: string };

export interface AgentResult {
  readonly taken: number;
  readonly done: number;
  readonly failed: number;
}

export class Agent {
  readonly #port: WorkPort;
  readonly #guardian: Guardian;
  readonly #options: AgentOptions;
  readonly #tell: (event: AgentEvent) => void;
  readonly #jobs = new Set<Job>();
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #counts = { taken: 0, done: 0, failed: 0 };
  #complaint = "";

  constructor(parts: {
    readonly port: WorkPort;
    readonly guardian: Guardian;
    readonly options: AgentOptions;
    readonly tell: (event: AgentEvent) => void;
  }) {
    this.#port = parts.port;
    this.#guardian = parts.guardian;
    this.#options = parts.options;
    this.#tell = parts.tell;
  }

  /** Works until `signal`, or until one item is done with `once`. */
  async run(signal: AbortSignal): Promise<AgentResult> {
    const stop = (): void => this.#shutDown();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    await this.#recover();
    const watching = this.#watch();
    try {
      await this.#takeAll();
      await Promise.all(this.#running);
      return this.#counts;
    } finally {
      this.#stopping.abort();
      await watching;
      signal.removeEventListener("abort", stop);
    }
  }

  /** Gives back what was running when an agent of this folder died; no try is used up. */
  async #recover(): Promise<void> {
    for (const orphan of findOrphans(this.#options.dir)) {
      const isOver = await this.#patiently(agentRetryMs, () =>
        this.#port.release(orphan, "the agent died and was started again"),
      );
      if (isOver === "unreachable") continue;
      orphan.forget();
      this.#tell({ event: "recovered", item: orphan.item });
    }
  }

  async #takeAll(): Promise<void> {
    const { jobs, once, pollMs } = this.#options;
    while (!this.#isStopping) {
      if (this.#jobs.size >= jobs) {
        await Promise.race([...this.#running, this.#stopped()]);
        continue;
      }
      const taken = await this.#take();
      if (taken !== null) this.#start(taken);
      if (once && (taken !== null || this.#complaint === "")) return;
      if (taken === null) await this.#idle(pollMs);
    }
  }

  async #take(): Promise<Taken | null> {
    try {
      const taken = await this.#port.take();
      this.#complaint = "";
      return taken;
    } catch (error) {
      if (!(error instanceof TowlineError)) throw error;
      // The node may come back, or this process may have to become it.
      if (this.#options.once && error.code !== "node/stopped") throw error;
      // The same reason is told once, not every second.
      if (this.#complaint !== error.message) {
        this.#tell({ event: "waiting", code: error.code, reason: error.message });
      }
      this.#complaint = error.message;
      return null;
    }
  }

  async #idle(ms: number): Promise<void> {
    const since = performance.now();
    try {
      await Promise.race([this.#port.keep([], ms), this.#stopped()]);
    } catch {
      // The next take says why the node does not answer.
    }
    // Changes may come one upon the other; looking for work at each of them helps nobody.
    if (performance.now() - since < changesMs) await this.#sleep(changesMs);
    if (this.#complaint !== "") await this.#sleep(agentRetryMs);
  }

  #start(taken: Taken): void {
    this.#counts.taken += 1;
    this.#tell({ event: "taken", taken });
    const job = new Job(taken, this.#options);
    this.#jobs.add(job);
    const running = this.#work(job).finally(() => {
      this.#jobs.delete(job);
      this.#running.delete(running);
    });
    this.#running.add(running);
    // Asked to end between the claim and now.
    if (this.#isStopping) job.stop("shutdown", "the agent was stopped", shutdownKillMs);
  }

  async #work(job: Job): Promise<void> {
    const { timeoutMs, dir } = this.#options;
    const tooLong = timeoutMs === null ? null : `it took longer than ${timeoutMs / 1_000} s`;
    const timer = setTimeout(() => job.stop("timeout", tooLong ?? ""), timeoutMs ?? 2 ** 31 - 1);
    if (timeoutMs === null) clearTimeout(timer);
    let how: Ended;
    try {
      how = await job.run(this.#guardian);
    } catch (error) {
      // Its folder could not be made, say: another try may find room on the disk.
      how = { code: null, signal: null, problem: String(error) };
    } finally {
      clearTimeout(timer);
    }
    await this.#finish(job, how);
    tidyFolders(dir);
  }

  async #finish(job: Job, how: Ended): Promise<void> {
    const { item } = job.taken;
    const { cause, reason } = job;
    const isGiven = cause === "given-up" || cause === "shutdown";
    if (cause === "lost") this.#tell({ event: "stopped", item, cause, reason });
    else if (isGiven) await this.#giveBack(job, { cause, reason });
    else if (cause === null && how.code === 0) await this.#succeed(job);
    else await this.#fail(job, failureText(how, reason, job.tail));
    job.close(cause === null && how.code === 0);
  }

  async #giveBack(
    job: Job,
    how: { readonly cause: StopCause; readonly reason: string },
  ): Promise<void> {
    await this.#end(job, () => this.#port.release(job.taken, how.reason));
    this.#tell({ event: "stopped", item: job.taken.item, ...how });
  }

  async #succeed(job: Job): Promise<void> {
    const fault = await this.#end(job, () => this.#port.done(job.taken));
    if (fault !== null) {
      await this.#fail(job, fault);
      return;
    }
    if (job.cause === "lost") return;
    this.#counts.done += 1;
    this.#tell({ event: "done", item: job.taken.item });
  }

  async #fail(job: Job, reason: string): Promise<void> {
    let blocked = false;
    await this.#end(job, async () => {
      blocked = (await this.#port.fail(job.taken, reason)).isBlocked;
    });
    if (job.cause === "lost") return;
    this.#counts.failed += 1;
    this.#tell({ event: "failed", item: job.taken.item, reason, blocked });
  }

  /**
   * Tells the node how the work ended, for as long as the claim may stand. When the claim is lost,
   * the result comes too late and does not count. Returns what else speaks against it, or null.
   */
  async #end(job: Job, write: () => Promise<void>): Promise<string | null> {
    const how = await this.#patiently(job.taken.leaseMs, write);
    if (how === "done") return null;
    const isLost = how === "unreachable" || how.code === "claim/lost";
    if (!isLost) return how.message;
    const reason = how === "unreachable" ? "the node did not come back in time" : how.message;
    job.stop("lost", reason);
    this.#tell({ event: "stopped", item: job.taken.item, cause: "lost", reason });
    return null;
  }

  /** Repeats `work` while the node is away; says how it ended. */
  async #patiently(
    ms: number,
    work: () => Promise<void>,
  ): Promise<"done" | "unreachable" | TowlineError> {
    const deadline = performance.now() + ms;
    for (;;) {
      try {
        await work();
        return "done";
      } catch (error) {
        if (!(error instanceof TowlineError)) throw error;
        const isAway = error.code === "node/stopped" || error.code === "store/full";
        if (!isAway) return error;
        if (performance.now() > deadline) return "unreachable";
        await new Promise((resolve) => setTimeout(resolve, agentRetryMs));
      }
    }
  }

  /** Keeps the claims alive, and ends at once what must not go on. */
  async #watch(): Promise<void> {
    let reachedAt = performance.now();
    while (!this.#isOver) {
      const jobs = [...this.#jobs];
      const leases = jobs.map(({ taken }) => taken.leaseMs);
      const afterMs = Math.max(1, Math.min(this.#options.pollMs, Math.min(...leases) / 3));
      try {
        const asked = this.#port.keep(
          jobs.map(({ kept }) => kept),
          Math.round(afterMs),
        );
        const verdicts = await Promise.race([asked, this.#sleep(afterMs + keepPatienceMs)]);
        if (verdicts !== undefined) {
          reachedAt = performance.now();
          for (const verdict of verdicts) this.#heed(verdict);
        }
      } catch (error) {
        if (!(error instanceof TowlineError)) throw error;
        await this.#sleep(Math.min(agentRetryMs, afterMs));
      }
      const silentMs = performance.now() - reachedAt;
      for (const job of jobs) {
        if (silentMs < job.taken.leaseMs) continue;
        job.stop("given-up", "the node did not answer for as long as the lease");
      }
      // However much changes in the mesh, the node is asked so often and no more.
      await this.#sleep(changesMs);
    }
  }

  #heed({ claim, why, stop }: Verdict): void {
    if (stop === null) return;
    for (const job of this.#jobs) {
      if (job.taken.claim !== claim) continue;
      job.stop(why === "lost" || why === "deleted" ? "lost" : "given-up", stop);
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #isOver(): boolean {
    return this.#isStopping && this.#running.size === 0;
  }

  #shutDown(): void {
    this.#stopping.abort();
    for (const job of this.#jobs) job.stop("shutdown", "the agent was stopped", shutdownKillMs);
  }

  async #stopped(): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async #sleep(ms: number): Promise<undefined> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return undefined;
  }
}

/** Between two looks for work, or at what runs, however much changes. */
const changesMs = 50;
/** How much longer than asked the node may take for a beat of the agent. */
const keepPatienceMs = 2_000;
/** From SIGTERM to SIGKILL when the agent itself is asked to end. */
const shutdownKillMs = 2_500;

function failureText({ code, signal, problem }: Ended, reason: string, tail: string): string {
  const what =
    reason !== ""
      ? reason
      : (problem ?? (signal === null ? `exit code ${code ?? "?"}` : `ended by ${signal}`));
  return tail === "" ? what : `${what}: ${tail}`;
}
