/** A process of its own that answers calls, from both sides: who asks, and who answers. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { assert } from "../src/base/assert.ts";

/** Each call by name, with what goes in and what comes out. */
type CallMap<Names extends PropertyKey> = Readonly<
  Record<Names, [input: unknown, output: unknown]>
>;

export type Handlers<Calls extends CallMap<keyof Calls>> = {
  readonly [Name in keyof Calls]: (input: Calls[Name][0]) => Promise<Calls[Name][1]>;
};

interface Request {
  readonly number: number;
  readonly name: string;
  readonly input: unknown;
}

type Reply =
  | { readonly number: number; readonly output: unknown }
  | { readonly number: number; readonly error: string };

interface Waiter {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

export interface CallProcessOptions {
  /** For messages. */
  readonly role: string;
  /** The module that runs in the process and calls `answerCalls`. */
  readonly path: string;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
}

/** How long a process that was asked to close may take before it is killed. */
const closeMs = 20_000;

const running = new Set<ChildProcess>();

/** Ends all processes at once, whatever they are doing: for a run that is interrupted. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

export class CallProcess<
  Calls extends CallMap<keyof Calls> & { close: [null, null] },
> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #role: string;
  readonly #waiters = new Map<number, Waiter>();
  readonly #ended: Promise<void>;
  #lastNumber = 0;

  constructor({ role, path, args = [], execArgv = [] }: CallProcessOptions) {
    this.#role = role;
    const child = fork(path, [...args], {
      execArgv: ["--disable-warning=ExperimentalWarning", ...execArgv],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    running.add(child);
    child.on("message", (reply: Reply) => this.#take(reply));
    this.#ended = new Promise((resolve) => {
      child.on("exit", (code, signal) => {
        running.delete(child);
        const error = new Error(`the process of the ${role} ended with ${String(code ?? signal)}`);
        for (const waiter of this.#waiters.values()) waiter.reject(error);
        this.#waiters.clear();
        resolve();
      });
    });
  }

  /** A process that has not answered after `timeoutMs` is killed, and the call fails. */
  async call<Name extends keyof Calls & string>(
    name: Name,
    input: Calls[Name][0],
    timeoutMs?: number,
  ): Promise<Calls[Name][1]> {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const expire = (): void => {
      this.#waiters
        .get(number)
        ?.reject(
          new Error(`the ${this.#role} did not answer "${name}" in ${String(timeoutMs)} ms`),
        );
      this.#child.kill("SIGKILL");
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiters.set(number, { resolve, reject });
        this.#child.send({ number, name, input } satisfies Request, (error) => {
          if (error !== null) reject(error);
        });
      });
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(number);
    }
  }

  #take(reply: Reply): void {
    const waiter = this.#waiters.get(reply.number);
    if ("error" in reply) waiter?.reject(new Error(reply.error));
    else waiter?.resolve(reply.output);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    try {
      if (child.connected && !child.killed) {
        await this.call("close", null, closeMs);
        child.disconnect();
      }
    } finally {
      const timer = setTimeout(() => child.kill("SIGKILL"), closeMs);
      await this.#ended;
      clearTimeout(timer);
    }
  }
}

/** Run in the process itself: takes calls until the one who asks is gone. */
export function answerCalls<Calls extends CallMap<keyof Calls>>(handlers: Handlers<Calls>): void {
  process.on("message", (request: Request) => void answer(handlers, request));
  // The benchmark is over, or was stopped: then nothing must stay behind.
  process.on("disconnect", () => process.exit());
}

async function answer<Calls extends CallMap<keyof Calls>>(
  handlers: Handlers<Calls>,
  { number, name, input }: Request,
): Promise<void> {
  const handler = handlers[name as keyof Calls];
  let reply: Reply;
  try {
    reply = { number, output: await handler(input) };
  } catch (error) {
    reply = { number, error: error instanceof Error ? String(error.stack) : String(error) };
  }
  assert(process.send !== undefined, "the benchmark forks this process");
  process.send(reply);
}
