/** One node in a process of its own, from the side of the benchmark. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";
import type { CallName, Input, Output, Reply } from "./calls.ts";

interface Waiter {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

export class NodeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiters = new Map<number, Waiter>();
  readonly #ended: Promise<void>;
  #lastNumber = 0;

  /** `profileDir` gets a CPU profile named after `role` when the process ends. */
  constructor(role: string, profileDir: string | null) {
    const profile = ["--cpu-prof", `--cpu-prof-name=${role}-${String(Date.now())}.cpuprofile`];
    const execArgv = profileDir === null ? [] : [...profile, `--cpu-prof-dir=${profileDir}`];
    const path = join(import.meta.dirname, "child.ts");
    const child = fork(path, [], {
      execArgv: ["--disable-warning=ExperimentalWarning", ...execArgv],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (reply: Reply) => this.#take(reply));
    this.#ended = new Promise((resolve) => {
      child.on("exit", (code) => {
        const error = new Error(`the process of the ${role} ended with ${String(code)}`);
        for (const waiter of this.#waiters.values()) waiter.reject(error);
        resolve();
      });
    });
  }

  async call<Name extends CallName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const output = await new Promise<unknown>((resolve, reject) => {
      this.#waiters.set(number, { resolve, reject });
      this.#child.send({ number, name, input });
    });
    return output as Output<Name>;
  }

  #take(reply: Reply): void {
    const waiter = this.#waiters.get(reply.number);
    this.#waiters.delete(reply.number);
    if ("error" in reply) waiter?.reject(new Error(reply.error));
    else waiter?.resolve(reply.output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) {
      await this.call("close", null);
      this.#child.disconnect();
    }
    await this.#ended;
  }
}
