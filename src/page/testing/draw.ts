/** Random lists of ops that keep the rules, forks and all, and their columns by hand for tests. */
import fc from "fast-check";
import { author, forge, seal } from "../../log/testing/forge.ts";
import type { Op } from "../../op/op.ts";
import type { PageEntry } from "../page.ts";

/** What one op is drawn from; places count back from the op. */
interface Pick {
  readonly author: number;
  /** How far back in its author's ops it goes on; most follow the last. */
  readonly back: number;
  readonly deps: readonly number[];
  readonly time: number;
  readonly lamportUp: number;
  readonly actor: string;
  readonly body: string;
  readonly isSigned: boolean;
}

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ maxLength: 20, unit: "grapheme" }),
  fc.constantFrom("", "]],[[", '"', "\\", "\\ud83d", "\u{1f6f7}", "\u2028"),
);
const change = fc.oneof(
  fc.tuple(fc.constant("note"), fc.constant("i"), text),
  fc.tuple(fc.constant("set"), fc.constant("wk-1"), fc.constant("title"), text),
  fc.tuple(fc.constant("set"), fc.constant("i"), text, fc.jsonValue({ maxDepth: 4 })),
  fc.tuple(fc.constant("new"), fc.constant("i"), fc.constant({ title: "a", x_b: [1, null] })),
);
const time = fc.oneof(
  { arbitrary: fc.nat(1_000), weight: 4 },
  { arbitrary: fc.maxSafeNat(), weight: 1 },
  { arbitrary: fc.constantFrom(0, 2 ** 50, 2 ** 50 - 1, 2 ** 53 - 1), weight: 1 },
);

const pick: fc.Arbitrary<Pick> = fc.record({
  author: fc.integer({ min: 1, max: 4 }),
  back: fc.oneof({ arbitrary: fc.constant(0), weight: 8 }, { arbitrary: fc.nat(5), weight: 1 }),
  deps: fc.array(fc.nat(12), { maxLength: 3 }),
  time,
  lamportUp: fc.oneof(
    { arbitrary: fc.constant(0), weight: 9 },
    { arbitrary: fc.constantFrom(1, 2 ** 40), weight: 1 },
  ),
  actor: fc.constantFrom("", "alice", "coder-2", "naïve"),
  body: fc.array(change, { maxLength: 3 }).map((list) => JSON.stringify(list)),
  isSigned: fc.boolean(),
});

/** Ops, the first few of which are left out of the page, so that the rest names them by id. */
export const drawnPage: fc.Arbitrary<readonly PageEntry[]> = fc
  .tuple(fc.array(pick, { minLength: 1, maxLength: 60 }), fc.nat(20))
  .map(([picks, outside]) => {
    const ops: Op[] = [];
    const signed: boolean[] = [];
    for (const each of picks) {
      const op = opOf(each, ops);
      if (ops.some(({ id }) => id === op.id)) continue;
      ops.push(op);
      signed.push(each.isSigned);
    }
    const entries = ops.map((op, at) => ({
      bytes: op.bytes,
      id: op.id,
      sig: signed[at] === true ? seal(op) : null,
    }));
    return entries.slice(Math.min(outside, entries.length - 1));
  });

/** With -1 as the place before the first, an op goes back to no op at all. */
function opOf(each: Pick, ops: readonly Op[]): Op {
  const key = author(each.author);
  const own = ops.filter((op) => op.author === key);
  const prev = own.at(-1 - each.back) ?? (each.back > 3 ? null : (own.at(-1) ?? null));
  const deps = each.deps.flatMap((back) => ops.at(-1 - back) ?? []);
  const foreign = deps.filter((op) => op.author !== key);
  const top = Math.max(prev?.lamport ?? 0, ...foreign.map((op) => op.lamport));
  const twist = { time: each.time, actor: each.actor, lamport: top + 1 + each.lamportUp };
  return forge({ author: key, prev, deps: foreign, body: each.body, twist });
}
