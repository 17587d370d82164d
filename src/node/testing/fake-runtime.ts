/** A runtime on a disk in memory, a clock that the test moves, and links that only record. */
import { openMemoryStore, newMemoryDisk } from "../../adapters/memory-store.ts";
import type { MemoryDisk } from "../../adapters/memory-store.ts";
import type { Link } from "../../adapters/link.ts";
import type { TowlineError } from "../../base/errors.ts";
import { fakeCrypto, testMesh } from "../../log/testing/forge.ts";
import type { Now } from "../../replica/events.ts";
import type { Commit, Store } from "../../replica/store.ts";
import { zstd } from "../../adapters/zstd.ts";
import { testSigner } from "../../replica/testing/fake-crypto.ts";
import type { SystemClock } from "../clock.ts";
import type { Origin } from "../links.ts";
import { Runtime } from "../runtime.ts";

export class FakeClock implements SystemClock {
  #now: Now = { mono: 0, wall: 1_700_000_000_000 };
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>();

  now(): Now {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now.mono + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass without firing anything: the process was busy. */
  stall(ms: number): void {
    this.#now = { mono: this.#now.mono + ms, wall: this.#now.wall + ms };
  }

  pass(ms: number): void {
    this.stall(ms);
    for (const timer of this.#timers) {
      if (timer.at > this.#now.mono) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

export class FakeLink implements Link {
  readonly remote = "test";
  readonly receivedBytes = 0;
  readonly sentBytes = 0;
  readonly frames: (string | Uint8Array)[] = [];
  readonly closes: number[] = [];
  pings = 0;
  isPaused = false;

  send(frame: string | Uint8Array): void {
    if (this.closes.length === 0) this.frames.push(frame);
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number): void {
    this.closes.push(code);
  }

  terminate(): void {
    this.closes.push(1006);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

export class TestRuntime {
  readonly clock = new FakeClock();
  readonly disk: MemoryDisk;
  readonly commits: Commit[] = [];
  readonly errors: string[] = [];
  readonly fatal: TowlineError[] = [];
  /** Thrown by the next commits, while it is set. */
  fault: unknown = null;
  /** Called before each commit goes to the disk. */
  onCommit: (commit: Commit) => void = () => undefined;
  /** Called for each read, and each page that the disk has made. */
  onDisk: (what: "read" | "sealed") => void = () => undefined;
  readonly runtime: Runtime;

  constructor(
    options: {
      readonly isOpen?: boolean;
      readonly number?: number;
      /** What an earlier one has left. */
      readonly disk?: MemoryDisk;
    } = {},
  ) {
    const { isOpen = false, number = 1, disk = newMemoryDisk() } = options;
    this.disk = disk;
    this.runtime = new Runtime({
      store: this.#store(),
      clock: this.clock,
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (_fields, message) => void this.errors.push(message),
      },
      replica: {
        mesh: testMesh,
        signer: testSigner(number),
        crypto: fakeCrypto,
        compression: zstd,
        publicUrls: [],
        trust: { trustedKeys: [], tokens: [], isOpen },
      },
      onFatal: (error) => void this.fatal.push(error),
    });
  }

  #store(): Store {
    const store = openMemoryStore(this.disk);
    const keep = store.commit.bind(store);
    const read = store.read.bind(store);
    const seal = store.seal.bind(store);
    const noteSealed = (): void => this.onDisk("sealed");
    return Object.assign(store, {
      read: (indices: readonly number[]) => {
        this.onDisk("read");
        return read(indices);
      },
      *seal() {
        const sealed = yield* seal();
        if (sealed !== null) noteSealed();
        return sealed;
      },
      commit: (commit: Commit): void => {
        this.onCommit(commit);
        // oxlint-disable-next-line typescript/only-throw-error -- a store may break so, too
        if (this.fault !== null) throw this.fault;
        this.commits.push(commit);
        keep(commit);
      },
    });
  }

  /** Ops in each commit so far. */
  get sizes(): readonly number[] {
    return this.commits.map(({ ops }) => ops.length);
  }

  async note(text = "n"): Promise<readonly string[]> {
    return await this.runtime.write({ actor: "", ops: [[["note", "item", text]]] });
  }

  /** Accepts a connection and records what becomes of it. */
  accept(): FakeLink & {
    readonly handlers: ReturnType<Runtime["attach"]>;
    readonly ended: number[];
  } {
    return this.#attach({ kind: "accepted", bearer: null });
  }

  /** The same for a connection that it has dialled. */
  dial(): ReturnType<TestRuntime["accept"]> {
    const audience = "ws://test/crdt-sync";
    return this.#attach({ kind: "dialled", audience, expected: null, token: null });
  }

  #attach(origin: Origin): ReturnType<TestRuntime["accept"]> {
    const link = new FakeLink();
    const ended: number[] = [];
    const owner = {
      authenticated: () => undefined,
      closed: (code: number) => void ended.push(code),
    };
    return Object.assign(link, { handlers: this.runtime.attach(link, origin, owner), ended });
  }
}

/** The event loop goes on to its next turn. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
