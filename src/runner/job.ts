/** One command on one item: its folder, its environment, its record, and how it ended. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonTailBytes } from "../base/limits.ts";
import { isObject, member, parseJson } from "../base/json.ts";
import type { OpId } from "../op/op.ts";
import type { Kept } from "../work/keeper.ts";
import { fileTail, itemFolder, itemFolders, itemName, outputName, recordName } from "./folders.ts";
import type { Ended, Guardian } from "./guardian-client.ts";
import type { JobTrace, Taken } from "./port.ts";
import { isSame, signalGroup, startOf } from "./processes.ts";

/** Why a command was asked to end before it had. */
export type StopCause = "lost" | "given-up" | "timeout" | "shutdown";

export interface JobOptions {
  readonly dir: string;
  readonly command: string;
  /** Null for a folder of its own. */
  readonly cwd: string | null;
  readonly actor: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Shows the work on an item in traces. */
  readonly trace: (taken: Taken) => JobTrace;
  readonly killAfterMs: number;
}

/** What remains on disk of a command that runs, for whoever starts after a crash. */
interface RunRecord {
  readonly item: string;
  readonly claim: string;
  readonly epoch: number;
  readonly pid: number;
  readonly started: string;
  readonly agentPid: number;
  readonly agentStarted: string;
}

export class Job {
  readonly taken: Taken;
  readonly folder: string;
  readonly #options: JobOptions;
  readonly #trace: JobTrace;
  #stop: ((killAfterMs: number) => void) | null = null;
  #cause: StopCause | null = null;
  #reason = "";

  constructor(taken: Taken, options: JobOptions) {
    this.taken = taken;
    this.#options = options;
    this.#trace = options.trace(taken);
    this.folder = itemFolder(options.dir, taken.item);
  }

  get kept(): Kept {
    const { item, claim, stage } = this.taken;
    return { item, claim, stage };
  }

  get cause(): StopCause | null {
    return this.#cause;
  }

  get reason(): string {
    return this.#reason;
  }

  /** The end of what it printed, short enough for the reason of a failure. */
  get tail(): string {
    return (fileTail(join(this.folder, outputName), reasonTailBytes) ?? "").trimEnd();
  }

  /** Runs the command; resolves when it has ended. */
  async run(guardian: Guardian): Promise<Ended> {
    const { command, cwd } = this.#options;
    const work = join(this.folder, "work");
    const text = `${JSON.stringify(this.taken.shown)}\n`;
    // Each try begins afresh; what it needs to keep it keeps elsewhere.
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, itemName), text, { mode: 0o600 });
    const { ended, stop } = guardian.run(
      {
        command,
        cwd: cwd ?? work,
        env: this.#env(),
        stdin: text,
        output: join(this.folder, outputName),
      },
      (pid, started) => this.#record(pid, started),
    );
    this.#stop = stop;
    // It may have been asked to end while its folder was made.
    if (this.#cause !== null) stop(this.#options.killAfterMs);
    return await ended;
  }

  #env(): Record<string, string> {
    const { dir, actor, env } = this.#options;
    const { item, title, epoch, claim, stage, tries } = this.taken;
    const own = {
      TOWLINE_ITEM: item,
      TOWLINE_TITLE: title,
      TOWLINE_EPOCH: String(epoch),
      TOWLINE_CLAIM: claim,
      TOWLINE_STAGE: stage ?? "",
      TOWLINE_TRY: String(tries + 1),
      TOWLINE_ITEM_FILE: join(this.folder, itemName),
      TOWLINE_DIR: dir,
      TOWLINE_ACTOR: actor,
    };
    const entries = Object.entries(env).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    );
    const { traceparent } = this.#trace;
    const traced = traceparent === null ? {} : { TRACEPARENT: traceparent };
    return { ...Object.fromEntries(entries), ...traced, ...own };
  }

  #record(pid: number, started: string): void {
    const { item, claim, epoch } = this.taken;
    const agentPid = process.pid;
    const agentStarted = startOf(agentPid);
    const record: RunRecord = { item, claim, epoch, pid, started, agentPid, agentStarted };
    writeFileSync(join(this.folder, recordName), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  }

  /** Asks the command to end; the first cause counts. */
  stop(cause: StopCause, reason: string, killAfterMs = this.#options.killAfterMs): void {
    if (this.#cause !== null) return;
    this.#cause = cause;
    this.#reason = reason;
    this.#stop?.(killAfterMs);
  }

  /** It is over and told: nothing is left to be found after a crash. */
  close(isDone: boolean): void {
    this.#trace.end(isDone ? undefined : (this.#cause ?? "failed"));
    rmSync(join(this.folder, recordName), { force: true });
    if (isDone) rmSync(join(this.folder, "work"), { recursive: true, force: true });
  }
}

/** A command that an agent of this data folder ran when it died. */
export interface Orphan {
  readonly item: string;
  readonly claim: OpId;
  /** Forgets it. */
  forget(): void;
}

/** Ends what agents that are dead were running, and says what that was. */
export function findOrphans(dir: string): readonly Orphan[] {
  const orphans: Orphan[] = [];
  for (const folder of itemFolders(dir)) {
    const path = join(folder, recordName);
    const record = readRecord(path);
    if (record === null || isSame(record.agentPid, record.agentStarted)) continue;
    if (isSame(record.pid, record.started)) signalGroup(record.pid, "SIGKILL");
    const forget = (): void => rmSync(path, { force: true });
    orphans.push({ item: record.item, claim: record.claim as OpId, forget });
  }
  return orphans;
}

/** Null when there is none; one that was cut off by a crash counts as none. */
function readRecord(path: string): RunRecord | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return null;
  const value = parsed.value;
  const words = ["item", "claim", "started", "agentStarted"].map((name) => member(value, name));
  const numbers = ["epoch", "pid", "agentPid"].map((name) => member(value, name));
  const isWhole =
    words.every((word) => typeof word === "string") &&
    numbers.every((number) => Number.isSafeInteger(number) && Number(number) > 0);
  return isWhole ? (value as unknown as RunRecord) : null;
}
