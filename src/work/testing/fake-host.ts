/** A node that hands out work, without a core: ops go where a test says, and time as well. */
import { setImmediate as turn } from "node:timers/promises";
import { readChange } from "../../op/change.ts";
import { author, forge } from "../../log/testing/forge.ts";
import type { NodeId, Op, OpId } from "../../op/op.ts";
import { present } from "../../base/assert.ts";
import { Claims } from "../../claims/claims.ts";
import type { WorkSettings } from "../../claims/settings.ts";
import { testHash } from "../../claims/testing/claim-ops.ts";
import { Document } from "../../pipeline/document.ts";
import type { ClaimOptions } from "../desk.ts";
import type { Witness, WorkChange, WorkHost, Working } from "../host.ts";
import { WorkService } from "../service.ts";

/** One clock for all nodes of a test. */
export class FakeTime {
  now = 0;
  readonly #timers = new Set<{ at: number; fire: () => void }>();

  set(ms: number, fire: () => void): () => void {
    const timer = { at: this.now + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, timer by timer, with all that follows from each. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await turn();
      const due = [...this.#timers].sort((left, right) => left.at - right.at)[0];
      if (due === undefined || due.at > until) break;
      this.#timers.delete(due);
      this.now = Math.max(this.now, due.at);
      due.fire();
    }
    this.now = until;
    await turn();
  }
}

export class FakeHost implements WorkHost {
  readonly node: NodeId;
  readonly settings: WorkSettings;
  readonly time: FakeTime;
  readonly state = { document: new Document(), claims: new Claims(testHash), sha256: testHash };
  readonly ops: Op[] = [];
  /** The hub that this node dials; null for none. */
  hub: FakeHost | null = null;
  isReached = true;
  /** What the hub last said that it has. */
  saidByHub = new Set<OpId>();
  isDeaf = false;
  working: readonly Working[] = [];
  everyMs = Infinity;
  readonly heard = new Map<OpId, number>();
  readonly problems: string[] = [];
  readonly #listeners = new Set<(items: ReadonlySet<string> | null) => void>();
  #work: WorkService | null = null;

  constructor(number: number, time: FakeTime, settings: Partial<WorkSettings> = {}) {
    this.node = author(number);
    this.time = time;
    this.settings = {
      ...{ labels: [], jobsMax: 0, stageLimits: new Map(), retryWaitMs: 1_000 },
      ...{ leaseMs: 6_000, leaseGraceMs: 2_000 },
      ...settings,
    };
  }

  get work(): WorkService {
    this.#work ??= new WorkService(this);
    return this.#work;
  }

  now(): number {
    return this.time.now;
  }

  async write(changes: readonly WorkChange[], actor: string): Promise<OpId> {
    const own = this.ops.filter((op) => op.author === this.node);
    const prev = own.at(-1) ?? null;
    const deps = this.ops.filter((op) => op.author !== this.node).slice(-1);
    for (const change of changes) present(readChange(change), `malformed: ${change[0]}`);
    const body = JSON.stringify(changes);
    const op = forge({ author: this.node, prev, deps, body, twist: { actor } });
    this.take([op]);
    await turn();
    return op.id;
  }

  /** Applies what is new here. */
  take(ops: readonly Op[]): void {
    const fresh = ops.filter(({ id }) => !this.ops.some((op) => op.id === id));
    const items = new Set<string>();
    for (const op of fresh) {
      this.state.document.apply(op, this.ops.length);
      this.state.claims.apply(op);
      this.ops.push(op);
      for (const item of this.state.document.drainTouched()) items.add(item);
    }
    if (fresh.length > 0) for (const listener of this.#listeners) listener(items);
  }

  tell(): void {
    for (const listener of this.#listeners) listener(null);
  }

  /** Both get what the other has, and this node hears what the hub has. */
  sync(): void {
    const { hub } = this;
    if (hub === null) return;
    hub.take(this.ops);
    this.take(hub.ops);
    this.saidByHub = new Set(hub.ops.map(({ id }) => id));
    this.tell();
  }

  hubs(): readonly Witness[] {
    return this.hub === null ? [] : [this.#witness(this.hub)];
  }

  areHubsReached(): boolean {
    return this.isReached;
  }

  peers(): readonly Witness[] {
    return this.hubs();
  }

  #witness(hub: FakeHost): Witness {
    const here = (): Set<OpId> => new Set(this.ops.map(({ id }) => id));
    const has = (op: OpId): boolean => {
      const known = here();
      return this.saidByHub.has(op) && [...this.saidByHub].every((id) => known.has(id));
    };
    const node = this.isReached ? hub.node : null;
    return { node, name: "hub", isTelling: node !== null, has };
  }

  heardAt(claim: OpId): number | null {
    return this.heard.get(claim) ?? null;
  }

  tellWorking(working: readonly Working[], everyMs: number): void {
    [this.working, this.everyMs] = [working, everyMs];
  }

  hasDeafPeers(): boolean {
    return this.isDeaf;
  }

  onChange(listener: (items: ReadonlySet<string> | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setTimer(ms: number, fire: () => void): () => void {
    return this.time.set(ms, fire);
  }

  reportProblem(message: string): void {
    this.problems.push(message);
  }
}

export function how(options: Partial<ClaimOptions> = {}): ClaimOptions & { force: boolean } {
  return {
    ...{ actor: "ann", confirm: { kind: "hub" }, waitMs: 1_000, ttlMs: null },
    ...{ isManual: false, reason: "", force: false },
    ...options,
  };
}
