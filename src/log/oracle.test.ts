/**
 * The log against a naive oracle: hostile frames in any order and shape must leave it with exactly
 * the ops that a literal reading of WIRE 2 applies. A failure prints its seed and path.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Op, OpId, ReceivedOp } from "../op/op.ts";
import { fromOpJson, toOpJson } from "../op/op-json.ts";
import {
  TestNode,
  author,
  badlySigned,
  draftFields,
  forge,
  seal,
  signed,
  strangeId,
  testCodec,
  unsigned,
} from "./testing/forge.ts";
import { judge } from "./testing/oracle.ts";
import type { Verdict } from "./testing/oracle.ts";

/** How an op of the universe is built from those before it. */
interface Spec {
  readonly author: number;
  /** How many of the author's ops to step back from the last: 0 goes on, more forks. */
  readonly back: number;
  readonly deps: readonly number[];
  readonly twist: Twist;
  readonly pick: number;
}

const twists = [
  "none",
  "lamport",
  "seq",
  "prev-other",
  "dep-own",
  "dep-strange",
  "prev-strange",
  "malformed",
] as const;
type Twist = (typeof twists)[number];

type Seal = "own" | "none" | "bad";

/** Ops of the universe from `start` on; those with a bit in `skip` are left out. */
interface FrameSpec {
  readonly start: number;
  readonly seals: readonly Seal[];
  readonly skip: number;
  readonly author: number | null;
  /** Positions to swap, as pairs: frames come reordered, too. */
  readonly swaps: readonly number[];
  readonly repeat: boolean;
}

/** An op that decodes, or the bare id of one that does not. */
interface Item {
  readonly op: Op | null;
  readonly id: OpId;
}

const specs = fc.array(
  fc.record<Spec>({
    author: fc.integer({ min: 1, max: 3 }),
    back: fc.oneof({ arbitrary: fc.constant(0), weight: 6 }, fc.integer({ min: 0, max: 3 })),
    deps: fc.array(fc.nat(20), { maxLength: 2 }),
    twist: fc.oneof(
      { arbitrary: fc.constant<Twist>("none"), weight: 8 },
      fc.constantFrom(...twists),
    ),
    pick: fc.nat(20),
  }),
  { minLength: 1, maxLength: 14 },
);

const frames = fc.array(
  fc.record<FrameSpec>({
    start: fc.nat(13),
    seals: fc.array(fc.constantFrom<Seal>("own", "own", "none", "none", "none", "bad"), {
      minLength: 1,
      maxLength: 14,
    }),
    skip: fc.oneof(fc.constant(0), fc.nat(0x3fff)),
    author: fc.option(fc.integer({ min: 1, max: 3 })),
    swaps: fc.oneof(fc.constant([]), fc.array(fc.nat(13), { maxLength: 6 })),
    repeat: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
);

function build(list: readonly Spec[]): Item[] {
  const items: Item[] = [];
  list.forEach((spec, at) => items.push(buildOne(spec, at, items)));
  return items;
}

function buildOne(spec: Spec, at: number, items: readonly Item[]): Item {
  const ops = items.flatMap(({ op }) => (op === null ? [] : [op]));
  const own = ops.filter((op) => op.author === author(spec.author));
  const others = ops.filter((op) => op.author !== author(spec.author));
  const prev = own.at(-1 - spec.back) ?? null;
  const deps = spec.deps.flatMap((dep) => others[dep % Math.max(1, others.length)] ?? []);
  const draft = { author: author(spec.author), prev, deps, body: `[["note","i","${at}"]]` };
  const honest = draftFields(draft);
  if (spec.twist === "malformed") {
    const json = { ...toOpJson({ ...honest, body: `[["note","i",${at}]]` }, null) };
    const refused = fromOpJson(testCodec, json);
    assert.ok(!refused.ok && refused.error.id !== null);
    return { op: null, id: refused.error.id };
  }
  const op = forge({ ...draft, twist: twistOf(spec, honest, { own, others }, items) });
  return { op, id: op.id };
}

function twistOf(
  { twist, pick }: Spec,
  honest: ReturnType<typeof draftFields>,
  ops: { readonly own: readonly Op[]; readonly others: readonly Op[] },
  items: readonly Item[],
): Partial<typeof honest> {
  const seq = Math.max(2, honest.seq);
  const withDep = (id: OpId | undefined): readonly string[] =>
    id === undefined ? honest.deps : [...new Set([...honest.deps, id])].sort();
  const other = ops.others[pick % Math.max(1, ops.others.length)];
  const own = ops.own[pick % Math.max(1, ops.own.length)];
  switch (twist) {
    case "lamport":
      return { lamport: honest.lamport + (pick % 2 === 0 ? 1 : 1000) };
    case "seq":
      return honest.seq === 1 ? {} : { seq: honest.seq + 1 };
    case "prev-other":
      return other === undefined ? {} : { prev: other.id, seq: other.seq + 1 };
    case "dep-own":
      return { deps: withDep(own?.id) };
    case "dep-strange":
      return { deps: withDep(pick % 2 === 0 ? strangeId(pick) : items[pick % items.length]?.id) };
    case "prev-strange":
      return { seq, prev: strangeId(pick) };
    default:
      return {};
  }
}

/** The frame's ops, and the ids in it that do not decode. */
function frameOf(
  spec: FrameSpec,
  items: readonly Item[],
): { readonly batch: readonly ReceivedOp[]; readonly undecodable: readonly OpId[] } {
  const undecodable: OpId[] = [];
  const batch: ReceivedOp[] = [];
  spec.seals.forEach((seal, offset) => {
    const item = items[(spec.start + offset) % items.length] as Item;
    if ((spec.skip >> offset) % 2 === 1) return;
    if (item.op === null) undecodable.push(item.id);
    else if (spec.author === null || item.op.author === author(spec.author)) {
      const { op } = item;
      batch.push({ own: signed, none: unsigned, bad: badlySigned }[seal](op));
    }
  });
  for (let at = 0; at + 1 < spec.swaps.length && batch.length > 0; at += 2) {
    const [left, right] = [spec.swaps[at], spec.swaps[at + 1]] as [number, number];
    const [one, two] = [left % batch.length, right % batch.length];
    [batch[one], batch[two]] = [batch[two] as ReceivedOp, batch[one] as ReceivedOp];
  }
  return { batch, undecodable };
}

/** An op comes once with a signature that counts, if it does at all: what the oracle assumes. */
function isPlain(batch: readonly ReceivedOp[]): boolean {
  return new Set(batch.map(({ op }) => op.id)).size === batch.length;
}

function checkApplied(node: TestNode, verdict: Verdict, items: readonly Item[]): void {
  const name = (id: OpId): string => `#${String(items.findIndex((item) => item.id === id))}`;
  assert.deepEqual(node.applied.map(name).sort(), [...verdict.applied].map(name).sort());
}

/**
 * Nothing waits but runs that name an op of which nothing is known. That such a run is doomed by
 * another of its ops may go unnoticed: it expires.
 */
function checkWaiting(node: TestNode, verdict: Verdict, items: readonly Item[]): void {
  const open = new Set(verdict.open.flatMap((run) => run.map((op) => op.id)));
  const decided = new Set([...verdict.applied, ...verdict.invalid]);
  for (const [at, { id, op }] of items.entries()) {
    if (!node.admission.pending.has(id) || open.has(id)) continue;
    const isDoomed =
      verdict.invalid.has(id) && op !== null && !op.deps.every((dep) => decided.has(dep));
    assert.ok(isDoomed, `#${String(at)} waits for nothing`);
  }
}

const parameters = { numRuns: Number(process.env["ORACLE_RUNS"] ?? 4_000), seed: 20_261_122 };

test("[LOG-1] [LOG-6] [LOG-7] [LOG-13] hostile frames leave exactly what the oracle applies", () => {
  fc.assert(
    fc.property(specs, frames, (list, frameSpecs) => {
      const items = build(list);
      const node = new TestNode();
      const seen: ReceivedOp[][] = [];
      const undecodable = new Set<OpId>();
      frameSpecs.forEach((spec, at) => {
        const frame = frameOf(spec, items);
        if (!isPlain(frame.batch)) return;
        for (const id of frame.undecodable) {
          undecodable.add(id);
          node.admission.rejectUndecodable(id);
        }
        seen.push([...frame.batch]);
        const sent = spec.repeat ? frame.batch.flatMap((one) => [one, one]) : frame.batch;
        node.receive(sent, 1 + (at % 3));
        checkApplied(node, judge(seen, undecodable), items);
      });
    }),
    parameters,
  );
});

test("[LOG-11] two nodes agree once each op came in a frame with a voucher, in any order", () => {
  fc.assert(
    fc.property(specs, frames, fc.array(fc.nat(), { maxLength: 20 }), (list, early, order) => {
      const items = build(list);
      const ops = items.flatMap(({ op }) => (op === null ? [] : [op]));
      const undecodable = items.flatMap(({ op, id }) => (op === null ? [id] : []));
      const left = new TestNode();
      const right = new TestNode();
      for (const id of undecodable) left.admission.rejectUndecodable(id);
      const earlyFrames = early.map((spec) => frameOf(spec, items).batch).filter(isPlain);
      for (const frame of earlyFrames) left.receive(frame);
      const shuffled = ops.map((op, at) => ({
        op,
        key: order[at % Math.max(1, order.length)] ?? 0,
      }));
      shuffled.sort((one, two) => one.key - two.key);
      for (const { op } of shuffled) left.receive([signed(op)]);
      for (const op of ops) right.receive([signed(op)]);
      for (const id of undecodable) right.admission.rejectUndecodable(id);
      assert.deepEqual(left.applied, right.applied);
      const late = ops.map((op) => [signed(op)]);
      const verdict = judge([...earlyFrames, ...late], new Set(undecodable));
      for (const node of [left, right]) {
        checkApplied(node, verdict, items);
        checkWaiting(node, verdict, items);
      }
    }),
    parameters,
  );
});

test("[LOG-15] no signature that was not verified is kept", () => {
  fc.assert(
    fc.property(specs, frames, (list, frameSpecs) => {
      const items = build(list);
      const node = new TestNode();
      for (const spec of frameSpecs) {
        for (const { verified } of node.receive(frameOf(spec, items).batch).applied) {
          const { op, sig } = verified;
          if (sig !== null) assert.deepEqual(sig, seal(op));
        }
      }
    }),
    { ...parameters, numRuns: 500 },
  );
});
