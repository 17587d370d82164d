/** Authenticated runs that wait for an ancestor: bounded by source and in all, visible, aged. */
import {
  pendingAgeMs,
  pendingBytesMax,
  pendingOpsMax,
  pendingTotalBytesMax,
} from "../base/limits.ts";
import type { OpId } from "../op/op.ts";
import type { Source } from "./log.ts";
import type { Run } from "./run.ts";

/** A run that waits for `missing`, which no op here is. */
export interface Waiting {
  readonly run: Run;
  missing: OpId;
  readonly source: Source;
  /** Monotonic milliseconds of its arrival. */
  readonly since: number;
}

interface Usage {
  ops: number;
  bytes: number;
}

export class Pending {
  /** In order of arrival. */
  readonly #all = new Set<Waiting>();
  readonly #byMissing = new Map<OpId, Set<Waiting>>();
  /** By the op that the run ends in; of two such runs the longer one holds the shorter. */
  readonly #byLast = new Map<OpId, Waiting>();
  /** The runs in which each op waits: a signed op may also lie inside a longer run. */
  readonly #runsOf = new Map<OpId, Set<Waiting>>();
  readonly #usage = new Map<Source, Usage>();
  #bytes = 0;
  /** Ops dropped for want of room or for their age; a later sync brings them again. */
  dropped = 0;

  get ops(): number {
    return this.#runsOf.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: OpId): boolean {
    return this.#runsOf.has(id);
  }

  /** The waiting run whose last op is `id`, so that its own signature is verified. */
  endingIn(id: OpId): Run | null {
    return this.#byLast.get(id)?.run ?? null;
  }

  /** The runs in which `id` waits. */
  runsWith(id: OpId): ReadonlySet<Waiting> {
    return this.#runsOf.get(id) ?? new Set();
  }

  /**
   * Whether a run that waits for `missing` would wait for itself, so that nothing from outside sets
   * it going. It costs a step for each run on the way, of which there are few as a rule.
   */
  leadsBack({ ops }: Run, missing: OpId): boolean {
    if (!ops.some(({ id }) => this.#byMissing.has(id))) return false;
    const own = new Set(ops.map(({ id }) => id));
    let next = missing;
    for (let steps = 0; steps <= this.#all.size; steps += 1) {
      if (own.has(next)) return true;
      const [holder] = this.runsWith(next);
      if (holder === undefined) return false;
      next = holder.missing;
    }
    return true;
  }

  /** Lets a run that waits wait for another of the ops that it misses. */
  waitFor(run: Run, missing: OpId): void {
    const waiting = this.#byLast.get(run.last.id);
    if (waiting?.run !== run || waiting.missing === missing) return;
    this.#unlink(waiting);
    waiting.missing = missing;
    this.#link(waiting);
  }

  take(waiting: Waiting): void {
    this.#remove(waiting);
  }

  opsFrom(source: Source): number {
    return this.#usage.get(source)?.ops ?? 0;
  }

  /** Since when the oldest op waits, or null when none does. */
  get oldestSince(): number | null {
    for (const waiting of this.#all) return waiting.since;
    return null;
  }

  /** Keeps the run until `missing` is applied, or counts it as dropped when there is no room. */
  add(waiting: Waiting): void {
    const { run, source } = waiting;
    const usage = this.#usage.get(source) ?? { ops: 0, bytes: 0 };
    const hasRoom =
      usage.ops + run.ops.length <= pendingOpsMax && usage.bytes + run.bytes <= pendingBytesMax;
    if (!hasRoom) {
      this.dropped += run.ops.length;
      return;
    }
    const shorter = this.#byLast.get(run.last.id);
    if (shorter !== undefined) this.#remove(shorter);
    usage.ops += run.ops.length;
    usage.bytes += run.bytes;
    this.#usage.set(source, usage);
    this.#bytes += run.bytes;
    this.#link(waiting);
    this.#all.add(waiting);
    this.#byLast.set(run.last.id, waiting);
    for (const op of run.ops) {
      const runs = this.#runsOf.get(op.id) ?? new Set();
      runs.add(waiting);
      this.#runsOf.set(op.id, runs);
    }
    while (this.#bytes > pendingTotalBytesMax) this.#evictFromBiggest();
  }

  /** Takes out the runs that waited for `id`. */
  release(id: OpId): readonly Waiting[] {
    const released = [...(this.#byMissing.get(id) ?? [])];
    for (const waiting of released) this.#remove(waiting);
    return released;
  }

  /** Drops what waited longer than `pendingAgeMs`. */
  expire(now: number): void {
    for (const waiting of this.#all) {
      if (now - waiting.since < pendingAgeMs) return;
      this.#drop(waiting);
    }
  }

  #evictFromBiggest(): void {
    let biggest: Source | null = null;
    let most = 0;
    for (const [source, { bytes }] of this.#usage) {
      if (bytes > most) [biggest, most] = [source, bytes];
    }
    for (const waiting of this.#all) {
      if (waiting.source !== biggest) continue;
      this.#drop(waiting);
      return;
    }
  }

  #link(waiting: Waiting): void {
    const siblings = this.#byMissing.get(waiting.missing) ?? new Set();
    siblings.add(waiting);
    this.#byMissing.set(waiting.missing, siblings);
  }

  #unlink(waiting: Waiting): void {
    const siblings = this.#byMissing.get(waiting.missing);
    siblings?.delete(waiting);
    if (siblings?.size === 0) this.#byMissing.delete(waiting.missing);
  }

  #drop(waiting: Waiting): void {
    this.dropped += waiting.run.ops.length;
    this.#remove(waiting);
  }

  #remove(waiting: Waiting): void {
    if (!this.#all.has(waiting)) return;
    const { run, source } = waiting;
    this.#unlink(waiting);
    this.#all.delete(waiting);
    this.#byLast.delete(run.last.id);
    for (const op of run.ops) {
      const runs = this.#runsOf.get(op.id);
      runs?.delete(waiting);
      if (runs?.size === 0) this.#runsOf.delete(op.id);
    }
    this.#bytes -= run.bytes;
    const usage = this.#usage.get(source);
    if (usage === undefined) return;
    usage.ops -= run.ops.length;
    usage.bytes -= run.bytes;
    if (usage.ops === 0) this.#usage.delete(source);
  }
}
