/** A node in this process, behind the interface that programs and the CLI use. */
import { newTokenText } from "../adapters/token-text.ts";
import { tokenKeyPair } from "../adapters/node-crypto.ts";
import { TowlineError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { blameWithClaims, itemsWithClaims, itemWithClaims } from "../claims/over.ts";
import { Admission } from "../log/admission.ts";
import { Log } from "../log/log.ts";
import type { Fork } from "../log/log.ts";
import type { MeshId, NodeId, OpId } from "../op/op.ts";
import type { Blame, ItemView } from "../pipeline/document.ts";
import { systemClock } from "../node/clock.ts";
import type { OpenFolder } from "../node/identity.ts";
import type { Logger } from "../node/logger.ts";
import type { Network } from "../node/network.ts";
import type { Runtime } from "../node/runtime.ts";
import type { NodeSettings } from "../node/settings.ts";
import { tracedWrite } from "../node/traced-write.ts";
import type { Tracing } from "../node/tracing.ts";
import type { Watchdog } from "../node/watchdog.ts";
import type { Notice } from "../replica/events.ts";
import { tokenFact } from "../replica/trust.ts";
import type { TokenFact } from "../replica/trust.ts";
import { WorkService } from "../work/service.ts";
import { LogArrivals } from "./arrivals.ts";
import { Digests } from "./digests.ts";
import { Listeners } from "./listeners.ts";
import { loggedOps, Verifier } from "./ops.ts";
import { peerRows } from "./peers.ts";
import { refuseWrongMoves, stageIn } from "./stage-guard.ts";
import type { Start } from "./status.ts";
import { startOf, statusOf } from "./status.ts";
import { SyncState } from "./sync-state.ts";
import { NodeWorkHost } from "./work-host.ts";
import type {
  ChangeTuple,
  Digest,
  ImportedOps,
  Invite,
  InviteOptions,
  LoggedOp,
  NodeEvents,
  NodeStatus,
  PeerStatus,
  SyncedOptions,
  TowlineNode,
  Verification,
  WaitOptions,
  WriteOptions,
} from "./types.ts";

const inviteTtlMs = 24 * 3_600_000;
/** Ops that `verify` checks before it lets others have a turn. */
const verifySlice = 64;

export interface LocalNodeParts {
  readonly folder: OpenFolder;
  readonly mesh: MeshId;
  readonly runtime: Runtime;
  readonly network: Network;
  readonly settings: NodeSettings;
  readonly logger: Logger;
  readonly watchdog: Watchdog | null;
  readonly tracing: Tracing;
}

export class LocalNode implements TowlineNode {
  readonly id: NodeId;
  readonly mesh: MeshId;
  readonly dir: string;
  readonly name: string;
  readonly arrivals: LogArrivals;
  readonly #parts: LocalNodeParts;
  readonly #listeners: Listeners;
  readonly #sync: SyncState;
  readonly #digests: Digests;
  /** Made when it is asked for: short commands on items have no use for it. */
  #work: WorkService | null = null;
  #closing: Promise<void> | null = null;
  readonly #start: Start;

  constructor(parts: LocalNodeParts) {
    const { folder, mesh, runtime, settings } = parts;
    this.id = folder.signer.node;
    this.mesh = mesh;
    this.dir = folder.dir;
    this.name = settings.name;
    this.#parts = parts;
    this.arrivals = new LogArrivals(runtime, folder.store);
    this.#digests = new Digests(runtime);
    this.#start = startOf(runtime.replica.log, systemClock.now().mono);
    const listeners = new Listeners(parts.logger);
    this.#listeners = listeners;
    this.#sync = new SyncState({
      runtime,
      now: () => systemClock.now().mono,
      emit: (name, event) => listeners.emit(name, event),
    });
    runtime.observe((notice) => this.#publish(notice));
  }

  get url(): string | null {
    return this.#parts.network.listener?.url ?? null;
  }

  get http(): string | null {
    const listener = this.#parts.network.listener;
    return listener === null ? null : new URL(listener.url.replace(/^ws/u, "http")).origin;
  }

  nameOf(node: NodeId): string | null {
    if (node === this.id) return this.name;
    return this.#parts.runtime.replica.beats.names.of(node);
  }

  async write(
    ops: readonly (readonly ChangeTuple[])[],
    options: WriteOptions = {},
  ): Promise<readonly OpId[]> {
    this.#assertOpen();
    if (options.isFree !== true) {
      refuseWrongMoves((item) => {
        const sides = this.work.board.conflict(item).map(({ stage }) => stage);
        return { stage: stageIn(this.item(item)), sides };
      }, ops);
    }
    const { tracing, runtime } = this.#parts;
    return await tracedWrite(tracing, runtime, { actor: options.actor ?? this.name, ops });
  }

  item(id: string): ItemView | null {
    return itemWithClaims(this.#document, this.#parts.runtime.replica.claims, id);
  }

  items(after?: string): IterableIterator<ItemView> {
    return itemsWithClaims(this.#document, this.#parts.runtime.replica.claims, after);
  }

  /** Judges leases and keeps the own claims from now on. */
  startWork(): void {
    this.#work = this.work;
  }

  get work(): WorkService {
    this.#assertOpen();
    this.#work ??= new WorkService(
      new NodeWorkHost({
        ...this.#parts,
        node: this.id,
        settings: this.#parts.settings.work,
        rendezvous: this.#parts.settings.rendezvous,
        clock: systemClock,
      }),
    );
    return this.#work;
  }

  itemState(id: string): "live" | "deleted" | "absent" {
    return this.#document.state(id);
  }

  blame(id: string): readonly Blame[] {
    return blameWithClaims(this.#document, this.#parts.runtime.replica.claims, id);
  }

  adds(item: string, field: string, value: string): readonly OpId[] {
    return this.#document.adds(item, field, value);
  }

  get #document(): Runtime["replica"]["document"] {
    return this.#parts.runtime.replica.document;
  }

  ops(item?: string): IterableIterator<LoggedOp> {
    this.#assertOpen();
    const { runtime, folder } = this.#parts;
    runtime.flush();
    const { replica } = runtime;
    const indices =
      item === undefined
        ? Array.from({ length: replica.durable }, (_, index) => index)
        : replica.document.history(item).filter((index) => index < replica.durable);
    return loggedOps({ replica, store: folder.store, indices });
  }

  async importOps(lines: readonly JsonObject[]): Promise<ImportedOps> {
    this.#assertOpen();
    return await this.#parts.runtime.importOps(lines);
  }

  heads(): readonly OpId[] {
    const { heads } = this.#parts.runtime.replica.frontier;
    return [...heads.values()].flat().map(({ id }) => id);
  }

  reached(peer: NodeId, op: OpId): boolean {
    return this.#sync.reached(peer, op);
  }

  async whenReached(op: OpId, peer: NodeId, options: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    await this.#sync.whenReached(op, peer, options);
  }

  async whenSynced(options: SyncedOptions = {}): Promise<void> {
    this.#assertOpen();
    await this.#sync.whenSynced(options);
  }

  digest(): Digest {
    return this.#digests.now();
  }

  status(): NodeStatus {
    const { runtime } = this.#parts;
    const { name, dir } = this;
    const loop = this.#parts.watchdog?.status() ?? null;
    const board = this.#closing === null ? this.work.board : null;
    const start = this.#start;
    const now = systemClock.now().mono;
    return statusOf({ runtime, name, dir, peers: this.peers(), loop, board, start, now });
  }

  peers(): readonly PeerStatus[] {
    const { runtime, network } = this.#parts;
    return peerRows({
      replica: runtime.replica,
      sync: this.#sync,
      rendezvous: network.rendezvous(),
      linkAt: (conn) => runtime.linkAt(conn),
      nameOf: (node) => this.nameOf(node),
    });
  }

  async verify(onProgress?: (done: number, all: number) => void): Promise<Verification> {
    this.#assertOpen();
    const { runtime, folder } = this.#parts;
    runtime.flush();
    const all = runtime.replica.durable;
    const verifier = new Verifier(this.mesh, (crypto) => new Admission(new Log(), crypto));
    for (let done = 0; done < all;) {
      const until = Math.min(all, done + verifySlice);
      const page = Array.from({ length: until - done }, (_, at) => done + at);
      for (const op of folder.store.read(page)) verifier.check(op);
      done = until;
      onProgress?.(done, all);
      await new Promise((resolve) => setImmediate(resolve));
      this.#assertOpen();
    }
    return verifier.result();
  }

  async invite(options: InviteOptions = {}): Promise<Invite> {
    this.#assertOpen();
    const url = options.url ?? this.url;
    if (url === null) {
      const message = "This node does not listen. Start it with `towline up`, or name its --url.";
      throw new TowlineError("usage/invalid", message);
    }
    const token = newTokenText();
    const ttlMs = options.ttlMs === undefined ? inviteTtlMs : options.ttlMs;
    const expires = ttlMs === null ? null : Date.now() + ttlMs;
    const uses = options.uses === undefined ? 1 : options.uses;
    const fact: TokenFact = { expires, uses, label: options.label ?? "" };
    const key = tokenFact(tokenKeyPair(token).key);
    await this.#parts.runtime.learn([[key, JSON.stringify(fact)]]);
    const command = `towline join ${url} --token ${token} --key ${this.id}`;
    return { token, url, command, expires };
  }

  addRendezvous(
    url: string,
    options: { readonly key?: NodeId; readonly token?: string } = {},
  ): void {
    this.#assertOpen();
    const { key = null, token = null } = options;
    this.#parts.network.add(url, { key, token });
  }

  removeRendezvous(url: string): void {
    this.#parts.network.remove(url);
  }

  on<Name extends keyof NodeEvents>(
    name: Name,
    listener: (event: NodeEvents[Name]) => void,
  ): () => void {
    return this.#listeners.add(name, listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { runtime, network, folder, watchdog } = this.#parts;
    runtime.flush();
    this.#sync.close();
    this.#work?.close();
    await network.close();
    watchdog?.stop();
    runtime.close();
    folder.close();
  }

  /** The disk refused a write. */
  reportProblem(problem: NodeEvents["problem"]): void {
    this.#listeners.emit("problem", problem);
  }

  #assertOpen(): void {
    if (this.#closing === null) return;
    throw new TowlineError("node/stopped", "The node was closed. Open it again.");
  }

  #publish(notice: Notice): void {
    this.#sync.take(notice);
    switch (notice.kind) {
      case "applied":
        return this.#listeners.emit("applied", notice);
      case "rejected":
        return this.#listeners.emit("rejected", { count: notice.rejections.length });
      case "fork":
        return this.#listeners.emit("fork", forkEvent(notice.fork));
      case "authenticated":
      case "live":
      case "closing":
      case "gone":
        if (this.#listeners.has("peers")) this.#listeners.emit("peers", this.peers());
        return;
      case "diverged":
        return this.#listeners.emit("diverged", { peer: this.#sync.peerAt(notice.conn) });
      default:
        return;
    }
  }
}

function forkEvent({ author, seq, entries }: Fork): NodeEvents["fork"] {
  return { author, seq, ops: entries.map((entry) => entry.id) };
}
