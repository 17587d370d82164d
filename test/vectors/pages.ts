/** Pages by hand, column by column, so that they check the codec in src/page. */
import { zstdCompressSync } from "node:zlib";
import type { Made } from "./draft.ts";
import { alice, bob, make, meshHex, signature, uvar, zeros } from "./draft.ts";

/** The columns of a page, as they are laid out. */
interface Columns {
  readonly authors: readonly string[];
  readonly ids: readonly string[];
  readonly actors: readonly (string | Buffer)[];
  readonly author: readonly number[];
  readonly prev: readonly number[];
  readonly seqs: readonly number[];
  readonly lamport: readonly number[];
  /** What stands there, so 0 and then a time, or a step. */
  readonly time: readonly number[];
  readonly deps: readonly number[];
  readonly refs: readonly number[];
  readonly actor: readonly number[];
  readonly bodies: readonly string[];
  readonly bodyBytes?: readonly number[];
  readonly gaps: readonly number[];
  readonly signatures: readonly Buffer[];
  readonly tail?: Buffer;
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");

function payload(columns: Columns): Buffer {
  const { authors, ids, actors, bodies, gaps, signatures, tail } = columns;
  const { author, prev, seqs, lamport, time, deps, refs, actor } = columns;
  const bodyBytes = columns.bodyBytes ?? bodies.map((body) => Buffer.byteLength(body));
  const values = [author, prev, seqs, lamport, time, deps, refs, actor, bodyBytes];
  return Buffer.concat([
    uvar(authors.length),
    ...authors.map(hex),
    uvar(ids.length),
    ...ids.map(hex),
    uvar(actors.length),
    ...actors.flatMap((text) => [uvar(Buffer.from(text).length), Buffer.from(text)]),
    ...values.flat().map((value) => uvar(value)),
    ...bodies.map((body) => Buffer.from(body)),
    uvar(gaps.length),
    ...gaps.map((gap) => uvar(gap)),
    ...signatures,
    tail ?? Buffer.alloc(0),
  ]);
}

interface Head {
  readonly type?: number;
  readonly encoding?: number;
  readonly count?: number | Buffer;
  readonly length?: number;
}

function frame(content: Buffer, head: Head & { readonly count: number | Buffer }): Buffer {
  const { type = 3, encoding = 0, count, length = content.length } = head;
  const packed = encoding === 1 ? zstdCompressSync(content) : content;
  const ops = Buffer.isBuffer(count) ? count : uvar(count);
  return Buffer.concat([Buffer.from([type, encoding]), ops, uvar(length), packed]);
}

/** Alice writes two ops, Bob one on top of the first, Alice a third that saw it. */
function chapter(): { readonly ops: readonly Made[]; readonly columns: Columns } {
  const time = 1_766_136_506_001;
  const first = make({ body: '[["new","wk-1",{"title":"a page"}]]', actor: "alice", time });
  const second = make({ prev: first, body: '[["note","wk-1","naïve"]]', actor: "alice", time });
  const reply = make({ signer: bob, deps: [first], time: time + 70 });
  const third = make({ prev: second, deps: [reply], time: time + 69 });
  const ops = [first, second, reply, third];
  const columns: Columns = {
    authors: [alice.node, bob.node],
    ids: [],
    actors: ["alice", ""],
    author: [0, 0, 1, 0],
    prev: [0, 0, 0, 0],
    seqs: [],
    lamport: [0, 0, 0, 0],
    time: [0, time, 1, 141, 2],
    deps: [0, 0, 1, 1],
    refs: [3, 1],
    actor: [0, 0, 1, 1],
    bodies: ['[["new","wk-1",{"title":"a page"}]]', '[["note","wk-1","naïve"]]', "[]", "[]"],
    gaps: [2, 0],
    signatures: [signature(reply), signature(third)],
  };
  return { ops, columns };
}

/** The page knows neither what its ops follow nor their deps, and Alice's log forks in it. */
function fork(): { readonly ops: readonly Made[]; readonly columns: Columns } {
  const trunk = make();
  const seen = make({ signer: bob, body: '[["seen"]]' });
  const left = make({ prev: trunk, deps: [seen], time: 5 });
  const top = 2 ** 53 - 1;
  const up = make({ prev: left, time: top, lamport: top });
  const right = make({ prev: trunk, time: 0 });
  const other = make({ prev: left, time: 3, body: '[["later"]]' });
  const start = make({ time: 3, body: '[["del","wk-1"]]' });
  const columns: Columns = {
    authors: [alice.node],
    ids: [trunk.id, seen.id, zeros],
    actors: [""],
    author: [0, 0, 0, 0, 0],
    prev: [1, 0, 1, 6, 5],
    seqs: [2, 2, 1],
    lamport: [2, top, 2, 0, 0],
    time: [0, 5, 0, top, 0, 0, 7, 1],
    deps: [1, 0, 0, 0, 0],
    refs: [2],
    actor: [0, 0, 0, 0, 0],
    bodies: ["[]", "[]", "[]", '[["later"]]', '[["del","wk-1"]]'],
    gaps: [0, 0, 0, 0, 0],
    signatures: [left, up, right, other, start].map(signature),
  };
  return { ops: [left, up, right, other, start], columns };
}

/** A valid page: its ops in order, and those of them that it refuses. */
export interface PageVector {
  readonly name: string;
  readonly frame: string;
  readonly ops: readonly {
    readonly bytes: string;
    readonly id: string;
    readonly sig: string | null;
    readonly code?: string;
  }[];
}

function vector(name: string, ops: readonly Made[], columns: Columns, head: Head = {}): PageVector {
  const bytes = frame(payload(columns), { count: ops.length, ...head });
  const sigs = new Map<number, string>();
  let next = 0;
  for (const [at, gap] of columns.gaps.entries()) {
    sigs.set(next + gap, (columns.signatures[at] ?? Buffer.alloc(0)).toString("hex"));
    next += gap + 1;
  }
  const made = ops.map((op, n) => {
    return { bytes: op.bytes.toString("hex"), id: op.id, sig: sigs.get(n) ?? null };
  });
  return { name, frame: bytes.toString("hex"), ops: made };
}

export function validPages(): readonly PageVector[] {
  const [story, split] = [chapter(), fork()];
  const spoiled = { ...story.columns, bodies: [...story.columns.bodies] };
  spoiled.bodies[1] = '[["note", "wk-1","naive"]]';
  const [first, , reply] = story.ops;
  const second = make({ prev: first ?? null, body: spoiled.bodies[1], actor: "alice" });
  const deps = reply === undefined ? [] : [reply];
  const third = make({ prev: second, deps, time: 1_766_136_506_070 });
  const odd = [first, second, ...deps, third].filter((op) => op !== undefined);
  const refusing = vector("one op is refused, what follows it keeps its id", odd, spoiled);
  return [
    vector("two authors, one of whom saw the other", story.ops, story.columns),
    vector("the same, compressed", story.ops, story.columns, { encoding: 1 }),
    vector("ops outside, a fork, great integers, a second first op", split.ops, split.columns),
    {
      ...refusing,
      ops: refusing.ops.map((op, n) => (n === 1 ? { ...op, code: "op/body-not-canonical" } : op)),
    },
  ];
}

export interface BrokenPage {
  readonly name: string;
  readonly frame: string;
}

/** Each is refused as a whole. */
export function brokenPages(): readonly BrokenPage[] {
  const { columns } = chapter();
  const content = payload(columns);
  const count = 4;
  const bomb = Buffer.alloc(5_000_000);
  const frames: readonly (readonly [string, Buffer])[] = [
    ["another frame type", frame(content, { count, type: 2 })],
    ["an encoding that is not known", frame(content, { count, encoding: 2 })],
    ["no ops", frame(content, { count: 0 })],
    ["more than 1,000 ops", frame(content, { count: 1_001 })],
    ["n in two bytes where one is enough", frame(content, { count: Buffer.from([0x84, 0]) })],
    ["more than 4 MiB", frame(bomb, { count, encoding: 1 })],
    ["a bomb that says it is small", frame(bomb, { count, encoding: 1, length: 4_096 })],
    ["longer than its head says", frame(content, { count, length: content.length - 1 })],
    ["shorter than its head says", frame(content, { count, length: content.length + 1 })],
    ["one op less than its columns have", frame(content, { count: 3 })],
    ["no zstd frame", Buffer.concat([Buffer.from([3, 1, 4]), uvar(content.length), content])],
  ];
  return [
    ...frames.map(([name, bytes]) => ({ name, frame: bytes.toString("hex") })),
    ...spoiledColumns(columns).map(([name, spoiled]) => {
      const bytes = frame(payload({ ...columns, ...spoiled }), { count });
      return { name, frame: bytes.toString("hex") };
    }),
  ];
}

function spoiledColumns({
  signatures,
}: Columns): readonly (readonly [string, Partial<Columns>])[] {
  const { node } = alice;
  return [
    ["a byte too many", { tail: Buffer.from([0]) }],
    ["an author twice", { authors: [node, node] }],
    ["an author without an op", { authors: [node, bob.node, meshHex] }],
    ["an author that the table lacks", { authors: [node] }],
    ["authors out of the order of their use", { author: [1, 1, 0, 1] }],
    ["an id that no op names", { ids: [node] }],
    ["an id twice", { ids: [node, node], refs: [0, 0] }],
    ["an actor twice", { actors: ["", ""] }],
    ["an actor that is not UTF-8", { actors: ["alice", Buffer.from([0xff])] }],
    ["an actor of 129 bytes", { actors: ["alice", "a".repeat(129)] }],
    ["an actor that the table lacks", { actor: [0, 0, 1, 2] }],
    ["a prev that the table lacks", { prev: [0, 0, 0, 1], seqs: [2] }],
    ["a prev before the first op", { prev: [2, 0, 0, 0] }],
    ["a dep that the table lacks", { refs: [0, 1] }],
    ["a dep before the first op", { refs: [5, 1] }],
    ["65 deps", { deps: [0, 0, 1, 65], refs: [3, ...Array.from({ length: 65 }, () => 1)] }],
    ["a lamport above 2^53-1", { lamport: [2 ** 53 - 1, 0, 0, 0] }],
    ["a seq above 2^53-1", { ids: [meshHex], prev: [1, 0, 0, 0], seqs: [2 ** 53 - 1] }],
    ["a first time as a step", { time: [1, 1, 1, 1] }],
    ["a time below 0", { time: [0, 0, 2, 1, 1] }],
    ["a time above 2^53-1", { time: [0, 2 ** 53 - 1, 3, 1, 1] }],
    ["a step of 2^50", { time: [0, 0, 2 ** 51 + 1, 1, 1] }],
    ["a signature of no op", { gaps: [2, 1] }],
    ["a signature that is cut", { signatures: signatures.slice(1) }],
    ["bodies longer than what is left", { bodyBytes: [2 ** 40, 0, 0, 0] }],
  ];
}
