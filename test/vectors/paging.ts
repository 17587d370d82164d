/** Frames of version 3 by hand, from docs/PROTOCOL.md alone: their meaning, or why they fail. */
import { createHash } from "node:crypto";
import type { Made } from "./draft.ts";
import { alice, bob, make, uvar } from "./draft.ts";
import { validPages } from "./pages.ts";

export interface Head {
  readonly seq: number;
  readonly id: string;
}

export interface Entry {
  readonly author: string;
  readonly heads: readonly Head[];
}

/** What a frame says, member by member as in the document. */
export type Meaning =
  | { readonly type: "hello"; readonly digest: string; readonly credit: number }
  | {
      readonly type: "frontier";
      readonly isWhole: boolean;
      readonly hasMore: boolean;
      readonly digest: string;
      readonly entries: readonly Entry[];
    }
  | { readonly type: "page"; readonly ops: readonly string[] }
  | { readonly type: "ready" | "ask" | "unknown" }
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "outlook"; readonly ops: number }
  | { readonly type: "locator"; readonly author: string; readonly heads: readonly Head[] }
  | { readonly type: "beat"; readonly bytes: string };

export interface FrameVector {
  readonly name: string;
  readonly frame: string;
  readonly means: Meaning;
}

export interface BrokenFrame {
  readonly name: string;
  readonly frame: string;
  /** Why it closes the connection with 4400. */
  readonly why: string;
}

/** A frontier, its digest, and the frames of a statement of it. */
export interface FrontierVector {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly digest: string;
  readonly frames: readonly string[];
}

export type PagingVector = FrameVector | BrokenFrame | FrontierVector;

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const byte = (value: number): Buffer => Buffer.from([value]);
const top = 2 ** 53 - 1;

const ops = ((): Readonly<Record<"first" | "left" | "right" | "other", Made>> => {
  const first = make({ body: '[["new","wk-1",{}]]' });
  const left = make({ prev: first, body: '[["note","wk-1","left"]]' });
  const right = make({ prev: first, body: '[["note","wk-1","right"]]' });
  return { first, left, right, other: make({ signer: bob, deps: [first] }) };
})();

function headOf({ seq, id }: Made): Head {
  return { seq, id };
}

function headBytes({ seq, id }: Head): Buffer {
  return Buffer.concat([uvar(seq), hex(id)]);
}

function entryBytes({ author, heads }: Entry): Buffer {
  return Buffer.concat([hex(author), uvar(heads.length), ...heads.map(headBytes)]);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function sha256(domain: string, ...parts: readonly Buffer[]): Buffer {
  return createHash("sha256").update(domain).update(Buffer.concat(parts)).digest();
}

/** Of the authors whose keys begin with this byte; zeros when there are none. */
function shareDigest(entries: readonly Entry[], first: number): Buffer {
  const share = entries.filter(({ author }) => hex(author)[0] === first);
  if (share.length === 0) return Buffer.alloc(32);
  const sorted = [...share].sort((left, right) => compare(left.author, right.author));
  const bytes = sorted.map(({ author, heads }) => {
    return entryBytes({ author, heads: [...heads].sort((a, b) => compare(a.id, b.id)) });
  });
  return sha256("towline/share/1\0", ...bytes);
}

function digestOf(entries: readonly Entry[]): string {
  const shares = Array.from({ length: 256 }, (_, first) => shareDigest(entries, first));
  return sha256("towline/frontier/1\0", ...shares).toString("hex");
}

const none: readonly Entry[] = [];
const one: readonly Entry[] = [{ author: alice.node, heads: [headOf(ops.first)] }];
const two: readonly Entry[] = [
  { author: alice.node, heads: [headOf(ops.left)] },
  { author: bob.node, heads: [headOf(ops.other)] },
];
const forked: readonly Entry[] = [
  { author: bob.node, heads: [headOf(ops.other)] },
  { author: alice.node, heads: [headOf(ops.left), headOf(ops.right)] },
];

type Frontier = Extract<Meaning, { type: "frontier" }>;

function frontierFrame({ isWhole, hasMore, digest, entries }: Frontier): Buffer {
  const flags = (isWhole ? 1 : 0) + (hasMore ? 2 : 0);
  return Buffer.concat([byte(2), byte(flags), hex(digest), ...entries.map(entryBytes)]);
}

function statement(name: string, entries: readonly Entry[], cut = entries.length): FrontierVector {
  const digest = digestOf(entries);
  const base = { type: "frontier", isWhole: true, digest } as const;
  const pieces = cut < entries.length ? [entries.slice(0, cut), entries.slice(cut)] : [entries];
  const frames = pieces.map((piece, at) => {
    return frontierFrame({ ...base, hasMore: at + 1 < pieces.length, entries: piece });
  });
  return { name, entries, digest, frames: frames.map((frame) => frame.toString("hex")) };
}

/** The two branches of one author in one frame each, in entries that add up. */
function splitFork(): FrontierVector {
  const { name, ...whole } = statement("the heads of one author in two frames", forked);
  const [others, alone] = [forked.slice(0, 1), forked.slice(1)];
  const heads = alone.flatMap((entry) => entry.heads.map((head) => ({ ...entry, heads: [head] })));
  const base = { type: "frontier", isWhole: true, digest: whole.digest } as const;
  const frames = [
    frontierFrame({ ...base, hasMore: true, entries: [...heads.slice(0, 1), ...others] }),
    frontierFrame({ ...base, hasMore: false, entries: heads.slice(1) }),
  ];
  return { ...whole, name, frames: frames.map((frame) => frame.toString("hex")) };
}

export function frontierVectors(): readonly FrontierVector[] {
  return [
    statement("nothing at all", none),
    statement("one op", one),
    statement("two authors", two),
    statement("a fork: two heads of one author", forked),
    statement("two authors in two frames", two, 1),
    splitFork(),
  ];
}

function frame(name: string, bytes: Buffer, means: Meaning): FrameVector {
  return { name, frame: bytes.toString("hex"), means };
}

function helloVector(name: string, digest: string, credit: number): FrameVector {
  const bytes = Buffer.concat([byte(1), hex(digest), uvar(credit)]);
  return frame(name, bytes, { type: "hello", digest, credit });
}

function frontierVector(name: string, means: Omit<Frontier, "type">): FrameVector {
  const whole: Frontier = { type: "frontier", ...means };
  return frame(name, frontierFrame(whole), whole);
}

function locatorVector(name: string, entry: Entry): FrameVector {
  const bytes = Buffer.concat([byte(7), entryBytes(entry)]);
  return frame(name, bytes, { type: "locator", ...entry });
}

function pageVector(): FrameVector {
  const [page] = validPages();
  if (page === undefined) throw new Error("there is a page among the vectors");
  const means = { type: "page", ops: page.ops.map(({ id }) => id) } as const;
  return { name: "a page: see pages-3.json", frame: page.frame, means };
}

export function frameVectors(): readonly FrameVector[] {
  const digest = digestOf(two);
  const removed = [{ author: bob.node, heads: [] }];
  return [
    helloVector("hello of a node with 2 MiB of credit", digest, 2_097_152),
    helloVector("hello of a node without ops", digestOf(none), 2_097_152),
    helloVector("hello without credit", digest, 0),
    helloVector("the greatest credit", digest, top),
    frontierVector("whole", { isWhole: true, hasMore: false, digest, entries: two }),
    frontierVector("partial", {
      ...{ isWhole: false, hasMore: false, digest },
      entries: two.slice(0, 1),
    }),
    frontierVector("more frames follow", { isWhole: true, hasMore: true, digest, entries: two }),
    frontierVector("no entries", { isWhole: false, hasMore: false, digest, entries: [] }),
    frontierVector("an author without heads", {
      ...{ isWhole: false, hasMore: false, digest, entries: removed },
    }),
    frontierVector("the greatest seq", {
      ...{ isWhole: true, hasMore: false, digest },
      entries: [{ author: bob.node, heads: [{ seq: top, id: ops.other.id }] }],
    }),
    pageVector(),
    frame("ready", byte(4), { type: "ready" }),
    frame("256 KiB of credit", Buffer.concat([byte(5), uvar(262_144)]), {
      ...{ type: "credit", bytes: 262_144 },
    }),
    frame("a thousand ops are to come", Buffer.concat([byte(6), uvar(1_000)]), {
      ...{ type: "outlook", ops: 1_000 },
    }),
    locatorVector("a locator of two ops", {
      ...{ author: alice.node, heads: [headOf(ops.left), headOf(ops.first)] },
    }),
    locatorVector("a locator of nothing", { author: alice.node, heads: [] }),
    frame("ask", byte(8), { type: "ask" }),
    frame("an empty beat", byte(9), { type: "beat", bytes: "" }),
    frame("a beat of 4 KiB", Buffer.concat([byte(9), Buffer.alloc(4_096, 7)]), {
      ...{ type: "beat", bytes: "07".repeat(4_096) },
    }),
    frame("a tag of a later time", hex("0a0102"), { type: "unknown" }),
    frame("tag 0", byte(0), { type: "unknown" }),
    frame("JSON of an earlier version", Buffer.from('{"v":1,"op":{}}'), { type: "unknown" }),
  ];
}

export function brokenFrames(): readonly BrokenFrame[] {
  const digest = hex(digestOf(two));
  const entry = entryBytes({ author: alice.node, heads: [headOf(ops.first)] });
  const long = uvar(300);
  const overlong = hex("8000");
  const smallOrder = hex(`01${"00".repeat(31)}`);
  const statementOf = (flags: number, ...parts: Buffer[]): Buffer =>
    Buffer.concat([byte(2), byte(flags), digest, ...parts]);
  const id = hex(ops.first.id);
  const frames: readonly (readonly [name: string, why: string, bytes: Buffer])[] = [
    ["nothing", "no tag", Buffer.alloc(0)],
    ["hello that ends with its digest", "it ends early", Buffer.concat([byte(1), digest])],
    ["hello without a digest", "it ends early", byte(1)],
    ["hello with a byte more", "it goes on", Buffer.concat([byte(1), digest, byte(1), byte(0)])],
    ["hello with a credit in two bytes", "[OP-2]", Buffer.concat([byte(1), digest, overlong])],
    ["hello with a credit of 2^53", "[OP-2]", Buffer.concat([byte(1), digest, uvar(2n ** 53n)])],
    ["frontier without a digest", "it ends early", hex("0201")],
    ["frontier with flags of 4", "flags above 3", statementOf(4, entry)],
    ["frontier with flags of 255", "flags above 3", statementOf(255)],
    ["an entry that is cut in its key", "it ends early", statementOf(1, entry.subarray(0, 31))],
    ["an entry that is cut in its id", "it ends early", statementOf(1, entry.subarray(0, -1))],
    ["an entry with a head too few", "it ends early", statementOf(1, hex(alice.node), byte(1))],
    ["an entry with a byte more", "it ends early", statementOf(1, entry, byte(0))],
    [
      ...(["2^53-1 heads that are not there", "it ends early"] as const),
      statementOf(1, hex(alice.node), uvar(top)),
    ],
    ["a key of small order", "[ID-2]", statementOf(1, smallOrder, byte(0))],
    ["a key that is not canonical", "[ID-2]", statementOf(1, Buffer.alloc(32, 255), byte(0))],
    ["a seq of 0", "seqs begin with 1", statementOf(1, hex(alice.node), byte(1), byte(0), id)],
    ["a seq in two bytes", "[OP-2]", statementOf(1, hex(alice.node), byte(1), hex("8100"), id)],
    ["ready with a byte more", "it goes on", hex("0400")],
    ["credit of nothing", "it ends early", byte(5)],
    ["credit with a byte more", "it goes on", Buffer.concat([byte(5), long, byte(0)])],
    ["outlook that is cut", "it ends early", Buffer.concat([byte(6), long.subarray(0, 1)])],
    ["outlook with a byte more", "it goes on", Buffer.concat([byte(6), byte(1), byte(0)])],
    ["locator without an entry", "it ends early", byte(7)],
    ["locator of two entries", "it goes on", Buffer.concat([byte(7), entry, entry])],
    ["locator with a key of small order", "[ID-2]", Buffer.concat([byte(7), smallOrder, byte(0)])],
    ["ask with a byte more", "it goes on", hex("0800")],
    ["a beat of 4,097 bytes", "too long", Buffer.concat([byte(9), Buffer.alloc(4_097)])],
    ["a page without a head", "it ends early", byte(3)],
  ];
  return frames.map(([name, why, bytes]) => ({ name, why, frame: bytes.toString("hex") }));
}

export function pagingVectors(): readonly PagingVector[] {
  return [...frontierVectors(), ...frameVectors(), ...brokenFrames()];
}
