/**
 * From received ops to applied ones: groups them into runs, checks one signature a run, applies
 * what has its ancestors, lets the rest wait. The only maker of log entries from foreign ops.
 */
import { unreachable } from "../base/assert.ts";
import { runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Crypto } from "../op/crypto.ts";
import type { NodeId, Op, OpId, ReceivedOp, Signature, VerifiedOp } from "../op/op.ts";
import type { OpErrorCode } from "../op/op-error.ts";
import { opMessage, verifySignature } from "../op/signature.ts";
import type { Entry, Fork, Log, Source } from "./log.ts";
import { ownSource } from "./log.ts";
import { Pending } from "./pending.ts";
import type { Ancestor, Lookup } from "./rules.ts";
import { brokenRule, missingAncestor } from "./rules.ts";
import type { Run } from "./run.ts";
import { bytesOf, isTooLong, makeRun } from "./run.ts";

export interface Applied {
  readonly entry: Entry;
  readonly verified: VerifiedOp;
}

export interface Refusal {
  readonly id: OpId;
  readonly author: NodeId;
  readonly code: OpErrorCode;
}

/** What became of a batch of received ops. */
export interface Outcome {
  /** In the order applied; waiting runs of other batches that could now be applied are included. */
  readonly applied: readonly Applied[];
  readonly refused: readonly Refusal[];
  readonly forks: readonly Fork[];
  /** Ops of this batch that wait for an ancestor, or found no room to wait. */
  readonly waiting: readonly Op[];
  /** Entries of ops in this batch that were applied before. */
  readonly known: readonly Entry[];
}

/** Ids remembered as invalid, so that what follows them is refused instead of waiting. */
const refusedIdsMax = 10_000;

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
    const ordered = inChainOrder(batch);
    let at = 0;
    while (at < ordered.length) at = this.#take(ordered, at, intake);
    for (const { op, code } of intake.bare.values()) {
      if (this.#log.find(op.id) !== undefined) continue;
      if (this.pending.has(op.id)) intake.wait(op);
      else intake.refuse(op, code);
    }
    return intake;
  }

  /** Takes back an op that this log had applied and kept; null when it breaks a rule. */
  restore(stored: ReceivedOp): Entry | null {
    const { op } = stored;
    const lookup: Lookup = (id) => this.#log.find(id);
    if (this.#log.find(op.id) !== undefined || missingAncestor(op, lookup) !== null) return null;
    if (brokenRule(op, lookup) !== null) return null;
    return this.#log.append({ ...stored, source: ownSource }).entry;
  }

  /** Remembers an op whose own bytes break a rule, so that what follows it does not wait for it. */
  rejectUndecodable(id: OpId): readonly Refusal[] {
    const intake = new Intake(ownSource, 0);
    this.#remember(id, "op/ancestor-refused");
    for (const { run } of this.pending.release(id)) this.#settle(run, intake);
    return intake.refused;
  }

  /** Takes in the op at `at`, and those behind it that its run can span; returns the next offset. */
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
    const spanned = at < intake.singleUntil ? null : this.#span(batch, at, before);
    if (spanned !== null) {
      if (this.#verify(spanned.run.last, spanned.run.sig)) {
        this.#settle(spanned.run, intake);
        return spanned.next;
      }
      intake.singleUntil = spanned.next;
    }
    const ops = [...before, op];
    if (isTooLong(ops)) {
      for (const each of ops) intake.refuse(each, "op/run-too-long");
    } else if (isSame(sig, waiting?.sig) || this.#verify(op, sig)) {
      this.#settle(makeRun(ops, sig), intake);
    } else intake.bare.set(op.id, { op, code: "op/signature-invalid" });
    return at + 1;
  }

  /** The ops without a signature that directly precede `op`, one too many when the run is too long. */
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
   * One signature vouches for the whole chain under it: extends the run over the ops directly
   * behind it in the frame, as long as each could be applied at once, and checks the last
   * signature only. Null when there is nothing to gain. Inner signatures are not verified and so
   * not kept. When the last one fails, each op of the span stands for itself.
   */
  #span(
    batch: readonly ReceivedOp[],
    at: number,
    before: readonly Op[],
  ): { readonly run: Run; readonly next: number } | null {
    const ops = [...before];
    const inside = new Map<OpId, Ancestor>();
    const lookup: Lookup = (id) => inside.get(id) ?? this.#log.find(id);
    const isReady = (op: Op): boolean =>
      missingAncestor(op, lookup) === null && brokenRule(op, lookup) === null;
    for (const op of ops) {
      if (!isReady(op)) return null;
      inside.set(op.id, op);
    }
    let bytes = bytesOf(ops);
    let signed: { readonly length: number; readonly sig: Signature; readonly next: number } | null =
      null;
    for (let next = at; next < batch.length; next += 1) {
      const { op, sig } = batch[next] as ReceivedOp;
      bytes += op.bytes.length;
      if (next > at && op.prev !== ops.at(-1)?.id) break;
      if (ops.length === runOpsMax || bytes > runBytesMax || !isReady(op)) break;
      if (next > at && this.#log.find(op.id) !== undefined) break;
      ops.push(op);
      inside.set(op.id, op);
      if (sig !== null) signed = { length: ops.length, sig, next: next + 1 };
    }
    if (signed === null || signed.next === at + 1) return null;
    return { run: makeRun(ops.slice(0, signed.length), signed.sig), next: signed.next };
  }

  #verify(op: Op, sig: Signature): boolean {
    this.verifications += 1;
    const message = opMessage(op.id);
    return verifySignature(this.#crypto, { key: op.author, message, sig });
  }

  /** Applies an authenticated run and all that waited for it, or lets it wait, or refuses it. */
  #settle(run: Run, intake: Intake): void {
    const work: { readonly run: Run; readonly source: Source; readonly since: number }[] = [
      { run, source: intake.source, since: intake.now },
    ];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const verdict = this.#judge(next.run);
      switch (verdict.kind) {
        case "ready":
          this.#apply(next.run, next.source, intake);
          for (const op of next.run.ops) work.push(...this.pending.release(op.id));
          break;
        case "broken":
          this.#refuse(next.run, verdict, intake);
          for (const op of next.run.ops.slice(verdict.at)) {
            work.push(...this.pending.release(op.id));
          }
          break;
        case "missing":
          this.pending.add({ ...next, missing: verdict.id });
          if (next.run === run) for (const op of run.ops) intake.wait(op);
          break;
        default:
          unreachable(verdict);
      }
    }
  }

  /** What its own bytes and ancestors say of an authenticated run; the first fault is final. */
  #judge(run: Run): Verdict {
    const inside = new Map<OpId, Ancestor>();
    const lookup: Lookup = (id) => inside.get(id) ?? this.#log.find(id);
    let missing: OpId | null = null;
    for (const [at, op] of run.ops.entries()) {
      if (this.#invalid.has(op.prev) || op.deps.some((id) => this.#invalid.has(id))) {
        return { kind: "broken", at, code: "op/ancestor-refused" };
      }
      missing ??= missingAncestor(op, lookup);
      if (missing !== null) continue;
      const code = brokenRule(op, lookup);
      if (code !== null) return { kind: "broken", at, code };
      inside.set(op.id, op);
    }
    return missing === null ? { kind: "ready" } : { kind: "missing", id: missing };
  }

  #apply(run: Run, source: Source, intake: Intake): void {
    for (const op of run.ops) {
      if (this.#log.find(op.id) !== undefined) continue;
      const sig = op === run.last ? run.sig : null;
      const { entry, verified, fork } = this.#log.append({ op, sig, source });
      intake.applied.push({ entry, verified });
      if (fork !== null) intake.forks.push(fork);
    }
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

type Verdict =
  | { readonly kind: "ready" }
  | { readonly kind: "missing"; readonly id: OpId }
  | { readonly kind: "broken"; readonly at: number; readonly code: OpErrorCode };

/** The batch with each op behind its predecessor, where the batch holds it: order says nothing. */
function inChainOrder(batch: readonly ReceivedOp[]): readonly ReceivedOp[] {
  const first = new Map<OpId, number>();
  for (const [at, { op }] of batch.entries()) if (!first.has(op.id)) first.set(op.id, at);
  if (batch.every(({ op }, at) => (first.get(op.prev) ?? -1) < at)) return batch;
  const ordered: ReceivedOp[] = [];
  const taken = new Set<number>();
  for (const start of batch.keys()) {
    const path: ReceivedOp[] = [];
    for (let at: number | undefined = start; at !== undefined && !taken.has(at);) {
      const received = batch[at] as ReceivedOp;
      taken.add(at);
      path.push(received);
      at = first.get(received.op.prev);
    }
    ordered.push(...path.reverse());
  }
  return ordered;
}

function isSame(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && left.every((byte, at) => byte === right[at]);
}

/** An op without a signature that verifies, and why it will be refused if no other op vouches. */
interface Bare {
  readonly op: Op;
  readonly code: OpErrorCode;
}

class Intake implements Outcome {
  readonly source: Source;
  readonly now: number;
  readonly applied: Applied[] = [];
  readonly refused: Refusal[] = [];
  readonly forks: Fork[] = [];
  readonly known: Entry[] = [];
  readonly waiting: Op[] = [];
  /** Offset in the batch before which a span has failed. */
  singleUntil = 0;
  /** Kept to the end of the batch: several ops may vouch for one, when its chain forks. */
  readonly bare = new Map<OpId, Bare>();
  readonly #reported = new Set<OpId>();

  constructor(source: Source, now: number) {
    this.source = source;
    this.now = now;
  }

  refuse(op: Op, code: OpErrorCode): void {
    if (this.#reported.has(op.id)) return;
    this.#reported.add(op.id);
    this.refused.push({ id: op.id, author: op.author, code });
  }

  wait(op: Op): void {
    if (this.#reported.has(op.id)) return;
    this.#reported.add(op.id);
    this.waiting.push(op);
  }
}
