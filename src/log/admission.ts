/**
 * From received ops to applied ones: groups them into runs, checks one signature a run, applies
 * what has its ancestors, lets the rest wait. The only maker of log entries from foreign ops.
 */
import { unreachable } from "../base/assert.ts";
import { refusedIdsMax, runOpsMax } from "../base/limits.ts";
import type { Crypto } from "../op/crypto.ts";
import type { Op, OpId, ReceivedOp, Signature } from "../op/op.ts";
import type { OpErrorCode } from "../op/op-error.ts";
import { opMessage, verifySignature } from "../op/signature.ts";
import type { Outcome, Refusal } from "./batch.ts";
import { inChainOrder, Intake } from "./batch.ts";
import type { Circle, Knot } from "./circle.ts";
import { knotOf } from "./circle.ts";
import type { Entry, Log, Source } from "./log.ts";
import { ownSource } from "./log.ts";
import { Pending } from "./pending.ts";
import type { Ancestor, Lookup } from "./rules.ts";
import { missingAncestors, verdictOn } from "./rules.ts";
import type { Run } from "./run.ts";
import { detached, isTooLong, makeRun } from "./run.ts";
import type { Window } from "./window.ts";
import { scanWindow } from "./window.ts";

export class Admission {
  readonly pending = new Pending();
  readonly #log: Log;
  readonly #crypto: Crypto;
  /** Ops that break a rule whatever else arrives: their id binds their bytes and ancestors. */
  readonly #invalid = new Map<OpId, OpErrorCode>();
  verifications = 0;

  constructor(log: Log, crypto: Crypto) {
    this.#log = log;
    this.#crypto = crypto;
  }

  /** Admits the ops of one frame or file, as a set. `now` is monotonic milliseconds. */
  receive(batch: readonly ReceivedOp[], source: Source, now: number): Outcome {
    const intake = new Intake(source, now);
    this.pending.expire(now);
    const ordered = inChainOrder(batch, (id) => this.#log.find(id) !== undefined);
    let at = 0;
    while (at < ordered.length) {
      at = this.#takeWindow(ordered, at, intake) ?? this.#take(ordered, at, intake);
    }
    for (const { op, code } of intake.bare.values()) {
      if (this.#log.find(op.id) !== undefined) continue;
      if (this.pending.has(op.id)) intake.wait(op);
      else intake.refuse(op, code);
    }
    return intake;
  }

  /** Takes back an op that this log had applied and kept; null when it breaks a rule. */
  restore(stored: ReceivedOp & { readonly claim?: Signature }): Entry | null {
    const { op } = stored;
    const lookup: Lookup = (id) => this.#log.find(id);
    if (this.#log.find(op.id) !== undefined || verdictOn(op, lookup) !== "valid") return null;
    return this.#log.append({ ...stored, source: ownSource }).entry;
  }

  /** Remembers an op whose own bytes break a rule, so that what follows it does not wait for it. */
  rejectUndecodable(id: OpId): readonly Refusal[] {
    const intake = new Intake(ownSource, 0);
    this.#remember(id, "op/ancestor-refused");
    this.#settle(this.pending.release(id), intake);
    return intake.refused;
  }

  /** Takes in the op at `at`, with the run that it closes; returns the next offset. */
  #take(batch: readonly ReceivedOp[], at: number, intake: Intake): number {
    const { op, sig } = batch[at] as ReceivedOp;
    const known = this.#log.find(op.id);
    if (known !== undefined) {
      intake.known.push(known);
      return at + 1;
    }
    const fault = this.#invalid.get(op.id);
    if (fault !== undefined) {
      intake.refuse(op, fault);
      return at + 1;
    }
    if (sig === null) {
      intake.bare.set(op.id, { op, code: "op/unsigned" });
      return at + 1;
    }
    const before = this.#bareBefore(op, intake);
    const waiting = this.pending.endingIn(op.id);
    // Only a longer run under the same op is news.
    if (waiting !== null && waiting.ops.length > before.length) {
      intake.wait(op);
      return at + 1;
    }
    const ops = [...before, op];
    if (isTooLong(ops)) {
      for (const each of ops) intake.refuse(each, "op/run-too-long");
    } else if (isSame(sig, waiting?.sig) || this.#verify(op, sig)) {
      const { source, now } = intake;
      const arrival = { run: makeRun(ops, sig), source, since: now };
      this.#settle([arrival], intake, arrival);
    } else intake.bare.set(op.id, { op, code: "op/signature-invalid" });
    return at + 1;
  }

  /**
   * The ops without a signature that directly precede `op`, one too many when the run is too long.
   */
  #bareBefore(op: Op, intake: Intake): readonly Op[] {
    const ops: Op[] = [];
    let prev = intake.bare.get(op.prev)?.op;
    while (prev?.author === op.author && ops.length < runOpsMax) {
      if (this.#log.find(prev.id) !== undefined) break;
      ops.push(prev);
      prev = intake.bare.get(prev.prev)?.op;
    }
    return ops.reverse();
  }

  /**
   * The short way, with the same result as the long one: applies a window with one check for each
   * author. When a check fails, each of its ops takes the long way. Returns the next offset.
   */
  #takeWindow(batch: readonly ReceivedOp[], at: number, intake: Intake): number | null {
    if (at < intake.singleUntil) return null;
    const { window, next } = scanWindow(batch, at, {
      lookup: (id) => this.#log.find(id),
      isHandled: (id) =>
        this.#log.find(id) !== undefined || this.#invalid.has(id) || this.pending.has(id),
    });
    if (window === null || !this.#isProved(window)) {
      // Scanning again from each op in between would find no more and cost a square.
      intake.singleUntil = Math.max(next, at + 1);
      return null;
    }
    for (const [index, received] of window.ops.entries()) {
      const { op, sig } = received;
      const isFollowed = window.ops[index + 1]?.op.prev === op.id;
      if (window.vouchers.has(received)) this.#append({ op, sig }, intake.source, intake);
      else if (sig === null || isFollowed) this.#append({ op, sig: null }, intake.source, intake);
      else this.#append({ op, sig: null, claim: sig }, intake.source, intake);
    }
    this.#settle(this.#released(window.ops.map(({ op }) => op)), intake);
    return next;
  }

  #isProved({ vouchers }: Window): boolean {
    for (const { op, sig } of vouchers) if (sig === null || !this.#verify(op, sig)) return false;
    return true;
  }

  #verify(op: Op, sig: Signature): boolean {
    this.verifications += 1;
    const message = opMessage(op.id);
    return verifySignature(this.#crypto, { key: op.author, message, sig });
  }

  /**
   * Applies authenticated runs and all that waited for them, or lets them wait, or refuses them.
   * Only `own` is of this batch: whoever sent it is not to be asked for what others left waiting.
   */
  #settle(runs: readonly Arrival[], intake: Intake, own: Arrival | null = null): void {
    const work = [...runs];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const verdict = this.#judge(next.run);
      switch (verdict.kind) {
        case "ready":
          this.#apply(next.run, next.source, intake);
          work.push(...this.#released(next.run.ops));
          break;
        case "broken":
          this.#refuse(next.run, verdict, intake);
          work.push(...this.#doomed(next.run.ops.slice(verdict.at)));
          break;
        case "missing": {
          const knot = this.#knotOf(next.run, verdict.id);
          if (knot?.kind === "circle") {
            this.#applyCircle(knot.circle, next, intake);
            work.push(...this.#released(knot.circle.ops));
            break;
          }
          this.#letWait(next, verdict.id, knot?.waits ?? new Map());
          if (next === own) for (const op of next.run.ops) intake.wait(op);
          break;
        }
        default:
          unreachable(verdict);
      }
    }
  }

  /** Null where what a run misses, and what that waits for, leads out: then it is in no circle. */
  #knotOf(run: Run, missing: OpId): Knot | null {
    if (!this.pending.leadsBack(run, missing)) return null;
    return knotOf(run, {
      pending: this.pending,
      lookup: (id) => this.#log.find(id),
      isRefused: (id) => this.#invalid.has(id),
    });
  }

  /**
   * Each run waits for one op of those that it misses. What the runs of a knot wait for leads out
   * of it, so that whatever comes last sets them going.
   */
  #letWait(arrival: Arrival, missing: OpId, waits: ReadonlyMap<Run, OpId>): void {
    for (const [run, id] of waits) this.pending.waitFor(run, id);
    const own = waits.get(arrival.run) ?? missing;
    this.pending.add({ ...arrival, run: detached(arrival.run), missing: own });
  }

  /** The runs that waited for any of `ops`, which are refused, or hold one of them. */
  #doomed(ops: readonly Op[]): Arrival[] {
    const holding = ops.flatMap((op) => [...this.pending.runsWith(op.id)]);
    for (const waiting of holding) this.pending.take(waiting);
    return [...new Set(holding), ...this.#released(ops)];
  }

  /** The runs that waited for any of `ops`. */
  #released(ops: readonly Op[]): Arrival[] {
    return ops.flatMap((op) => this.pending.release(op.id));
  }

  /** Applies runs that wait for nothing but each other, all at once. */
  #applyCircle(circle: Circle, { run, source }: Arrival, intake: Intake): void {
    const signatures = new Map([[run.last.id, run.sig]]);
    const sources = new Map<OpId, Source>();
    for (const waiting of circle.waiting) {
      this.pending.take(waiting);
      signatures.set(waiting.run.last.id, waiting.run.sig);
      for (const op of waiting.run.ops) sources.set(op.id, waiting.source);
    }
    for (const op of circle.ops) {
      const sig = signatures.get(op.id) ?? null;
      this.#append({ op, sig }, sources.get(op.id) ?? source, intake);
    }
  }

  /** What its own bytes and ancestors say of an authenticated run; the first fault is final. */
  #judge(run: Run): Verdict {
    const inside = new Map<OpId, Ancestor>();
    const lookup: Lookup = (id) => inside.get(id) ?? this.#log.find(id);
    let missing: OpId | null = null;
    for (const [at, op] of run.ops.entries()) {
      const fault = this.#invalid.get(op.id);
      if (fault !== undefined) return { kind: "broken", at, code: fault };
      if (this.#invalid.has(op.prev) || op.deps.some((id) => this.#invalid.has(id))) {
        return { kind: "broken", at, code: "op/ancestor-refused" };
      }
      const lacks = missingAncestors(op, lookup);
      const outside = lacks.find((id) => !this.pending.has(id)) ?? lacks[0] ?? null;
      if (missing === null || this.pending.has(missing)) missing = outside ?? missing;
      inside.set(op.id, op);
      if (missing !== null) continue;
      const verdict = verdictOn(op, lookup);
      if (verdict === "valid" || verdict === "missing") continue;
      return { kind: "broken", at, code: verdict };
    }
    return missing === null ? { kind: "ready" } : { kind: "missing", id: missing };
  }

  #apply(run: Run, source: Source, intake: Intake): void {
    for (const op of run.ops) {
      if (this.#log.find(op.id) !== undefined) continue;
      this.#append({ op, sig: op === run.last ? run.sig : null }, source, intake);
    }
  }

  #append(
    authenticated: { readonly op: Op; readonly sig: Signature | null; readonly claim?: Signature },
    source: Source,
    intake: Intake,
  ): void {
    const { entry, verified, fork } = this.#log.append({ ...authenticated, source });
    intake.applied.push({ entry, verified });
    if (fork !== null) intake.forks.push(fork);
  }

  /**
   * From the fault on the ops are invalid whoever relays them. Those before it are only without a
   * voucher and may still come with another one.
   */
  #refuse(
    run: Run,
    fault: { readonly at: number; readonly code: OpErrorCode },
    intake: Intake,
  ): void {
    for (const [at, op] of run.ops.entries()) {
      if (at < fault.at) {
        if (!intake.bare.has(op.id)) intake.refuse(op, "op/unsigned");
        continue;
      }
      const code = at === fault.at ? fault.code : "op/ancestor-refused";
      this.#remember(op.id, code);
      intake.refuse(op, code);
    }
  }

  #remember(id: OpId, code: OpErrorCode): void {
    if (this.#invalid.size >= refusedIdsMax) {
      for (const oldest of this.#invalid.keys()) {
        this.#invalid.delete(oldest);
        break;
      }
    }
    this.#invalid.set(id, code);
  }
}

/** An authenticated run, who gave it, and when (monotonic milliseconds). */
interface Arrival {
  readonly run: Run;
  readonly source: Source;
  readonly since: number;
}

type Verdict =
  | { readonly kind: "ready" }
  | { readonly kind: "missing"; readonly id: OpId }
  | { readonly kind: "broken"; readonly at: number; readonly code: OpErrorCode };

function isSame(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && left.every((byte, at) => byte === right[at]);
}
