/**
 * Broken variants of the core: each takes away one thing that the system relies on. The simulator
 * must catch them all; one that it misses is a hole in the checks. When the core changes so that a
 * text is no longer found, say the same of the new text.
 */
import { pagingMutants } from "./mutants-3.ts";
import { mutant } from "./variant.ts";
import type { Mutant } from "./variant.ts";

const replica = "src/replica/replica.ts";
const session = "src/sync/session.ts";
const counting = "src/sync/counting.ts";
const outbound = "src/sync/outbound.ts";
const log = "src/log/log.ts";
const admission = "src/log/admission.ts";
const rules = "src/log/rules.ts";

export const mutants: readonly Mutant[] = [
  mutant(
    "broadcast-before-commit",
    "src/replica/durability.ts",
    '    this.#emit({ kind: "persist", ops, facts: [], page });',
    `    this.#emit({ kind: "persist", ops, facts: [], page });
    this.#recent = new Recent(this.#durable, this.#fresh);
    this.#durable = this.#log.length;`,
  ),
  mutant(
    "acknowledge-before-commit",
    replica,
    'this.#durability.tellWhenDurable({ kind: "wrote", request, ids });',
    'this.#notify({ kind: "wrote", request, ids });',
  ),
  mutant(
    "full-disk-taken-for-committed",
    "src/sim/process.ts",
    "      this.#lose();\n      return;",
    '      this.feed({ kind: "committed" });\n      return;',
  ),
  mutant(
    "clock-of-what-is-not-durable",
    counting,
    "this.#sendClock(this.#shared.log.clock(this.#shared.disk.durable), now);",
    "this.#sendClock(this.#shared.log.clock(this.#shared.log.length), now);",
  ),
  mutant("clock-one-too-high", log, "counts.set(author, count)", "counts.set(author, count + 1)"),
  mutant(
    "clock-counts-forked-authors",
    log,
    "      if (chain.children !== null) continue;\n      const count",
    "      const count",
  ),
  mutant(
    "delta-off-by-one",
    log,
    "for (let at = known; at < chain.entries.length",
    "for (let at = known + 1; at < chain.entries.length",
  ),
  mutant(
    "tie-without-op-id",
    "src/crdt/order.ts",
    "return compareText(left.author, right.author) || compareText(left.id, right.id);",
    "return compareText(left.author, right.author);",
  ),
  mutant(
    "tie-without-author",
    "src/crdt/order.ts",
    "return compareText(left.author, right.author) || compareText(left.id, right.id);",
    "return compareText(left.id, right.id);",
  ),
  mutant(
    "last-arrival-wins",
    "src/crdt/register.ts",
    "return comparePlaces(left, right) < 0 ? right : left;",
    "return comparePlaces(left, right) === 0 ? left : right;",
  ),
  mutant(
    "remove-wins-for-ever",
    "src/crdt/add-wins-set.ts",
    "if (element.removed === null || !element.removed.has(stamp.id)) {",
    "if (element.removed === null) {",
  ),
  mutant(
    "deleted-item-comes-back",
    "src/pipeline/item.ts",
    "    const content = this.#content;\n    if (content === null) return;",
    `    if (this.#content === null && change.kind === "new") this.#content = emptyContent();
    const content = this.#content;
    if (content === null) return;`,
  ),
  mutant(
    "applied-twice-after-restart",
    "src/replica/restore.ts",
    "  document.apply(received.op, entry.index);",
    `  document.apply(received.op, entry.index);
  document.apply(received.op, entry.index);`,
  ),
  mutant(
    "pending-not-retried",
    admission,
    "return ops.flatMap((op) => this.pending.release(op.id));",
    "return ops.flatMap((op) => this.pending.release(op.id)).slice(0, 0);",
  ),
  mutant(
    "pending-without-bounds",
    "src/log/pending.ts",
    "    if (!hasRoom) {",
    "    if (!hasRoom && this.dropped < 0) {",
  ),
  mutant(
    "run-applied-in-part",
    admission,
    "    for (const op of run.ops) {\n      if (this.#log.find(op.id) !== undefined) continue;",
    `    for (const op of run.ops) {
      if (op === run.ops[1]) break;
      if (this.#log.find(op.id) !== undefined) continue;`,
  ),
  mutant(
    "signature-of-a-run-not-checked",
    admission,
    "isSame(sig, waiting?.sig) || this.#verify(op, sig)",
    "isSame(sig, sig)",
  ),
  mutant(
    "signature-of-a-window-not-checked",
    admission,
    "if (sig === null || !this.#verify(op, sig)) return false;",
    "if (sig === null || op === null) return false;",
  ),
  mutant(
    "lamport-not-checked",
    rules,
    'return op.lamport === top + 1 ? "valid" : "op/lamport-mismatch";',
    'return "valid";',
  ),
  mutant(
    "prev-not-checked",
    rules,
    'if (prev.author !== op.author || prev.seq !== op.seq - 1) broken = "op/prev-mismatch";',
    "",
  ),
  mutant("own-dep-accepted", rules, 'if (dep.author === op.author) broken ??= "op/dep-own";', ""),
  mutant(
    "applied-before-deps",
    rules,
    "return [op.prev, ...op.deps].filter((id) => id !== noOp && lookup(id) === undefined);",
    "return [op.prev].filter((id) => id !== noOp && lookup(id) === undefined);",
  ),
  mutant(
    "held-back-ops-lost",
    outbound,
    "  #stream(recent: Recent, durable: number, now: number): boolean {",
    `  #stream(recent: Recent, durable: number, now: number): boolean {
    if (!this.#isStreaming && this.#cursor !== null) this.#cursor = durable;`,
  ),
  mutant(
    "bursts-not-streamed",
    outbound,
    "if (frames === null) this.resend(indices);",
    "if (frames === null) return true;",
  ),
  mutant(
    "echo-filter-too-greedy",
    outbound,
    "if (!isEcho && entry.source !== this.#source)",
    "if (!isEcho && entry.source === 0)",
  ),
  mutant(
    "no-echo-filter",
    outbound,
    "if (!isEcho && entry.source !== this.#source)",
    "if (!isEcho)",
  ),
  mutant(
    "fork-not-seen",
    log,
    "if (chain.children === null && seq <= chain.entries.length)",
    "if (chain.children === null && seq < 0)",
  ),
  mutant(
    "branch-of-a-fork-not-resent",
    counting,
    "this.outbound.resend(indices.filter((at) => log.at(at).source !== source));",
    "this.outbound.resend(indices.filter((at) => log.at(at).source === source));",
  ),
  mutant(
    "never-asks-again",
    counting,
    "if (authors === null) return;",
    "if (authors !== undefined) return;",
  ),
  mutant(
    "later-clock-not-answered",
    counting,
    "    if (clock === null || this.outbound.isResending) return;",
    "    if (clock !== undefined) return;",
  ),
  mutant(
    "dead-line-not-noticed",
    session,
    "if (now - this.#lastPong >= pongMs) {",
    "if (now - this.#lastPong >= 1_000 * pongMs) {",
  ),
  mutant(
    "version-1-dump-left-out",
    counting,
    "const indices = log.missing(new Map(), durable);",
    "const indices = log.missing(new Map(), 0);",
  ),
  mutant("token-redeemed-twice", "src/replica/trust.ts", "uses: fact.uses - 1", "uses: fact.uses"),
  mutant(
    "token-spent-too-late",
    "src/replica/trust.ts",
    "for (const fact of all) this.learn(fact);",
    "for (const fact of all.slice(0, 0)) this.learn(fact);",
  ),
  mutant(
    "asks-all-the-time",
    "src/sync/reclock.ts",
    "    this.#nextAt = now + reclockMs * 2 ** this.#doublings;",
    "    this.#nextAt = now + 1 + 0 * reclockMs;",
  ),
  ...pagingMutants,
];
