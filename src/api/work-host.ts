/** A node as those who hand out work see it: its state, its peers and what they acknowledged. */
import type { WorkSettings } from "../claims/settings.ts";
import type { SystemClock } from "../node/clock.ts";
import type { Logger } from "../node/logger.ts";
import type { Network } from "../node/network.ts";
import type { Runtime } from "../node/runtime.ts";
import { tracedWrite } from "../node/traced-write.ts";
import type { Tracing } from "../node/tracing.ts";
import { traced } from "../node/tracing.ts";
import type { NodeId, OpId } from "../op/op.ts";
import { isWitness } from "../replica/witness.ts";
import type { Session } from "../sync/session.ts";
import type { Trace, Witness, WorkChange, WorkHost, Working } from "../work/host.ts";

export class NodeWorkHost implements WorkHost {
  readonly node: NodeId;
  readonly settings: WorkSettings;
  readonly #rendezvous: readonly string[];
  readonly #runtime: Runtime;
  readonly #network: Network;
  readonly #clock: SystemClock;
  readonly #logger: Logger;
  readonly #tracing: Tracing;

  constructor(parts: {
    readonly node: NodeId;
    readonly settings: WorkSettings;
    /** What the settings name; a store that is opened without a network dials none of it. */
    readonly rendezvous: readonly string[];
    readonly runtime: Runtime;
    readonly network: Network;
    readonly clock: SystemClock;
    readonly logger: Logger;
    readonly tracing: Tracing;
  }) {
    this.node = parts.node;
    this.settings = parts.settings;
    this.#rendezvous = parts.rendezvous;
    this.#runtime = parts.runtime;
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#tracing = parts.tracing;
  }

  get state(): WorkHost["state"] {
    return this.#runtime.replica;
  }

  now(): number {
    return this.#clock.now().mono;
  }

  async write(changes: readonly WorkChange[], actor: string): Promise<OpId> {
    const input = { actor, ops: [changes] };
    const [id] = await tracedWrite(this.#tracing, this.#runtime, input);
    if (id === undefined) throw new Error("bug in towline: a write of one op gives one id");
    return id;
  }

  readonly trace: Trace = async ([name, item], work) => {
    const options = { attributes: { "towline.item": item } };
    return await traced(this.#tracing, [name, options], (span) => work(span.traceparent));
  };

  hubs(): readonly Witness[] {
    const dialled = new Map<string, Session>();
    for (const session of this.#runtime.replica.sessions().values()) {
      if (session.side.role === "connector") dialled.set(session.side.audience, session);
    }
    const urls = new Set(this.#rendezvous);
    for (const { url } of this.#network.rendezvous()) urls.add(url);
    return [...urls].map((url) => this.#witness(url, dialled.get(url) ?? null));
  }

  areHubsReached(): boolean {
    return this.hubs().every(({ node }) => node !== null);
  }

  peers(): readonly Witness[] {
    return [...this.#runtime.replica.sessions().values()].map((session) =>
      this.#witness((session.peer ?? "").slice(0, 8), session),
    );
  }

  #witness(name: string, session: Session | null): Witness {
    const node = session?.isSyncing === true ? session.peer : null;
    const { log } = this.#runtime.replica;
    const isTelling = node !== null && session?.peerFrontier !== null;
    return { node, name, isTelling, has: (op) => session !== null && isWitness(session, log, op) };
  }

  heardAt(claim: OpId, node: NodeId): number | null {
    return this.#runtime.replica.beats.heardAt(claim, node);
  }

  tellWorking(working: readonly Working[], everyMs: number): void {
    this.#runtime.tellWork({ kind: "work", working, everyMs });
  }

  /** True when a peer of version 1 or 2 is connected: it hears no beats, nor do those behind it. */
  hasDeafPeers(): boolean {
    return [...this.#runtime.replica.sessions().values()].some(
      ({ isSyncing, version }) => isSyncing && version !== 3,
    );
  }

  onChange(listener: (items: ReadonlySet<string> | null) => void): () => void {
    return this.#runtime.observe((notice) => {
      if (notice.kind === "applied") listener(notice.items);
      else if (notice.kind === "live" || notice.kind === "gone") listener(null);
    });
  }

  setTimer(ms: number, fire: () => void): () => void {
    return this.#clock.setTimer(ms, fire);
  }

  reportProblem(message: string, error: unknown): void {
    this.#logger.warn({ error: String(error) }, message);
  }
}
