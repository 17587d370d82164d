/**
 * From received ops to applied ones: groups them into runs, checks one signature a run, applies
 * what has its ancestors, lets the rest wait. The only maker of log entries from foreign ops.
 */
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
  readonly #invalid = new Set<OpId>();
  verifications = 0;

  constructor(log: Log, crypto: Crypto) {
    this.#log = log;
    this.#crypto = crypto;
  }

  /** Admits the ops of one frame or file, in its order. `now` is monotonic milliseconds. */
  receive(batch: readonly ReceivedOp[], source: Source, now: number): Outcome {
    const intake = new Intake(source, now);
    this.pending.expire(now);
    let at = 0;
    while (at < batch.length) at = this.#take(batch, at, intake);
    for (const open of intake.open.values()) {
      for (const { op, code } of open) intake.refuse(op, code);
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
    this.#remember(id);
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
    // An op that waits inside a run may still be applied by a signature of its own.
    if (sig === null ? this.pending.has(op.id) : this.pending.isLast(op.id)) {
      intake.waiting.push(op);
      return at + 1;
    }
    const before = intake.openBefore(op);
    if (sig === null) {
      intake.leaveOpen(op, before, "op/unsigned");
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
    const ops = [...before.map((open) => open.op), op];
    if (isTooLong(ops)) {
      for (const each of ops) intake.refuse(each, "op/run-too-long");
    } else if (this.#verify(op, sig)) this.#settle(makeRun(ops, sig), intake);
    else intake.leaveOpen(op, before, "op/signature-invalid");
    return at + 1;
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
    before: readonly Open[],
  ): { readonly run: Run; readonly next: number } | null {
    const ops = before.map((open) => open.op);
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
      const missing = this.#missing(next.run);
      if (missing === null) {
        const applied = this.#apply(next.run, next.source, intake);
        const unlocked = applied ? next.run.ops : next.run.ops.filter((op) => this.#isInvalid(op));
        for (const op of unlocked) work.push(...this.pending.release(op.id));
      } else if (this.#invalid.has(missing)) {
        this.#refuse(next.run, "op/ancestor-refused", intake);
        for (const op of next.run.ops) work.push(...this.pending.release(op.id));
      } else {
        this.pending.add({ ...next, missing });
        if (next.run === run) intake.waiting.push(...run.ops);
      }
    }
  }

  #isInvalid(op: Op): boolean {
    return this.#invalid.has(op.id);
  }

  #missing(run: Run): OpId | null {
    const inside = new Set<OpId>();
    for (const op of run.ops) {
      for (const id of [op.prev, ...op.deps]) {
        if (this.#invalid.has(id)) return id;
      }
      const missing = missingAncestor(op, (id) => (inside.has(id) ? op : this.#log.find(id)));
      if (missing !== null) return missing;
      inside.add(op.id);
    }
    return null;
  }

  /** False when the run breaks a rule and was refused. */
  #apply(run: Run, source: Source, intake: Intake): boolean {
    const inside = new Map<OpId, Ancestor>();
    const lookup: Lookup = (id) => inside.get(id) ?? this.#log.find(id);
    for (const op of run.ops) {
      const broken = brokenRule(op, lookup);
      if (broken !== null) {
        this.#remember(op.id);
        this.#refuse(run, broken, intake);
        return false;
      }
      inside.set(op.id, op);
    }
    for (const op of run.ops) {
      if (this.#log.find(op.id) !== undefined) continue;
      const sig = op === run.last ? run.sig : null;
      const { entry, verified, fork } = this.#log.append({ op, sig, source });
      intake.applied.push({ entry, verified });
      if (fork !== null) intake.forks.push(fork);
    }
    return true;
  }

  #refuse(run: Run, code: OpErrorCode, intake: Intake): void {
    // What is signed stands or falls with its own bytes and ancestors, whoever relays it; the
    // unsigned ones before it may still come with another signature.
    this.#remember(run.last.id);
    for (const op of run.ops) intake.refuse(op, code);
  }

  #remember(id: OpId): void {
    if (this.#invalid.size >= refusedIdsMax) {
      for (const oldest of this.#invalid) {
        this.#invalid.delete(oldest);
        break;
      }
    }
    this.#invalid.add(id);
  }
}

/** An op whose run is still open, and why it will be refused if nothing closes it. */
interface Open {
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
  /** Ops without a valid signature so far, by the id of the last of them. */
  readonly open = new Map<OpId, readonly Open[]>();

  constructor(source: Source, now: number) {
    this.source = source;
    this.now = now;
  }

  refuse(op: Op, code: OpErrorCode): void {
    this.refused.push({ id: op.id, author: op.author, code });
  }

  /** Takes the open ops that `op` directly follows. */
  openBefore(op: Op): readonly Open[] {
    const before = this.open.get(op.prev);
    if (before === undefined || before[0]?.op.author !== op.author) return [];
    this.open.delete(op.prev);
    return before;
  }

  leaveOpen(op: Op, before: readonly Open[], code: OpErrorCode): void {
    if (before.length < runOpsMax) this.open.set(op.id, [...before, { op, code }]);
    else for (const each of [...before, { op }]) this.refuse(each.op, "op/run-too-long");
  }
}
