/** Starts the guardian of an agent and speaks with it. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import type { FromGuardian, StartMessage, ToGuardian } from "./guardian-messages.ts";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly problem: string | null;
}

interface Waiting {
  started(pid: number, started: string): void;
  ended(how: Ended): void;
}

export class Guardian {
  readonly #child: ChildProcess;
  readonly #runs = new Map<number, Waiting>();
  #lastRun = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: FromGuardian) => this.#take(message));
    child.on("exit", () => {
      const lost = { code: null, signal: null, problem: "the guardian of the agent died" };
      for (const run of [...this.#runs.keys()]) this.#end(run, lost);
    });
  }

  /** Resolves when the guardian is there. */
  static async start(): Promise<Guardian> {
    const file = join(import.meta.dirname, `guardian${extname(import.meta.filename)}`);
    const child = fork(file, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const guardian = new Guardian(child);
    await Promise.race([once(child, "message"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error("the guardian of the agent did not start");
    return guardian;
  }

  #take(message: FromGuardian): void {
    switch (message.kind) {
      case "ready":
        return;
      case "started":
        return this.#runs.get(message.run)?.started(message.pid, message.started);
      case "ended":
        return this.#end(message.run, message);
    }
  }

  #end(run: number, how: Ended): void {
    const waiting = this.#runs.get(run);
    this.#runs.delete(run);
    waiting?.ended(how);
  }

  /** Runs a command; `stop` asks it to end, and `ended` resolves when it has. */
  run(
    what: Omit<StartMessage, "kind" | "run">,
    started: (pid: number, started: string) => void,
  ): { readonly ended: Promise<Ended>; readonly stop: (killAfterMs: number) => void } {
    this.#lastRun += 1;
    const run = this.#lastRun;
    const ended = new Promise<Ended>((resolve) => {
      this.#runs.set(run, { started, ended: resolve });
      if (this.#child.connected) this.#tell({ kind: "start", run, ...what });
      else this.#end(run, { code: null, signal: null, problem: "the guardian is gone" });
    });
    return { ended, stop: (killAfterMs) => this.#tell({ kind: "stop", run, killAfterMs }) };
  }

  #tell(message: ToGuardian): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** Lets it go; whatever still runs is ended by it. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }
}
