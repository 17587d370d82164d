/**
 * Nodes that hand out work, under a virtual network, disk and clock: the core and the work service
 * of production, which waits in promises and therefore has a simulator of its own. Between two
 * events all promises go as far as they can, so that a seed is a run.
 */
import { TestNode, TestTime } from "../../src/replica/testing/test-node.ts";
import type { ConnId } from "../../src/replica/events.ts";
import type { OpId } from "../../src/op/op.ts";
import { isWitness } from "../../src/replica/witness.ts";
import type { Session } from "../../src/sync/session.ts";
import type { WorkSettings } from "../../src/claims/settings.ts";
import type { Witness, WorkChange, WorkHost } from "../../src/work/host.ts";
import { WorkService } from "../../src/work/service.ts";
import type { Prng } from "../../src/sim/prng.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  fire: () => void;
}

/** Virtual milliseconds, and what happens when. */
export class Schedule {
  now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  after(ms: number, fire: () => void): () => void {
    this.#order += 1;
    const timer = { at: this.now + Math.max(0, ms), order: this.#order, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.after(ms, resolve));
  }

  /** Lets time pass until `until`, one event at a time. */
  async run(until: number, between: () => void): Promise<void> {
    for (;;) {
      const next = this.#next();
      if (next === null || next.at > until) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.fire();
      // All promises go as far as they can without time.
      await new Promise((resolve) => setImmediate(resolve));
      between();
    }
    this.now = until;
  }

  #next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (first === null || timer.at < first.at) first = timer;
      else if (timer.at === first.at && timer.order < first.order) first = timer;
    }
    return first;
  }
}

/** One direction of a line between two nodes. */
interface End {
  readonly node: SimNode;
  readonly conn: ConnId;
  readonly peer: SimNode;
  readonly life: number;
  /** No frame arrives before the one that was sent before it. */
  arrivesAt: number;
}

interface Line {
  readonly ends: readonly [End, End];
  isUp: boolean;
}

export class SimNode implements WorkHost {
  readonly world: ClaimWorld;
  readonly index: number;
  readonly core: TestNode;
  readonly settings: WorkSettings;
  work: WorkService;
  isUp = true;
  /** One more with every start. */
  life = 0;
  #told = 0;
  #listeners = new Set<(items: ReadonlySet<string> | null) => void>();
  #writes = new Map<number, (id: OpId) => void>();
  #isCommitting = false;

  constructor(world: ClaimWorld, index: number, settings: WorkSettings) {
    this.world = world;
    this.index = index;
    this.settings = settings;
    const time = new TestTime();
    // Wall clocks are years apart, and nothing may depend on that.
    time.wall += world.chance.between(-3e10, 3e10);
    this.core = new TestNode({ number: index + 1, time, trust: { isOpen: true } });
    this.work = new WorkService(this);
  }

  get node(): WorkHost["node"] {
    return this.core.id;
  }

  get state(): WorkHost["state"] {
    return this.core.replica;
  }

  now(): number {
    return this.world.schedule.now;
  }

  /** Takes an event into the core, and carries out what follows. */
  step(act: () => void): void {
    if (!this.isUp) return;
    this.core.time.mono = 1_000 + this.now();
    act();
    this.#afterStep();
  }

  #afterStep(): void {
    while (this.#told < this.core.notices.length) {
      const notice = this.core.notices[this.#told];
      // Whoever is told may step again.
      this.#told += 1;
      if (notice?.kind === "wrote") {
        const [id] = notice.ids;
        if (id !== undefined) this.#writes.get(notice.request)?.(id);
        this.#writes.delete(notice.request);
      }
      if (notice?.kind === "applied") for (const each of this.#listeners) each(notice.items);
      if (notice?.kind === "live") for (const each of this.#listeners) each(null);
    }
    if (this.core.batch !== null && !this.#isCommitting) {
      this.#isCommitting = true;
      const { life } = this;
      this.after(this.world.chance.float() * this.world.commitMs, life, () => {
        this.#isCommitting = false;
        this.step(() => this.core.commit());
      });
    }
    this.world.carry(this);
  }

  /** Like a timer of this life of the process: a crash takes it along. */
  after(ms: number, life: number, fire: () => void): () => void {
    return this.world.schedule.after(ms, () => {
      if (this.isUp && this.life === life) fire();
    });
  }

  tell(): void {
    for (const listener of this.#listeners) listener(null);
  }

  async write(changes: readonly WorkChange[], actor: string): Promise<OpId> {
    return await new Promise((resolve) => {
      this.step(() => {
        this.#writes.set(this.core.write([changes], actor), resolve);
      });
    });
  }

  #sessions(): readonly Session[] {
    return [...this.core.replica.sessions().values()];
  }

  hubs(): readonly Witness[] {
    if (this.index === 0) return [];
    const session = this.#sessions().find(({ side }) => side.role === "connector") ?? null;
    return [this.#witness(session)];
  }

  areHubsReached(): boolean {
    return this.hubs().every(({ node }) => node !== null);
  }

  peers(): readonly Witness[] {
    return this.#sessions().map((session) => this.#witness(session));
  }

  #witness(session: Session | null): Witness {
    const { log } = this.core.replica;
    const node = session?.isSyncing === true ? session.peer : null;
    const has = (op: OpId): boolean => session !== null && isWitness(session, log, op);
    return { node, name: "peer", isTelling: node !== null, has };
  }

  heardAt(claim: OpId, node: SimNode["node"]): number | null {
    const at = this.core.replica.beats.heardAt(claim, node);
    return at === null ? null : at - 1_000;
  }

  tellWorking(working: Parameters<WorkHost["tellWorking"]>[0], everyMs: number): void {
    this.step(() => this.core.step({ kind: "work", working, everyMs }));
  }

  hasDeafPeers(): boolean {
    return false;
  }

  onChange(listener: (items: ReadonlySet<string> | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setTimer(ms: number, fire: () => void): () => void {
    return this.after(ms, this.life, fire);
  }

  reportProblem(message: string, error: unknown): void {
    throw new Error(`${message}: ${String(error)}`);
  }

  /** The process dies, and what waited in it with it. */
  crash(): void {
    this.isUp = false;
    this.life += 1;
    this.work.close();
    this.#listeners = new Set();
    this.#writes = new Map();
    this.#isCommitting = false;
    this.world.hangUp(this);
  }

  start(): void {
    this.core.restart();
    this.#told = this.core.notices.length;
    this.isUp = true;
    this.work = new WorkService(this);
    if (this.index > 0) this.world.dial(this);
  }
}

export class ClaimWorld {
  readonly schedule = new Schedule();
  readonly chance: Prng;
  readonly nodes: readonly SimNode[];
  #lines: Line[] = [];
  readonly #cut = new Set<SimNode>();

  /** What a commit takes at most. */
  readonly commitMs: number;

  constructor(chance: Prng, count: number, settings: WorkSettings) {
    this.chance = chance;
    this.commitMs = chance.pick([2, 40, 100]);
    this.nodes = Array.from({ length: count }, (_, index) => new SimNode(this, index, settings));
    for (const node of this.nodes.slice(1)) this.dial(node);
  }

  get hub(): SimNode {
    const [hub] = this.nodes;
    if (hub === undefined) throw new Error("there is no hub");
    return hub;
  }

  /** Dials the hub now, and again until it answers. */
  dial(node: SimNode): void {
    const { hub } = this;
    const isReachable = node.isUp && hub.isUp && !this.#cut.has(node);
    if (!isReachable) {
      node.after(500, node.life, () => this.dial(node));
      return;
    }
    let [near, far] = [0 as ConnId, 0 as ConnId];
    hub.step(() => (far = hub.core.accept()));
    node.step(() => (near = node.core.dial({ audience: "sim://hub" })));
    const end = (at: SimNode, conn: ConnId, peer: SimNode): End => {
      return { node: at, conn, peer, life: at.life, arrivesAt: 0 };
    };
    this.#lines.push({ ends: [end(node, near, hub), end(hub, far, node)], isUp: true });
    for (const each of [hub, node]) this.carry(each);
  }

  /** Puts what `node` has sent on its lines. */
  carry(node: SimNode): void {
    for (const line of this.#lines) {
      for (const [at, from] of line.ends.entries()) {
        if (from.node !== node || !line.isUp) continue;
        const to = line.ends[1 - at] as End;
        for (
          let frame = node.core.take(from.conn);
          frame !== null;
          frame = node.core.take(from.conn)
        ) {
          const sent = frame;
          from.arrivesAt = Math.max(from.arrivesAt, this.schedule.now + this.#delay());
          this.schedule.after(from.arrivesAt - this.schedule.now, () => {
            if (line.isUp) to.node.step(() => to.node.core.receive(to.conn, sent));
          });
        }
      }
    }
  }

  #delay(): number {
    return this.chance.chance(0.2) ? this.chance.float() * 200 : 1 + this.chance.float() * 20;
  }

  /** Deadlines of the cores: their pings, their beats. */
  tick(): void {
    for (const node of this.nodes) {
      if (node.isUp && node.core.replica.deadline() <= 1_000 + this.schedule.now) {
        node.step(() => node.core.step({ kind: "tick" }));
      }
    }
    this.schedule.after(20, () => this.tick());
    for (const node of this.nodes) this.#answerPings(node);
  }

  #answerPings(node: SimNode): void {
    for (const { ends, isUp } of this.#lines) {
      for (const end of ends) {
        if (isUp && end.node === node) {
          node.step(() => node.core.step({ kind: "pong", conn: end.conn }));
        }
      }
    }
  }

  cut(node: SimNode): void {
    this.#cut.add(node);
    this.hangUp(node);
  }

  heal(nodes: readonly SimNode[]): void {
    for (const node of nodes) this.#cut.delete(node);
  }

  /** Ends all lines of `node`; both sides are told, and whoever dialled dials again. */
  hangUp(node: SimNode): void {
    for (const line of this.#lines) {
      if (!line.ends.some((end) => end.node === node)) continue;
      line.isUp = false;
      for (const end of line.ends) {
        if (!end.node.isUp || end.node.life !== end.life) continue;
        end.node.step(() => end.node.core.step({ kind: "closed", conn: end.conn }));
        end.node.core.outbox.delete(end.conn);
        end.node.tell();
      }
      const dialler = line.ends[0].node;
      if (dialler.isUp) dialler.after(500, dialler.life, () => this.dial(dialler));
    }
    this.#lines = this.#lines.filter(({ isUp }) => isUp);
  }
}
