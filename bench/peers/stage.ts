/** One peer on the stage: its folders, its processes, and hubs that hold the work already. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CallProcess } from "../call-process.ts";
import { bytesIn } from "../stores.ts";
import type { PeerCalls, Reached } from "./calls.ts";
import type { Source, Target } from "./edits.ts";
import { editsOf, targetOf } from "./edits.ts";
import type { Peer } from "./roster.ts";
import type { Scale } from "./scale.ts";

/** The files of a hub that has got all edits of a source, and was closed. */
export interface Store {
  readonly dir: string;
  readonly source: Source;
  /** How to find the document there. */
  readonly ticket: string;
  readonly target: Target;
  /** Updates in it, those that made the items and the sentinel included. */
  readonly ops: number;
  /** Bytes of all its files for each op. */
  readonly bytesPerOp: number;
}

export class PeerProcess extends CallProcess<PeerCalls> {}

/** A hub on a copy of a store. */
export interface RunningHub {
  readonly process: PeerProcess;
  readonly url: string;
  /** What opening took, modules being loaded. */
  readonly ms: number;
  readonly store: Store;
}

/** Some peers need minutes for the large work, and a multiple of that on a busy machine. */
const makeTimeoutMs = 60 * 60_000;

export class Stage {
  readonly peer: Peer;
  readonly scale: Scale;
  readonly #root: string;
  readonly #stores = new Map<string, Promise<Store>>();
  #folders = 0;

  constructor(given: { readonly peer: Peer; readonly scale: Scale; readonly root: string }) {
    this.peer = given.peer;
    this.scale = given.scale;
    this.#root = join(given.root, given.peer.name);
    mkdirSync(this.#root, { recursive: true });
  }

  /** A folder that does not exist yet. */
  fresh(): string {
    this.#folders += 1;
    return join(this.#root, String(this.#folders));
  }

  start(role: string): PeerProcess {
    return new PeerProcess({
      role: `${role} of ${this.peer.name}`,
      path: join(import.meta.dirname, "child.ts"),
      args: [this.peer.driver],
      // Of the throttle in automerge-repo: it says nothing to whoever reads the figures.
      execArgv: ["--disable-warning=TimeoutNegativeWarning"],
    });
  }

  /** The store of a source, which is made once. */
  async store(source: Source): Promise<Store> {
    const key = JSON.stringify(source);
    const made = this.#stores.get(key) ?? this.#make(source);
    this.#stores.set(key, made);
    return await made;
  }

  async #make(source: Source): Promise<Store> {
    const dir = this.fresh();
    const edits = editsOf(source);
    const target = targetOf(edits);
    const ticket = (await this.#fill(dir, source)) ?? (await this.#upload(dir, source, target));
    const bytesPerOp = bytesIn(dir) / edits.length;
    return { dir, source, ticket, target, ops: edits.length, bytesPerOp };
  }

  async #fill(dir: string, source: Source): Promise<string | null> {
    await using filler = this.start("maker");
    return (await filler.call("fill", { dir, source }, makeTimeoutMs)) ? "" : null;
  }

  /** The authors work on their own and then meet the hub; another replica sees that all came. */
  async #upload(dir: string, source: Source, target: Target): Promise<string> {
    await using hub = this.start("hub");
    await using maker = this.start("maker");
    const { url } = await hub.call("openHub", { dir }, makeTimeoutMs);
    const place = { dir: this.fresh(), url, ticket: null };
    await maker.call("openReplicas", { place, count: 1 }, makeTimeoutMs);
    await maker.call("make", { source }, makeTimeoutMs);
    const { ticket } = await maker.call("connect", { url }, makeTimeoutMs);
    await maker.call("reach", { target, timeoutMs: this.scale.timeoutMs }, makeTimeoutMs);
    await using witness = await this.replica("witness", { url, ticket: ticket ?? "" });
    await this.join(witness, url, target);
    return ticket ?? "";
  }

  /** Starts a hub on a copy of the store. */
  async hub(store: Store): Promise<RunningHub> {
    const dir = this.fresh();
    cpSync(store.dir, dir, { recursive: true });
    const process = this.start("hub");
    const { url, ms } = await process.call("openHub", { dir }, this.scale.timeoutMs);
    return { process, url, ms, store };
  }

  /** A process with `count` replicas that have not connected yet. */
  async replica(
    role: string,
    at: { readonly url: string; readonly ticket: string },
    count = 1,
  ): Promise<PeerProcess> {
    const process = this.start(role);
    await process.call(
      "openReplicas",
      { place: { dir: this.fresh(), ...at }, count },
      makeTimeoutMs,
    );
    return process;
  }

  async join(replica: PeerProcess, url: string, target: Target): Promise<Reached> {
    const { timeoutMs } = this.scale;
    // A replica that is too busy to see that its time is up is killed a little later.
    return await replica.call("join", { url, target, timeoutMs }, timeoutMs + 30_000);
  }
}
