/**
 * The driver of the core: feeds it one event at a time, carries out the effects in order, gathers
 * what is to be kept into one transaction a turn, and keeps its deadlines. All I/O of a node that
 * is not a socket's own happens here.
 */
import type { Link, LinkHandlers } from "../adapters/link.ts";
import { randomBytes32 } from "../adapters/node-crypto.ts";
import { toHex } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { probeEveryMs } from "../base/limits.ts";
import type { OpId } from "../op/op.ts";
import type { ConnId, Effect, Notice, ReplicaEvent, RequestId } from "../replica/events.ts";
import type { ReplicaOptions } from "../replica/options.ts";
import { Replica } from "../replica/replica.ts";
import type { Fact, Store } from "../replica/store.ts";
import { Batch } from "./batch.ts";
import { Callers } from "./callers.ts";
import type { LinkOwner, Origin } from "./links.ts";
import { Deadline } from "./deadline.ts";
import { Links } from "./links.ts";
import type { SystemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { Sealer } from "./sealer.ts";
import { SlicedFrames } from "./sliced-frames.ts";
import { Turn } from "./turn.ts";

/** Why nothing is written at the moment, for `status`. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export type Imported = Omit<Extract<Notice, { kind: "imported" }>, "kind" | "request">;
type Of<Kind extends ReplicaEvent["kind"]> = Extract<ReplicaEvent, { kind: Kind }>;

export interface RuntimeOptions {
  readonly store: Store;
  readonly replica: ReplicaOptions;
  readonly clock: SystemClock;
  readonly logger: Logger;
  /** The disk is lost or lies: the process must end, since nothing it says would be true. */
  onFatal(error: TowlineError): void;
  /** The disk refused a write; the node goes on reading. */
  onProblem?(problem: Problem): void;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  #replica: Replica;
  readonly #events: ReplicaEvent[] = [];
  #isStepping = false;
  #batch: Batch | null = null;
  /** Reads that peers wait for. What they rest on is not sealed meanwhile. */
  #reads = 0;
  readonly #sealer: Sealer;
  readonly #links = new Links();
  readonly #callers = new Callers();
  readonly #observers = new Set<(notice: Notice) => void>();
  readonly #deadline: Deadline;
  readonly #turn: Turn;
  #problem: Problem | null = null;
  #isClosed = false;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#turn = new Turn(() => options.clock.now().mono);
    this.#deadline = new Deadline(options.clock, () => this.#feed({ kind: "tick" }));
    const wake = (): void => this.#turn.began(() => this.#endTurn());
    this.#sealer = new Sealer({ ...options, wake });
    this.#replica = openReplica(options);
  }

  /** The core. A full disk replaces it by what is on disk, so do not keep it. */
  get replica(): Replica {
    return this.#replica;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** Milliseconds since a moment on the monotonic clock of the core. */
  age(since: number): number {
    return Math.round(this.#options.clock.now().mono - since);
  }

  linkAt(conn: ConnId): Link | null {
    return this.#links.at(conn);
  }

  observe(observer: (notice: Notice) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Writes ops; resolves when they are durable. */
  async write(input: Pick<Of<"write">, "actor" | "ops">): Promise<readonly OpId[]> {
    const notice = await this.#request((request) => ({ kind: "write", request, ...input }));
    return notice.kind === "wrote" ? notice.ids : [];
  }

  async importOps(lines: readonly JsonObject[]): Promise<Imported> {
    const notice = await this.#request((request) => ({ kind: "import", request, lines }));
    if (notice.kind !== "imported") throw new Error("bug in towline: an import ends as one");
    const { applied, known, waiting, refused } = notice;
    return { applied, known, waiting, refused };
  }

  /** Keeps machine-local facts; resolves when they are durable. */
  async learn(facts: readonly Fact[]): Promise<void> {
    await this.#request((request) => ({ kind: "learn", request, facts }));
  }

  /** What this node works on, for its beats. */
  readonly tellWork = (work: Of<"work">): void => this.#feed(work);

  /** Gives a link that has just opened to the core. */
  attach(link: Link, origin: Origin, owner: LinkOwner): LinkHandlers {
    const conn = this.#links.add(link, owner);
    const nonce = toHex(randomBytes32());
    if (this.#problem === null && !this.#isClosed) this.#feed({ ...origin, conn, nonce });
    else link.close(1001, "the disk of this node takes no writes");
    const frames = new SlicedFrames({
      link,
      begin: (frame) => this.#replica.slices(conn, frame),
      feed: (frame) => {
        this.#feed({ kind: "frame", conn, ...frame });
        return this.#turn.holdIfLong(link, this.#isBatchFull());
      },
    });
    return {
      onFrame: (data, isBinary) => frames.take(data, isBinary),
      onWritten: (frames) => this.#feed({ kind: "written", conn, frames }),
      onPong: () => this.#feed({ kind: "pong", conn }),
      onClosed: (code) => {
        frames.finish();
        this.#links.delete(conn);
        this.#feed({ kind: "closed", conn });
        if (!this.#isClosed) this.#tell({ kind: "gone", conn });
        owner.closed(code);
      },
    };
  }

  /** Flushes and closes the store; every connection gets 1001. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#attempt(() => this.#sealer.catchUp());
    this.#isClosed = true;
    this.#links.closeAll("going away");
    this.#deadline.cancel();
    this.#sealer.stop();
    this.#callers.failAll(new TowlineError("node/stopped", "The node was stopped."));
    this.#options.store.close();
  }

  async #request(make: (request: RequestId) => ReplicaEvent): Promise<Notice> {
    if (this.#isClosed) throw new TowlineError("node/stopped", "The node was stopped.");
    if (this.#problem !== null) this.#probe();
    return await this.#callers.request((request) => this.#feed(make(request)));
  }

  #feed(event: ReplicaEvent): void {
    if (this.#isClosed) return;
    // A frame may bring much: what has gathered goes to the disk first, and the rest after a turn.
    if (event.kind === "frame" && this.#isBatchFull()) this.flush();
    this.#events.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#step(next);
      }
    } finally {
      this.#isStepping = false;
    }
    if (event.kind !== "frame" && this.#isBatchFull()) this.flush();
    this.#turn.began(() => this.#endTurn());
  }

  /** Whether the next event should find it on disk. */
  #isBatchFull(): boolean {
    const { drafts } = this.#replica;
    return this.#batch?.isFull(drafts, this.#options.clock.now().mono) === true;
  }

  #step(event: ReplicaEvent): void {
    for (const effect of this.#replica.step(event, this.#options.clock.now())) {
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "gather":
        this.#gather();
        return;
      case "persist":
        this.#gather().add(effect);
        return;
      case "send":
      case "ping":
      case "close":
        this.#links.carryOut(effect);
        return;
      case "load":
        this.#load(() => {
          const ops = this.#options.store.read(effect.indices);
          return { kind: "loaded", conn: effect.conn, ops };
        });
        return;
      case "load-page":
        this.#load(() => {
          const frame = this.#options.store.readPage(effect.first);
          return { kind: "loaded-page", conn: effect.conn, frame };
        });
        return;
      case "notify":
        this.#tell(effect.notice);
    }
  }

  #gather(): Batch {
    this.#batch ??= new Batch(this.#options.clock.now().mono);
    return this.#batch;
  }

  /** Reads in a turn of its own: what one peer lacks may be long, and others want theirs. */
  #load(read: () => ReplicaEvent): void {
    this.#reads += 1;
    setImmediate(() => {
      this.#reads -= 1;
      const answer = this.#isClosed ? null : this.#attempt(read);
      if (answer !== null) this.#feed(answer);
    });
  }

  #tell(notice: Notice): void {
    if (notice.kind === "authenticated") this.#links.authenticated(notice.conn, notice.peer);
    if ("request" in notice) this.#callers.answer(notice);
    for (const observer of this.#observers) {
      try {
        observer(notice);
      } catch (error) {
        this.#options.logger.error({ error: String(error) }, "an observer of the node threw");
      }
    }
  }

  /** One transaction and one look at the deadline a turn of the event loop, however many events. */
  #endTurn(): boolean {
    if (this.#isClosed) return false;
    this.flush();
    this.#callers.giveAnswers();
    const isSealDue = this.#seal();
    this.#deadline.set(this.#replica.deadline());
    return this.#batch !== null || isSealDue;
  }

  /** Lets the disk pack a little of what has gathered there; true to go on in the next turn. */
  #seal(): boolean {
    if (this.#isClosed || this.#problem !== null) return false;
    if (this.#reads === 0 && this.#sealer.isDue) {
      const sealed = this.#attempt(() => this.#sealer.step());
      if (sealed !== null) this.#feed({ kind: "sealed", sealed });
    }
    return this.#sealer.plan();
  }

  /** What the disk says; null when it refuses, and that was dealt with. */
  #attempt<Value>(work: () => Value): Value | null {
    try {
      return work();
    } catch (error) {
      this.#lose(asStoreError(error));
      return null;
    }
  }

  /** Makes durable what was gathered, and lets the core tell of it. */
  flush(): void {
    // Amid an event more is on its way into the batch, and `committed` would speak for that, too.
    if (this.#batch === null || this.#isClosed || this.#isStepping) return;
    if (this.#replica.drafts > 0) this.#step({ kind: "flush" });
    const batch = this.#batch;
    this.#batch = null;
    if (this.#attempt(() => this.#options.store.commit(batch)) === null) return;
    this.#sealer.committed();
    this.#feed({ kind: "committed" });
  }

  /**
   * The disk refused. Nothing of the batch was told to anybody: the core goes back to what is on
   * disk and connections end. A full disk is tried again; any other failure is the end, since a
   * failed fsync may have lost what it was asked to keep.
   */
  #lose(error: TowlineError): void {
    this.#problem = { code: error.code, message: error.message };
    this.#options.logger.error({ code: error.code }, error.message);
    this.#options.onProblem?.(this.#problem);
    this.#batch = null;
    this.#sealer.stop();
    this.#events.length = 0;
    this.#links.closeAll("the disk takes no writes");
    this.#callers.failAll(error);
    if (error.code !== "store/full") {
      this.#isClosed = true;
      this.#deadline.cancel();
      this.#options.onFatal(error);
      return;
    }
    this.#replica = openReplica(this.#options);
    this.#options.clock.setTimer(probeEveryMs, () => this.#probeAgain());
  }

  #probeAgain(): void {
    if (this.#problem === null || this.#isClosed) return;
    try {
      this.#probe();
    } catch {
      this.#options.clock.setTimer(probeEveryMs, () => this.#probeAgain());
    }
  }

  /** Throws what the disk says when it still takes no writes. */
  #probe(): void {
    try {
      this.#options.store.commit({ ops: [], facts: [["probe", "0".repeat(16_384)]] });
      this.#options.store.commit({ ops: [], facts: [["probe", null]] });
    } catch (cause) {
      const error = asStoreError(cause);
      if (error.code !== "store/full") this.#lose(error);
      throw error;
    }
    this.#problem = null;
    this.#options.logger.info({}, "the disk takes writes again");
  }
}

function openReplica({ store, replica }: RuntimeOptions): Replica {
  return new Replica(replica, { ops: store.ops(), facts: store.facts() });
}

function asStoreError(cause: unknown): TowlineError {
  if (cause instanceof TowlineError) return cause;
  return new TowlineError("store/failed", "The disk failed in a way not known.", { cause });
}
